"""Hand a license over to another person or organization. What Stripe charges goes on as before."""

from datetime import datetime
from typing import Any

from ..domain.states import State
from ..models import License, LicenseSeat, Organization
from ..models.licenses import SeatState
from .change import Change, LicenseError, changing
from .history import ChangedBy
from .overage import settle_seats

_OVER = frozenset({State.EXPIRED.value, State.REVOKED.value})


def transfer_license(
    *,
    license_id: int,
    at: datetime,
    by: ChangedBy,
    user: Any = None,
    organization: Organization | None = None,
) -> License:
    """Give a license to ``user`` or to ``organization``; its state, dates and history stay.

    From person to person the place of the giver goes along. Whoever hands a license to an
    organization keeps a seat. Seats kept for invitations are released: the new holder chooses.
    Raises :class:`LicenseError` for a license that has ended, that waits for its claim, or that the
    taker holds already. Whether both sides agreed is the caller's to know.
    """
    if (user is None) == (organization is None):
        raise LicenseError("a license has one holder: a user or an organization")
    with changing(license_id=license_id, at=at, by=by) as change:
        license = change.license
        _require_handable(license, user, organization)
        giver_id, was_shared = license.user_id, license.uses_seats
        license.user = user
        license.organization = organization
        license.uses_seats = license.product.is_team or organization is not None
        change.kind = "transferred"
        _close_invited_seats(change)
        if organization is not None and not was_shared and giver_id is not None:
            _seat(change, giver_id, slot=1)
        elif user is not None and license.uses_seats:
            _pass_the_seat_on(change, giver_id, user)
        elif user is not None:
            _release(change, license.seats.exclude(state=SeatState.RELEASED))
        if license.uses_seats:
            settle_seats(change)
    return change.license


def _require_handable(license: License, user: Any, organization: Organization | None) -> None:
    if license.state in _OVER:
        raise LicenseError("this license has ended")
    if license.user_id is None and license.organization_id is None:
        raise LicenseError("this license waits for whoever claims it")
    same_user = user is not None and license.user_id == user.pk
    same_organization = organization is not None and license.organization_id == organization.pk
    if same_user or same_organization:
        raise LicenseError("this license is held by them already")


def _close_invited_seats(change: Change) -> None:
    """Release the seats that are kept for people who have not come: invited, or suspended so."""
    kept = change.license.seats.exclude(state=SeatState.RELEASED).filter(assigned_at__isnull=True)
    _release(change, kept)


def _pass_the_seat_on(change: Change, giver_id: int | None, user: Any) -> None:
    seats = change.license.seats
    has_one = seats.filter(user=user, state=SeatState.ASSIGNED).exists()
    kept = seats.exclude(state=SeatState.RELEASED)
    old = kept.filter(user_id=giver_id).first() if giver_id is not None else None
    slot = old.slot if old is not None else None
    if old is not None and slot is not None:
        _release(change, [old])
    if has_one:
        return
    taken = set(seats.exclude(state=SeatState.RELEASED).values_list("slot", flat=True))
    free = (number for number in range(1, change.license.seats_total + 1) if number not in taken)
    slot = slot or next(free, None)
    if slot is not None:
        _seat(change, user.pk, slot=slot)


def _seat(change: Change, user_id: int, *, slot: int) -> None:
    seat = LicenseSeat.objects.create(
        license=change.license,
        user_id=user_id,
        state=SeatState.ASSIGNED,
        slot=slot,
        assigned_at=change.at,
    )
    change.note("seat_assigned", seat=seat.pk, slot=slot, user=user_id)


def _release(change: Change, seats: Any) -> None:
    for seat in list(seats):
        facts = {"seat": seat.pk, "slot": seat.slot, "user": seat.user_id}
        seat.state, seat.slot, seat.released_at = SeatState.RELEASED, None, change.at
        seat.save(update_fields=["state", "slot", "released_at"])
        change.note("seat_released", **facts)
