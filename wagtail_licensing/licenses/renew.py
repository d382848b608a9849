"""Renew or extend a license by hand."""

from datetime import datetime

from ..conf import conf
from ..domain.states import State, Trigger
from ..domain.validity import access_until
from ..models import License
from .change import LicenseError, changing
from .history import ChangedBy


def renew_license(*, license_id: int, ends_at: datetime | None, at: datetime, by: ChangedBy) -> License:
    """Let a license end at ``ends_at`` (exclusive; None: without end), and reopen an expired one.

    Raises :class:`LicenseError` for a revoked license, for one that Stripe renews, and for an end
    that is past.
    """
    if ends_at is not None and ends_at <= at:
        raise LicenseError("the new end is past")
    with changing(license_id=license_id, at=at, by=by) as change:
        license = change.license
        if license.state == State.REVOKED:
            raise LicenseError("a revoked license is final; issue a new one")
        if license.renews:
            raise LicenseError("this license is renewed by its subscription")
        if license.state == State.EXPIRED and license.access_until is not None:
            license.held_since += max(at - license.access_until, at - at)
        license.ends_at = ends_at
        license.access_until = access_until(paid_until=ends_at, renews=False, slack=conf.sync_slack)
        if license.unheld_state in {State.EXPIRED, State.GRACE}:
            change.move(State.ACTIVE, trigger=_trigger(license.state, held=bool(change.holds)))
    return change.license


def _trigger(state: str, *, held: bool) -> Trigger | None:
    if held:
        return Trigger.HELD
    return Trigger.HOLDS_LIFTED if state == State.SUSPENDED else Trigger.RENEWED
