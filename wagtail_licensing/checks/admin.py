"""Checks of what the screens in the Wagtail admin need."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Warning
from wagtail.admin.viewsets.pages import PageViewSet, page_viewset_registry

from ..wagtail_admin.access_panel import LicensingEditViewMixin
from ..wagtail_admin.explorer import LicensingIndexViewMixin


def check_page_listings(**kwargs: Any) -> list[CheckMessage]:
    """Find page viewsets of the site whose listing does not say who can read the pages."""
    return [
        Warning(
            f"The listing of {_name(viewset)} does not show who can read the pages.",
            hint="Put wagtail_licensing.panels.LicensingIndexViewMixin before the classes of its"
            " index_view_class.",
            id="wagtail_licensing.W017",
        )
        for viewset in page_viewsets()
        if not issubclass(viewset.index_view_class, LicensingIndexViewMixin)
    ]


def check_page_editors(**kwargs: Any) -> list[CheckMessage]:
    """Find page viewsets of the site whose editor lacks the "Access" side panel."""
    return [
        Warning(
            f"The editor of {_name(viewset)} has no side panel on who can read the page.",
            hint="Put wagtail_licensing.panels.LicensingEditViewMixin before the classes of its"
            " edit_view_class.",
            id="wagtail_licensing.W016",
        )
        for viewset in page_viewsets()
        if hasattr(PageViewSet, "edit_view_class")  # Wagtail 8
        and not issubclass(viewset.edit_view_class, LicensingEditViewMixin)
    ]


def page_viewsets() -> Iterator[PageViewSet]:
    """Return every viewset that Wagtail asks for views of pages, each once."""
    try:
        # The addresses of the admin are what fills the registry.
        from wagtail.admin import urls  # noqa: F401
    except Exception:  # noqa: BLE001 - a hook or a URLconf that cannot be read has a check of its own
        return
    registry = page_viewset_registry
    found = [
        *registry.values_by_exact_class.values(),
        *registry.values_by_class.values(),
        *registry.values_by_parent_model.values(),
    ]
    yield from {id(viewset): viewset for viewset in found if isinstance(viewset, PageViewSet)}.values()


def _name(viewset: PageViewSet) -> str:
    return f"{type(viewset).__module__}.{type(viewset).__name__}"


CHECKS = (check_page_editors, check_page_listings)
