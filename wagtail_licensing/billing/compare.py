"""Compare a page of subscriptions from Stripe with the mirror: two queries, however many they are."""

import base64
import logging
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from ..conf import conf
from ..models import BillingCustomer, BillingItem, BillingSubscription
from .facts import SubscriptionFacts, read_subscription
from .hints import creation_of
from .targets import id_in

logger = logging.getLogger(__name__)

Json = dict[str, Any]
_Id = TypeVar("_Id", int, str)


@dataclass(slots=True)
class Compared:
    """What a page said: ids of ours that differ, with the instants at which they were created, how many
    are not ours, keys of the mirrors seen."""

    differing: dict[str, datetime | None] = field(default_factory=dict)
    foreign: int = 0
    seen: list[int] = field(default_factory=list)


def compare_page(rows: list[Json]) -> Compared:
    """Return what of ours the mirror lacks or knows otherwise. An odd one stops nothing.

    Two queries where everything is mirrored, three otherwise.
    """
    result = Compared()
    mirrors = _mirrors([str(raw["id"]) for raw in rows if raw.get("id")])
    result.seen = [mirror.key for mirror in mirrors.values()]
    # What is mirrored belongs to a customer of ours: a subscription never changes its customer.
    unknown = {id_in(raw.get("customer")) for raw in rows if raw.get("id") not in mirrors}
    ours = customers_of_ours(unknown) if unknown else set()
    for raw in rows:
        stripe_id = str(raw.get("id") or "")
        mirror = mirrors.get(stripe_id)
        if mirror is None and id_in(raw.get("customer")) not in ours:
            result.foreign += 1
        elif stripe_id and _differs(raw, mirror):
            result.differing[stripe_id] = creation_of(raw, stripe_id)
    return result


def in_groups(ids: Iterable[_Id], size: int) -> Iterator[list[_Id]]:
    """Yield ``ids`` in lists of up to ``size``, without holding more than one of them."""
    rest = iter(ids)
    while group := list(islice(rest, size)):
        yield group


def customers_of_ours(ids: set[str]) -> set[str]:
    """Return those of ``ids`` that are customers of this site. One query."""
    rows = BillingCustomer.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, stripe_id__in=ids
    )
    return set(rows.values_list("stripe_id", flat=True))


@dataclass(slots=True)
class _Mirror:
    """What a mirror says: the columns of the subscription, and those of its items. No models: they
    would cost more than everything else."""

    key: int
    said: tuple[Any, ...]
    items: set[tuple[Any, ...]] = field(default_factory=set)


_SAID = ("status", "cancel_at_period_end", "cancel_at", "ended_at", "paused_collection")
_ITEM_SAID = ("stripe_id", "stripe_price_id", "quantity", "period_end")


def _mirrors(ids: list[str]) -> dict[str, _Mirror]:
    """Return what is mirrored, by the id at Stripe. Two queries."""
    rows = BillingSubscription.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, stripe_id__in=ids
    )
    found = {
        stripe_id: _Mirror(key, tuple(said))
        for key, stripe_id, *said in rows.values_list("pk", "stripe_id", *_SAID)
    }
    by_key = {mirror.key: mirror for mirror in found.values()}
    items = BillingItem.objects.filter(subscription__in=by_key, is_removed=False)
    for key, *said in items.values_list("subscription_id", *_ITEM_SAID):
        by_key[key].items.add(tuple(said))
    return found


def _differs(raw: Json, mirror: _Mirror | None) -> bool:
    """Tell whether the mirror of a subscription is missing or says something else."""
    try:
        facts = read_subscription(raw)
    except (KeyError, TypeError, ValueError):
        logger.exception("A subscription of Stripe's could not be compared")
        return True
    return mirror is None or (*mirror.said, mirror.items) != _as_fetched(facts)


def _as_fetched(facts: SubscriptionFacts) -> tuple[Any, ...]:
    return (
        facts.status,
        facts.cancel_at_period_end,
        facts.cancel_at,
        facts.ended_at,
        facts.pauses_collection,
        {(item.id, item.price_id, max(item.quantity, 0), item.period_end) for item in facts.items},
    )


class Seen:
    """Which rows of a table a run has met: a bit for each primary key, so that memory stays flat.

    Keys above ``top``, of rows that came up after the run began, count as met.
    """

    def __init__(self, top: int, stored: str = "") -> None:
        self.top = top
        length = top // 8 + 1
        self._bits = (
            bytearray(zlib.decompress(base64.b64decode(stored))) if stored else bytearray(length)
        )

    def add(self, key: int) -> None:
        """Note that a row was met."""
        if key <= self.top:
            self._bits[key // 8] |= 1 << key % 8

    def __contains__(self, key: int) -> bool:
        return key > self.top or bool(self._bits[key // 8] >> key % 8 & 1)

    def stored(self) -> str:
        """Return the bits as text, small where the keys follow each other."""
        return base64.b64encode(zlib.compress(bytes(self._bits))).decode()
