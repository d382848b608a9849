"""Close Wagtail's sitemap: what is hidden is neither listed in it nor named as a translation.

Pages with a teaser are listed: their address and their teaser are public.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from ..access.floor import floor_ignored
from ..access.listings import only_listable
from ..compat import page_model
from .wrapping import wrap


def close_sitemaps() -> None:
    """Wrap Wagtail's sitemap and with it every subclass of a site; called once, when we are ready."""
    from wagtail.contrib.sitemaps.sitemap_generator import Sitemap

    # What calls items(), which subclasses override.
    wrap(Sitemap, "_items", _for_visitors)
    if hasattr(Sitemap, "get_translations"):  # since Wagtail 8.1
        wrap(Sitemap, "get_translations", _for_visitors)


def _for_visitors(original: Callable[..., Any]) -> Callable[..., Any]:
    def items(self: Any, *args: Any, **kwargs: Any) -> Any:
        # Wagtail looks at what is private at once; the gates say it better, free previews included.
        with floor_ignored():
            found = original(self, *args, **kwargs)
        if isinstance(found, QuerySet):
            is_page = issubclass(found.model, page_model())
            return only_listable(found, AnonymousUser()) if is_page else found
        return _listable(list(found or ()))

    return items


def _listable(items: list[Any]) -> list[Any]:
    """Narrow what a site lists as objects, or as pairs of an object and a language."""
    ids = {page.pk for item in items if (page := _page(item)) is not None}
    if not ids:
        return items
    candidates = page_model()._default_manager.filter(pk__in=ids)
    shown = set(only_listable(candidates, AnonymousUser()).values_list("pk", flat=True))
    return [item for item in items if (page := _page(item)) is None or page.pk in shown]


def _page(item: Any) -> Any:
    item = item[0] if isinstance(item, tuple) and item else item
    return item if isinstance(item, page_model()) else None
