"""What every change of a license has in common: the lock, the history line, the mirror, the signal."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from ..domain import states
from ..domain.states import Cause, Hold, State, Trigger
from ..grants.sync import sync_license_grants
from ..models import License, LicenseEvent
from ..signals import license_changed, license_issued


class LicenseError(ValueError):
    """A change that may not be made; the message is for people and holds no personal data."""


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
        "product": license.product_id,
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
        "holds": sorted(holds),
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def holds_of(license: License) -> frozenset[Hold]:
    """Return the holds on a license. One query."""
    return frozenset(Hold(kind) for kind in license.holds.values_list("kind", flat=True))


@dataclass(slots=True)
class Change:
    """A license under its lock, with what it was before."""

    license: License
    holds: frozenset[Hold]
    at: datetime
    by: ChangedBy
    before: dict[str, Any]
    kind: str = ""
    extra: dict[str, Any] | None = None

    def move(self, unheld: State, *, trigger: Trigger | None = None) -> None:
        """Bring the license to ``unheld`` under its present holds, if the table allows it.

        Raises ``IllegalTransition`` otherwise.
        """
        source = State(self.license.state)
        target = states.visible_state(unheld, self.holds)
        if source is not target:
            trigger = trigger or states.trigger_of(source, target)
            states.find_transition(source, target, trigger, self.by.cause)
            self.kind = self.kind or _KINDS[trigger]
        self.license.state = target.value
        self.license.unheld_state = unheld.value
        if unheld is not State.PENDING:
            self.license.pending_reason = ""


@contextmanager
def changing(*, license_id: int, at: datetime, by: ChangedBy) -> Iterator[Change]:
    """Lock a license, let the caller change it, and write what changed, if anything did.

    Queries: the lock, the holds, and for a change the update, the history line and the mirror.
    Raises ``License.DoesNotExist``.
    """
    with transaction.atomic():
        license = License.objects.select_for_update().get(pk=license_id)
        holds = holds_of(license)
        change = Change(license, holds, at, by, snapshot(license, holds))
        yield change
        _finish(change)


def _finish(change: Change) -> None:
    after = snapshot(change.license, change.holds)
    if after == change.before and change.extra is None:
        return
    if after != change.before:
        change.license.save()
    kind = change.kind or _kind_of(change.before, after)
    event = write_event(
        license=change.license,
        kind=kind,
        at=change.at,
        by=change.by,
        before=change.before,
        after={**after, **(change.extra or {})},
    )
    sync_license_grants(change.license)
    _announce(license_changed, change.license, event)


def record_issue(*, license: License, at: datetime, by: ChangedBy) -> LicenseEvent:
    """Write the first history line of a new license, mirror it and announce it."""
    event = write_event(
        license=license,
        kind="issued",
        at=at,
        by=by,
        before={},
        after=snapshot(license, frozenset()),
    )
    sync_license_grants(license)
    _announce(license_issued, license, event)
    return event


def write_event(
    *,
    license: License,
    kind: str,
    at: datetime,
    by: ChangedBy,
    before: dict[str, Any],
    after: dict[str, Any],
) -> LicenseEvent:
    """Append one line to the history of a license. One query."""
    return LicenseEvent.objects.create(
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


def _announce(signal: Any, license: License, event: LicenseEvent) -> None:
    transaction.on_commit(lambda: signal.send_robust(sender=License, license=license, event=event))


_KINDS: dict[Trigger, str] = {
    Trigger.PAID: "paid",
    Trigger.APPROVED: "approved",
    Trigger.CLAIMED: "claimed",
    Trigger.STARTED: "started",
    Trigger.LAPSED: "lapsed",
    Trigger.DENIED: "denied",
    Trigger.PAYMENT_FAILED: "payment_failed",
    Trigger.TERM_OVER_WITH_GRACE: "term_over",
    Trigger.RENEWED: "renewed",
    Trigger.HELD: "suspended",
    Trigger.HOLDS_LIFTED: "resumed",
    Trigger.ENDED: "expired",
    Trigger.REVOKED: "revoked",
}


def _kind_of(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Name a change that left the state alone."""
    if before["holds"] != after["holds"]:
        return "held" if len(after["holds"]) > len(before["holds"]) else "hold_lifted"
    if before["product"] != after["product"]:
        return "switched"
    if before["seats"] != after["seats"]:
        return "seats_changed"
    if before["renews"] != after["renews"]:
        return "cancel_withdrawn" if after["renews"] else "cancel_scheduled"
    if before["is_trial"] and not after["is_trial"]:
        return "trial_ended"
    if before["ends_at"] and (after["ends_at"] is None or after["ends_at"] > before["ends_at"]):
        return "renewed"
    return "terms_changed"
