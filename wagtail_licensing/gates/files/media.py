"""wagtailmedia's API knows no private collections: it leaves them out as Wagtail's own APIs do."""

from collections.abc import Callable
from typing import Any

from wagtail.api.v2.utils import get_restricted_collection_ids

from ..wrapping import wrap
from .kinds import media_model


def close_media() -> None:
    """Wrap the list of the media API; called once, when the application is ready."""
    if media_model() is None:
        return
    from wagtailmedia.api.views import MediaAPIViewSet

    wrap(MediaAPIViewSet, "get_queryset", _without_private_collections)


def _without_private_collections(get_queryset: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def in_visible_collections(self: Any) -> Any:
        restricted = get_restricted_collection_ids(self.request)
        queryset = get_queryset(self)
        return queryset.exclude(collection__in=restricted) if restricted else queryset

    return in_visible_collections
