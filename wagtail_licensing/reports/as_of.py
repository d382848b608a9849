"""What somebody held at an instant in the past, and which gates that opened."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ..access.freshness import current
from ..access.replay import replay
from ..domain.access import AccessDecision, AccessReason, LicenseFacts, decide
from ..models import Gate, LicenseProduct

#: Gates that are named; of the others only the number is told.
MOST = 100

#: What opens a gate to this person, and not to everybody or to everybody signed in.
_BY_RIGHT = frozenset({AccessReason.LICENSE, AccessReason.GRANT})


@dataclass(frozen=True, slots=True)
class HeldThen:
    """A license or a seat as it was: ``opens`` tells whether it opened anything at the instant.
    ``ends_at`` is the end of what was paid or given then."""

    facts: LicenseFacts
    reference: str
    product: str
    ends_at: datetime | None
    by_seat: bool
    opens: bool


@dataclass(frozen=True, slots=True)
class OpenThen:
    """A gate as it is today, and what it would have said: opened, or open from ``unlocks_at`` on.
    ``changed`` tells that it was put up or changed since."""

    gate: Gate
    decision: AccessDecision
    product: str
    changed: bool


@dataclass(frozen=True, slots=True)
class AsOf:
    """What is known about one person at one instant. ``more`` gates are open that are not named."""

    at: datetime
    held: tuple[HeldThen, ...]
    opened: tuple[OpenThen, ...]
    waiting: tuple[OpenThen, ...]
    more: int
    is_active: bool


def as_of(user: Any, *, at: datetime) -> AsOf:
    """Return what ``user`` held at ``at`` and which gates of today that opened then.

    Licenses and seats are those of the instant, see :func:`replay`; gates, rules and what was given by
    hand are those of today. Whether the account was active then is not known: it counts as active.
    Six queries, whatever the number of licenses and gates.
    """
    was = replay(user, at=at)
    holder = replace(was.holder, active=True)
    decisions = {
        gate_id: decide([facts], holder, at) for gate_id, facts in current().index.facts.items()
    }
    by_right = [pk for pk, each in decisions.items() if each.allowed and each.reason in _BY_RIGHT]
    later = [pk for pk, each in decisions.items() if each.reason is AccessReason.NOT_YET]
    opened, waiting = sorted(by_right), sorted(later)
    named = {*opened[:MOST], *waiting[:MOST]}
    products = _names(
        {each.product_id for each in holder.licenses} | {decisions[pk].product_id for pk in named}
    )
    gates = _gates(named)

    def told(keys: Iterable[int]) -> tuple[OpenThen, ...]:
        return tuple(
            OpenThen(
                gates[pk],
                decisions[pk],
                products.get(decisions[pk].product_id, ""),
                gates[pk].updated_at > at,
            )
            for pk in keys
            if pk in gates
        )

    held = tuple(
        HeldThen(
            facts,
            was.rows[facts.id][0],
            products.get(facts.product_id, ""),
            was.rows[facts.id][1],
            was.rows[facts.id][2],
            facts.entitles(at),
        )
        for facts in holder.licenses
    )
    more = max(0, len(opened) - MOST)
    return AsOf(at, held, told(opened[:MOST]), told(waiting[:MOST]), more, was.holder.active)


def _names(ids: set[Any]) -> dict[Any, str]:
    wanted = ids - {None}
    if not wanted:
        return {}
    return dict(LicenseProduct.objects.filter(pk__in=wanted).values_list("pk", "name"))


def _gates(ids: set[int]) -> dict[int, Gate]:
    if not ids:
        return {}
    related = ("page", "page_type", "collection", "document")
    return Gate.objects.select_related(*related).in_bulk(ids)
