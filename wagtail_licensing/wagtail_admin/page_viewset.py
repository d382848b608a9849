"""Our views in place of Wagtail's for every page type that a site gives no views of its own."""

from typing import Any

from wagtail.admin.viewsets.pages import PageViewSet

from .access_panel import LicensingEditView
from .explorer import LicensingIndexView

#: After Wagtail's own viewset for all pages, which ours replaces, and before those of a site.
BETWEEN = -0.5


class LicensingPageViewSet(PageViewSet):
    """The views of pages: the explorer says who can read them, the editor has a panel on it."""

    index_view_class = LicensingIndexView
    # Before Wagtail 8 nothing asks for it: the dialog is there all the same.
    edit_view_class = LicensingEditView


def page_viewset() -> Any:
    """Hook: return the viewset for the base page model."""
    return LicensingPageViewSet()
