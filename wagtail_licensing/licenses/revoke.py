"""Revoke a license, for ever."""

from datetime import datetime

from ..domain.states import Cause, State, Trigger
from ..models import License
from .change import LicenseError, changing
from .history import ChangedBy


def revoke_license(*, license_id: int, at: datetime, by: ChangedBy) -> License:
    """Revoke a license; a revoked one stays as it is. Raises :class:`LicenseError` without a reason."""
    if not by.reason.strip():
        raise LicenseError("revoking a license needs a reason")
    with changing(license_id=license_id, at=at, by=by) as change:
        if change.license.state == State.REVOKED:
            return change.license
        pending = change.license.state == State.PENDING and by.cause is Cause.STAFF
        change.move(State.REVOKED, trigger=Trigger.DENIED if pending else Trigger.REVOKED)
    return change.license
