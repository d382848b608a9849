"""Place and lift holds: the reasons that suspend a license."""

from datetime import datetime

from ..domain.states import HOLD_LIFTERS, HOLD_PLACERS, Hold, State
from ..models import License, LicenseHold
from .change import Change, LicenseError, changing
from .history import ChangedBy

_ENDED = {State.EXPIRED.value, State.REVOKED.value}


def place_hold(*, license_id: int, hold: Hold, at: datetime, by: ChangedBy) -> License:
    """Suspend a license for the reason ``hold``; a hold that stands already changes nothing.

    Raises :class:`LicenseError` when the cause may not place it, when staff gives no reason, or
    when the license is pending or has ended.
    """
    if by.cause not in HOLD_PLACERS[hold]:
        raise LicenseError(f"{by.cause} may not place the hold {hold}")
    if hold is Hold.ADMIN and not by.reason.strip():
        raise LicenseError("suspending a license needs a reason")
    with changing(license_id=license_id, at=at, by=by) as change:
        if hold in change.holds:
            return change.license
        if change.license.state in _ENDED or change.license.state == State.PENDING:
            raise LicenseError(f"a license that is {change.license.state} cannot be suspended")
        _add(change, hold)
        change.move(State(change.license.unheld_state))
    return change.license


def lift_hold(*, license_id: int, hold: Hold, at: datetime, by: ChangedBy) -> License:
    """Lift the hold ``hold``; with the last one the license is what it was, or has ended meanwhile.

    Raises :class:`LicenseError` when the cause may not lift it.
    """
    if by.cause not in HOLD_LIFTERS[hold]:
        raise LicenseError(f"{by.cause} may not lift the hold {hold}")
    with changing(license_id=license_id, at=at, by=by) as change:
        if hold not in change.holds:
            return change.license
        _remove(change, hold)
        license = change.license
        over = license.access_until is not None and license.access_until <= at
        if over and not change.holds and license.state not in _ENDED:
            change.move(State.EXPIRED)
        else:
            change.move(State(license.unheld_state))
    return change.license


def set_holds(change: Change, wanted: frozenset[Hold], among: frozenset[Hold]) -> None:
    """Make the holds out of ``among`` equal ``wanted``, leaving all others alone."""
    for hold in sorted(among):
        if hold in wanted and hold not in change.holds:
            _add(change, hold)
        elif hold not in wanted and hold in change.holds:
            _remove(change, hold)


def _add(change: Change, hold: Hold) -> None:
    LicenseHold.objects.create(
        license=change.license,
        kind=hold.value,
        reason=change.by.reason[:500],
        placed_at=change.at,
    )
    change.holds |= {hold}


def _remove(change: Change, hold: Hold) -> None:
    change.license.holds.filter(kind=hold.value).delete()
    change.holds -= {hold}
