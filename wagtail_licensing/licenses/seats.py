"""Seats: people's places on a license that is shared.

Two lines of defence keep the number of places: the lock on the license, and the unique slot.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..models import License, LicenseSeat
from ..models.licenses import SeatState
from .change import Change, LicenseError, changing
from .history import ChangedBy
from .overage import settle_seats


class NoSeatLeft(LicenseError):  # noqa: N818 - the field's word for it
    """Every seat of the license is taken."""


def seat_the_holders(*, licenses: Iterable[License], at: datetime) -> None:
    """Give the first seat of each new shared license to the user who holds it: who pays, gets in."""
    LicenseSeat.objects.bulk_create(
        LicenseSeat(
            license=license, user_id=license.user_id, state=SeatState.ASSIGNED, slot=1, assigned_at=at
        )
        for license in licenses
        if license.uses_seats and license.user_id is not None
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


def accept_seat(*, seat_id: int, user: Any, at: datetime, by: ChangedBy) -> LicenseSeat:
    """Give the seat that is kept for an invited person to ``user``, and return what they have.

    Who has a seat on the license already keeps that one, and the other is free again. Raises
    :class:`NoSeatLeft` while there are more people than seats: the seat stays kept; and
    :class:`LicenseError` for one that is not kept for anybody.
    """
    seat = LicenseSeat.objects.get(pk=seat_id)
    with changing(license_id=seat.license_id, at=at, by=by) as change:
        license = change.license
        seat.refresh_from_db()
        _require_seats(license)
        if seat.assigned_at is not None or seat.state == SeatState.RELEASED:
            raise LicenseError("this seat is not kept for an invited person")
        own = license.seats.filter(state=SeatState.ASSIGNED, user=user).first()
        if own is not None:
            _release(change, seat)
            return own
        in_use = license.seats.filter(state__in=[SeatState.ASSIGNED, SeatState.INVITED]).count()
        if seat.state != SeatState.INVITED or in_use > license.seats_total:
            raise NoSeatLeft("there are more people than seats at the moment")
        seat.user, seat.state, seat.assigned_at = user, SeatState.ASSIGNED, at
        seat.save(update_fields=["user", "state", "assigned_at"])
        change.kind = "seat_accepted"
        change.extra = {"seat": seat.pk, "slot": seat.slot, "user": user.pk}
    return seat


def release_seat(*, seat_id: int, at: datetime, by: ChangedBy) -> LicenseSeat:
    """Take a seat back; the person has no access at the next request. A released seat stays so.

    A seat that was suspended for want of room takes its place.
    """
    seat = LicenseSeat.objects.get(pk=seat_id)
    with changing(license_id=seat.license_id, at=at, by=by) as change:
        seat.refresh_from_db()
        if seat.state == SeatState.RELEASED:
            return seat
        _release(change, seat)
    return seat


def _release(change: Change, seat: LicenseSeat) -> None:
    change.kind = "seat_released"
    change.extra = {"seat": seat.pk, "slot": seat.slot, "user": seat.user_id}
    seat.state = SeatState.RELEASED
    seat.slot = None
    seat.released_at = change.at
    seat.save()
    settle_seats(change)


def _require_seats(license: License) -> None:
    if not license.uses_seats:
        raise LicenseError("this license is personal and has no seats to give")
    if license.state in {"expired", "revoked"}:
        raise LicenseError("this license has ended")


def _free_slot(license: License) -> int:
    """Return the lowest free slot of a locked license. Suspended seats have a claim to theirs."""
    taken = set(license.seats.exclude(state=SeatState.RELEASED).values_list("slot", flat=True))
    for slot in range(1, license.seats_total + 1):
        if slot not in taken:
            if len(taken) >= license.seats_total:
                break
            return slot
    raise NoSeatLeft("every seat of this license is taken")
