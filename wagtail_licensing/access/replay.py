"""What a person held at an instant in the past, from the history of licenses and the dates of seats."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Max, Q
from django.utils.dateparse import parse_datetime

from ..domain.access import HolderFacts, LicenseFacts
from ..models import License, LicenseEvent, LicenseSeat
from .holder import load_holdings


@dataclass(frozen=True, slots=True)
class Replayed:
    """A person as they were: ``holder`` with the licenses and seats of that instant, and for each of
    these by id its reference, the end of what was paid or given, and whether it was used by a seat."""

    holder: HolderFacts
    rows: Mapping[int, tuple[str, datetime | None, bool]] = field(default_factory=dict)


def replay(user: Any, *, at: datetime) -> Replayed:
    """Return what ``user`` held at ``at``: every license that had been issued by then, with the state
    (holds included), dates and product of its last line of history until then, and the seats that were
    theirs. Whether a license is shared through seats is not in the history: that is as it is today, as
    are grants by hand and whether the account is active. Four queries.
    """
    today = load_holdings(user, at=at).holder
    licenses = _used_by(user.pk, at)
    facts, ends = _facts_at(licenses, at)
    holder = HolderFacts(
        signed_in=True,
        active=today.active,
        licenses=tuple(facts),
        granted_products=today.granted_products,
        granted_gates=today.granted_gates,
    )
    rows = {one.id: (licenses[one.id][0], ends[one.id], licenses[one.id][1]) for one in facts}
    return Replayed(holder, rows)


def _used_by(user_id: Any, at: datetime) -> dict[int, tuple[str, bool]]:
    """Return reference and "by a seat" of the licenses that a person could use at ``at``."""
    taken = LicenseSeat.objects.filter(
        Q(released_at__isnull=True) | Q(released_at__gt=at), user_id=user_id, assigned_at__lte=at
    )
    used = Q(user_id=user_id, uses_seats=False) | Q(uses_seats=True, pk__in=taken.values("license_id"))
    rows = License.objects.filter(used).order_by("pk").values_list("pk", "reference", "uses_seats")
    return {pk: (reference, by_seat) for pk, reference, by_seat in rows}


def _facts_at(licenses: Any, at: datetime) -> tuple[list[LicenseFacts], dict[int, datetime | None]]:
    events = LicenseEvent.objects.filter(license_id__in=list(licenses), at__lte=at)
    last = events.order_by().values("license_id").annotate(last=Max("pk")).values("last")
    facts, ends = [], {}
    for event in LicenseEvent.objects.filter(pk__in=last).order_by("license_id"):
        after = event.after
        starts_at, held_since = _instant(after["starts_at"]), _instant(after["held_since"])
        assert starts_at is not None  # noqa: S101 - both are always written
        assert held_since is not None  # noqa: S101
        facts.append(
            LicenseFacts(
                id=event.license_id,
                product_id=after["product"],
                state=after["state"],
                pending_reason=after["pending_reason"],
                starts_at=starts_at,
                access_until=_instant(after["access_until"]),
                held_since=held_since,
            )
        )
        ends[event.license_id] = _instant(after["ends_at"])
    return facts, ends


def _instant(text: str | None) -> datetime | None:
    return parse_datetime(text) if text else None
