"""The history of licenses: what a line says, and what goes with it when lines are written."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from ..domain.states import Cause, Hold
from ..grants.sync import sync_grants
from ..models import License, LicenseEvent
from ..signals import history_committed, history_kept, history_written, license_changed, license_issued

#: The kind of the first line of every license.
ISSUED = "issued"
#: Lines in one statement.
MOST = 500

#: A line of history that is not written yet, or just was, with its license.
Line = tuple[License, LicenseEvent]


@dataclass(frozen=True, slots=True)
class ChangedBy:
    """Who or what makes a change, and why. ``actor`` is a user, or None for machines."""

    cause: Cause
    actor: Any = None
    reason: str = ""
    stripe_event_id: str = ""


def snapshot(license: License, holds: frozenset[Hold]) -> dict[str, Any]:
    """Return the facts of a license as the history keeps them: JSON, instants in ISO 8601."""
    return {
        "holder": holder_of(license),
        "product": license.product_id,
        "policy": license.policy_id,
        "state": license.state,
        "unheld_state": license.unheld_state,
        "pending_reason": license.pending_reason,
        "starts_at": _iso(license.starts_at),
        "ends_at": _iso(license.ends_at),
        "access_until": _iso(license.access_until),
        "held_since": _iso(license.held_since),
        "renews": license.renews,
        "is_trial": license.is_trial,
        "seats": license.seats_total,
        "seats_due_at": _iso(license.seats_due_at),
        "holds": sorted(holds),
        "flag": license.flag,
    }


def holder_of(license: License) -> str:
    """Return who holds a license as the history keeps it: ids, no names."""
    if license.user_id is not None:
        return f"user-{license.user_id}"
    return f"organization-{license.organization_id}" if license.organization_id is not None else ""


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def new_line(
    *,
    license: License,
    kind: str,
    at: datetime,
    by: ChangedBy,
    before: dict[str, Any],
    after: dict[str, Any],
) -> Line:
    """Return a line for the history of a license, to be written by :func:`write_lines`."""
    event = LicenseEvent(
        license=license,
        kind=kind,
        at=at,
        cause=by.cause.value,
        actor=by.actor,
        reason=by.reason[:500],
        stripe_event_id=by.stripe_event_id,
        before=before,
        after=after,
    )
    return license, event


def first_line(*, license: License, at: datetime, by: ChangedBy) -> Line:
    """Return the first line for the history of a license that was just issued."""
    after = snapshot(license, frozenset())
    return new_line(license=license, kind=ISSUED, at=at, by=by, before={}, after=after)


def write_lines(lines: list[Line]) -> None:
    """Append lines to the histories of their licenses, mirror those, and announce it after the commit.

    Inside the transaction of the change. One query for all lines, the mirror's, and what the
    receivers of ``history_written`` and ``history_kept`` add.
    """
    if not lines:
        return
    LicenseEvent.objects.bulk_create([event for _license, event in lines], batch_size=MOST)
    for license, event in lines:
        history_written.send(sender=LicenseEvent, license=license, event=event)
    history_kept.send(sender=LicenseEvent, lines=lines)
    sync_grants({license.pk: license for license, _event in lines}.values())
    transaction.on_commit(lambda: _announce(lines))


def _announce(lines: Iterable[Line]) -> None:
    history_committed.send_robust(sender=LicenseEvent, lines=lines)
    for license, event in lines:
        signal = license_issued if event.kind == ISSUED else license_changed
        signal.send_robust(sender=License, license=license, event=event)
