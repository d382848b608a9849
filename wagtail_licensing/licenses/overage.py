"""More people than seats: nobody new, time to choose, then the latest are suspended, never deleted.

That a license has fewer seats than people is an attribute of it, not a hold: those who have a seat
keep it. A suspended seat comes back, the earliest first, as soon as there is room for it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from ..domain.states import Cause, State
from ..models import License, LicenseSeat
from ..models.licenses import SeatState
from .change import Change, changing
from .history import ChangedBy


def settle_seats(change: Change) -> None:
    """Bring the people of a locked license to its number of seats, as far as that may be done now.

    With room, suspended seats come back. Without, a deadline is set, by which whoever holds the
    license can choose whom to release; a deadline that runs is not moved. One query, and one for
    each seat that comes back.
    """
    license = change.license
    using, waiting = _seats(license)
    room = license.seats_total - len(using)
    for seat in sorted(waiting, key=_age)[: max(room, 0)]:
        _restore(change, seat)
    if room >= 0:
        license.seats_due_at = None
    elif license.seats_due_at is None:
        license.seats_due_at = change.at + timedelta(days=license.policy.seat_choice_days)


def suspend_excess_seats(*, at: datetime, limit: int = 200) -> int:
    """Suspend what is beyond the seats of up to ``limit`` licenses whose deadline is over.

    The latest go first: invitations that nobody accepted, then people, the holder last. Returns the
    number of licenses; running it twice changes nothing more. One query when nothing is due.
    """
    due = License.objects.filter(seats_due_at__lte=at).order_by("seats_due_at", "pk")
    ids = list(due.values_list("pk", flat=True)[:limit])
    for license_id in ids:
        with changing(license_id=license_id, at=at, by=ChangedBy(cause=Cause.CLOCK)) as change:
            if change.license.seats_due_at is not None and change.license.seats_due_at <= at:
                _suspend_excess(change)
    return len(ids)


def _suspend_excess(change: Change) -> None:
    license = change.license
    license.seats_due_at = None
    change.kind = "seats_settled"
    if license.state in {State.EXPIRED, State.REVOKED}:
        return
    using, _waiting = _seats(license)
    latest_first = sorted(using, key=lambda seat: _rank(seat, license), reverse=True)
    for seat in latest_first[: max(len(using) - license.seats_total, 0)]:
        seat.state = SeatState.SUSPENDED
        seat.suspended_at = change.at
        seat.save(update_fields=["state", "suspended_at"])
        change.note("seat_suspended", **_facts(seat))


def _restore(change: Change, seat: LicenseSeat) -> None:
    seat.state = SeatState.ASSIGNED if seat.assigned_at else SeatState.INVITED
    seat.suspended_at = None
    seat.save(update_fields=["state", "suspended_at"])
    change.note("seat_restored", **_facts(seat))


def _seats(license: License) -> tuple[list[LicenseSeat], list[LicenseSeat]]:
    """Return the seats in use and those that are suspended."""
    seats: Iterable[LicenseSeat] = license.seats.exclude(state=SeatState.RELEASED)
    using: list[LicenseSeat] = []
    waiting: list[LicenseSeat] = []
    for seat in seats:
        (waiting if seat.state == SeatState.SUSPENDED else using).append(seat)
    return using, waiting


def _rank(seat: LicenseSeat, license: License) -> tuple[Any, ...]:
    """Order seats: the holder, people by the age of their seat, invitations by theirs."""
    is_holder = seat.user_id is not None and seat.user_id == license.user_id
    return (not is_holder, seat.assigned_at is None, *_age(seat))


def _age(seat: LicenseSeat) -> tuple[Any, ...]:
    return (seat.assigned_at is None, seat.assigned_at or seat.invited_at, seat.pk)


def _facts(seat: LicenseSeat) -> dict[str, Any]:
    return {"seat": seat.pk, "slot": seat.slot, "user": seat.user_id}
