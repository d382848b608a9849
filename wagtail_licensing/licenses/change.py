"""What every change of a license has in common: the lock, and what is written when it is over."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from ..domain import states
from ..domain.states import Hold, State, Trigger
from ..models import License, LicenseHold
from ..models.many_rows import update_rows
from .history import ChangedBy, Line, new_line, snapshot, write_lines


class LicenseError(ValueError):
    """A change that may not be made; the message is for people and holds no personal data."""


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
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def note(self, kind: str, **facts: Any) -> None:
        """Have one more line written, about something that is part of this change."""
        self.notes.append((kind, facts))

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
    with changing_many(license_ids=[license_id], at=at, by=by) as changes:
        if not changes:
            raise License.DoesNotExist
        yield changes[license_id]


@contextmanager
def changing_many(
    *, license_ids: Iterable[int], at: datetime, by: ChangedBy
) -> Iterator[dict[int, Change]]:
    """Do the same with many licenses at once, by id, in as many queries as for one.

    ``by`` may be replaced in each change. Those that do not exist are left out.
    """
    with transaction.atomic():
        # In the order of their ids, so that two at once wait for each other and not in a circle.
        locked = License.objects.select_for_update().filter(pk__in=license_ids)
        licenses = list(locked.order_by("pk"))
        holds = _holds_of_many(licenses)
        changes = {
            license.pk: Change(license, holds[license.pk], at, by, snapshot(license, holds[license.pk]))
            for license in licenses
        }
        yield changes
        _finish(changes.values())


def _holds_of_many(licenses: list[License]) -> dict[int, frozenset[Hold]]:
    found: dict[int, set[Hold]] = {license.pk: set() for license in licenses}
    rows = LicenseHold.objects.filter(license__in=licenses)
    for license_id, kind in rows.values_list("license_id", "kind"):
        found[license_id].add(Hold(kind))
    return {license_id: frozenset(kinds) for license_id, kinds in found.items()}


def _finish(changes: Iterable[Change]) -> None:
    changed: list[License] = []
    lines: list[Line] = []
    for change in changes:
        after = snapshot(change.license, change.holds)
        differs = after != change.before
        if differs:
            changed.append(change.license)
        lines += _lines(change, after, differs=differs)
    update_rows(changed)
    write_lines(lines)


def _lines(change: Change, after: dict[str, Any], *, differs: bool) -> list[Line]:
    """Return the lines of history that a change calls for: itself, and what it has to note."""
    facts = [(change.before, change.kind or _kind_of(change.before, after), change.extra or {})]
    if not differs and change.extra is None:
        facts = []
    facts += [(after, kind, extra) for kind, extra in change.notes]
    return [
        new_line(
            license=change.license,
            kind=kind,
            at=change.at,
            by=change.by,
            before=before,
            after={**after, **extra},
        )
        for before, kind, extra in facts
    ]


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
    if before["flag"] != after["flag"]:
        return "flagged" if after["flag"] else "flag_lifted"
    return "terms_changed"
