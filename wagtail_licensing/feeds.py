"""Feeds that tell of gated pages and give nothing of them away."""

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from .access.decision import is_hidden
from .access.listings import only_listable
from .access.reader import Reader
from .access.watching import is_nobody
from .compat import page_model
from .domain.access import AccessDecision, AccessReason
from .gates.headers import touch
from .gates.paywall import teaser_of

__all__ = ["GatedFeedMixin"]


@dataclass(slots=True)
class _Asked:
    """Who asks for a feed, and what was decided for them so far."""

    request: Any
    reader: Reader
    decisions: dict[int, AccessDecision]


class GatedFeedMixin:
    """Put before ``django.contrib.syndication.views.Feed``: ``class News(GatedFeedMixin, Feed)``.

    Items that are hidden from the reader of the feed are left out. Of an item that is closed there
    is title, link and teaser: its description is the teaser, whatever the feed says, templates get
    the teaser in place of the object, and enclosures and extra elements are left out.

    The reader is a visitor, so that everybody gets the same feed and caches may keep it. A feed of
    its own for each member returns another user from :meth:`get_feed_user`; no cache keeps that.
    At most one query more than without.
    """

    _asked: _Asked | None = None

    def get_feed_user(self, request: Any) -> Any:
        """Return the user whose feed it is: by default a visitor."""
        return AnonymousUser()

    def get_feed(self, obj: Any, request: Any) -> Any:
        """Return the feed, for the user of :meth:`get_feed_user`."""
        # Of this request alone: the view is one object for all of them.
        feed = copy(self)
        user = self.get_feed_user(request)
        feed._asked = _Asked(request, Reader(user, many=True), {})
        if not is_nobody(user):
            touch(request)
        extra: Any = feed.item_extra_kwargs  # type: ignore[attr-defined]
        feed.item_extra_kwargs = lambda item: {} if feed._is_closed(item) else extra(item)  # type: ignore[attr-defined]
        context: Any = feed.get_context_data  # type: ignore[attr-defined]
        feed.get_context_data = lambda **kwargs: context(**feed._safe(kwargs))  # type: ignore[attr-defined]
        return super(GatedFeedMixin, feed).get_feed(obj, request)  # type: ignore[misc]

    def _get_dynamic_attr(self, attname: str, obj: Any, default: Any = None) -> Any:
        """Return what the feed says, or what may be said of something closed."""
        if attname == "items":
            return self._listed(super()._get_dynamic_attr(attname, obj, default))  # type: ignore[misc]
        if attname in _LEFT_OUT and self._is_closed(obj):
            return _LEFT_OUT[attname](obj)
        return super()._get_dynamic_attr(attname, obj, default)  # type: ignore[misc]

    def _listed(self, items: Any) -> Any:
        asked = self._asked
        assert asked is not None  # noqa: S101 - get_feed() said who asks
        queryset = isinstance(items, QuerySet) and issubclass(items.model, page_model())
        if queryset and not items.query.is_sliced:
            return only_listable(items, asked.reader.user)
        return [item for item in items if not self._is_hidden(item)]

    def _safe(self, context: dict[str, Any]) -> dict[str, Any]:
        item = context.get("item")
        if not self._is_closed(item):
            return context
        return {**context, "item": teaser_of(item)}

    def _is_hidden(self, item: Any) -> bool:
        decision = self._decide(item)
        return decision is not None and (decision.reason is AccessReason.ERROR or is_hidden(decision))

    def _is_closed(self, item: Any) -> bool:
        decision = self._decide(item)
        return decision is not None and not decision.allowed

    def _decide(self, item: Any) -> AccessDecision | None:
        """Return the decision about an item, or None for what is no object of the database."""
        asked = self._asked
        if asked is None or not isinstance(item, Model):
            return None
        decision = asked.decisions.get(id(item))
        if decision is None:
            decision = asked.decisions[id(item)] = asked.reader.check(item)
            if decision.allowed and decision.consulted_a_gate:
                touch(asked.request)
        return decision


def _teaser(item: Any) -> str:
    return teaser_of(item).teaser


def _nothing(item: Any) -> list[Any]:
    return []


#: What a feed says of something closed, by the name of the attribute of the feed.
_LEFT_OUT = {"item_description": _teaser, "item_enclosures": _nothing}
