"""What a person held at an instant in the past, from the history of licenses and the dates of seats."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Max, Q
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
    """Return what ``user`` held at ``at``: every license that had been issued by then, with the holder,
    state (holds included), dates and product of its last line of history until then, and the seats that
    were theirs. Whether a license is shared through seats is not in the history: that is told by its
    product and by who holds it today. A seat that was suspended and restored since counts as one that
    was open all the time. Grants by hand, and whether the account is active, are as today. Four queries.
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
    rows = {
        one.id: (licenses[one.id].reference, ends[one.id], licenses[one.id].by_seat) for one in facts
    }
    return Replayed(holder, rows)


@dataclass(frozen=True, slots=True)
class _Used:
    """A license that a person may have used: by a seat, or as its ``holder`` at the time. ``is_theirs``
    is whether they hold it today."""

    reference: str
    by_seat: bool
    holder: str
    is_theirs: bool

    def counts(self, after: dict[str, Any]) -> bool:
        """Tell whether it was theirs when ``after`` was written; old lines name no holder."""
        if self.by_seat:
            return True
        return bool(after["holder"] == self.holder) if "holder" in after else self.is_theirs


def _used_by(user_id: Any, at: datetime) -> dict[int, _Used]:
    """Return the licenses that a person may have used at ``at``: by a seat, or as the holder."""
    holder = f"user-{user_id}"
    unreleased = Q(released_at__isnull=True) | Q(released_at__gt=at)
    unsuspended = Q(suspended_at__isnull=True) | Q(suspended_at__gt=at)
    taken = LicenseSeat.objects.filter(
        unreleased, unsuspended, user_id=user_id, assigned_at__lte=at
    ).order_by()
    given_away = LicenseEvent.objects.filter(kind="transferred", before__holder=holder, at__gt=at)
    # Handed to an organization, a license is shared from then on; until then its holder used it.
    single = Q(uses_seats=False) | Q(
        organization__isnull=False, product__per_seat=False, product__seats__lte=1
    )
    direct = single & (Q(user_id=user_id) | Q(pk__in=given_away.order_by().values("license_id")))
    by_seat = Q(uses_seats=True, pk__in=taken.values("license_id"))
    rows = License.objects.filter(direct | by_seat).annotate(
        is_seat=ExpressionWrapper(by_seat, output_field=BooleanField())
    )
    columns = rows.order_by("pk").values_list("pk", "reference", "is_seat", "user_id")
    return {
        pk: _Used(reference, bool(is_seat), holder, owner == user_id)
        for pk, reference, is_seat, owner in columns
    }


def _facts_at(
    licenses: Mapping[int, _Used], at: datetime
) -> tuple[list[LicenseFacts], dict[int, datetime | None]]:
    events = LicenseEvent.objects.filter(license_id__in=list(licenses), at__lte=at)
    last = events.order_by().values("license_id").annotate(last=Max("pk")).values("last")
    facts, ends = [], {}
    for event in LicenseEvent.objects.filter(pk__in=last).order_by("license_id"):
        after = event.after
        if not licenses[event.license_id].counts(after):
            continue
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
