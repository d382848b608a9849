"""Seats: people's places on a license that is shared.

Two lines of defence keep the number of places: the lock on the license, and the unique slot.
"""

from datetime import datetime
from typing import Any

from ..models import License, LicenseSeat
from ..models.licenses import SeatState
from .change import ChangedBy, LicenseError, changing


class NoSeatLeft(LicenseError):  # noqa: N818 - the field's word for it
    """Every seat of the license is taken."""


def seat_the_holder(*, license: License, at: datetime) -> LicenseSeat | None:
    """Give the first seat of a new shared license to the user who holds it: who pays, gets in."""
    if not license.uses_seats or license.user_id is None:
        return None
    return LicenseSeat.objects.create(
        license=license, user_id=license.user_id, state=SeatState.ASSIGNED, slot=1, assigned_at=at
    )


def assign_seat(*, license_id: int, user: Any, at: datetime, by: ChangedBy) -> LicenseSeat:
    """Give ``user`` a seat; who has one already, keeps it.

    Raises :class:`NoSeatLeft`, or :class:`LicenseError` when the license has no seats to give.
    """
    with changing(license_id=license_id, at=at, by=by) as change:
        license = change.license
        _require_seats(license)
        taken = license.seats.filter(state=SeatState.ASSIGNED, user=user).first()
        if taken is not None:
            return taken
        seat = LicenseSeat.objects.create(
            license=license,
            user=user,
            state=SeatState.ASSIGNED,
            slot=_free_slot(license),
            assigned_at=at,
        )
        change.kind = "seat_assigned"
        change.extra = {"seat": seat.pk, "slot": seat.slot, "user": user.pk}
    return seat


def invite_to_seat(*, license_id: int, email: str, at: datetime, by: ChangedBy) -> LicenseSeat:
    """Keep a seat for whoever proves to own ``email``.

    Raises :class:`NoSeatLeft`, or :class:`LicenseError` when the license has no seats to give.
    """
    with changing(license_id=license_id, at=at, by=by) as change:
        license = change.license
        _require_seats(license)
        seat = LicenseSeat.objects.create(
            license=license,
            invited_email=email,
            state=SeatState.INVITED,
            slot=_free_slot(license),
            invited_at=at,
        )
        change.kind = "seat_invited"
        change.extra = {"seat": seat.pk, "slot": seat.slot}
    return seat


def release_seat(*, seat_id: int, at: datetime, by: ChangedBy) -> LicenseSeat:
    """Take a seat back; the person has no access at the next request. A released seat stays so."""
    seat = LicenseSeat.objects.get(pk=seat_id)
    with changing(license_id=seat.license_id, at=at, by=by) as change:
        seat.refresh_from_db()
        if seat.state == SeatState.RELEASED:
            return seat
        change.kind = "seat_released"
        change.extra = {"seat": seat.pk, "slot": seat.slot, "user": seat.user_id}
        seat.state = SeatState.RELEASED
        seat.slot = None
        seat.released_at = at
        seat.save()
    return seat


def _require_seats(license: License) -> None:
    if not license.uses_seats:
        raise LicenseError("this license is personal and has no seats to give")
    if license.state in {"expired", "revoked"}:
        raise LicenseError("this license has ended")


def _free_slot(license: License) -> int:
    """Return the lowest free slot of a locked license."""
    taken = set(license.seats.exclude(state=SeatState.RELEASED).values_list("slot", flat=True))
    for slot in range(1, license.seats_total + 1):
        if slot not in taken:
            if len(taken) >= license.seats_total:
                break
            return slot
    raise NoSeatLeft("every seat of this license is taken")
