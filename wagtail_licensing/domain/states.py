"""The states of a license, the holds that suspend it, and every transition that is allowed.

The table is data: whoever changes a license asks :func:`find_transition`, and what is not in the
table is refused. Trial, cancel-at-period-end and seat overage are attributes of a license, not states.
"""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a license stands. ``REVOKED`` is final."""

    PENDING = "pending"
    ACTIVE = "active"
    GRACE = "grace"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REVOKED = "revoked"


class PendingReason(StrEnum):
    """What a pending license waits for."""

    PAYMENT = "payment"
    APPROVAL = "approval"
    CLAIM = "claim"
    START = "start"


class Hold(StrEnum):
    """A reason that suspends a license. Each cause lifts only its own hold."""

    ADMIN = "admin"
    BILLING = "billing"
    DISPUTE = "dispute"
    PAUSED = "paused"
    SEAT_OVERAGE = "seat_overage"


class Cause(StrEnum):
    """Who or what causes a change."""

    STRIPE = "stripe"
    STAFF = "staff"
    MEMBER = "member"
    CLOCK = "clock"
    IMPORT = "import"


#: Who may place and who may lift a hold.
HOLD_PLACERS: dict[Hold, frozenset[Cause]] = {
    Hold.ADMIN: frozenset({Cause.STAFF}),
    Hold.BILLING: frozenset({Cause.STRIPE, Cause.CLOCK, Cause.IMPORT}),
    Hold.DISPUTE: frozenset({Cause.STRIPE}),
    Hold.PAUSED: frozenset({Cause.STRIPE, Cause.IMPORT}),
    Hold.SEAT_OVERAGE: frozenset({Cause.STRIPE, Cause.CLOCK}),
}
HOLD_LIFTERS: dict[Hold, frozenset[Cause]] = {
    Hold.ADMIN: frozenset({Cause.STAFF}),
    Hold.BILLING: frozenset({Cause.STRIPE, Cause.IMPORT}),
    Hold.DISPUTE: frozenset({Cause.STRIPE}),
    Hold.PAUSED: frozenset({Cause.STRIPE, Cause.IMPORT}),
    Hold.SEAT_OVERAGE: frozenset({Cause.STRIPE, Cause.CLOCK, Cause.MEMBER, Cause.STAFF}),
}


class Trigger(StrEnum):
    """What happened, in the words of the business."""

    PAID = "paid"
    APPROVED = "approved"
    CLAIMED = "claimed"
    STARTED = "started"
    LAPSED = "lapsed"
    DENIED = "denied"
    PAYMENT_FAILED = "payment_failed"
    TERM_OVER_WITH_GRACE = "term_over_with_grace"
    RENEWED = "renewed"
    HELD = "held"
    HOLDS_LIFTED = "holds_lifted"
    ENDED = "ended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Transition:
    """One allowed change of state: from where, to where, by which trigger, and who may cause it."""

    source: State
    target: State
    trigger: Trigger
    causes: frozenset[Cause]


_ANYBODY = frozenset(Cause)
_STRIPE_OR_STAFF = frozenset({Cause.STRIPE, Cause.STAFF, Cause.IMPORT})
_STRIPE_OR_CLOCK = frozenset({Cause.STRIPE, Cause.CLOCK, Cause.IMPORT})
_HOLDERS = frozenset({Cause.STRIPE, Cause.STAFF, Cause.CLOCK, Cause.IMPORT})
_ENDERS = frozenset({Cause.STRIPE, Cause.CLOCK, Cause.STAFF, Cause.IMPORT})

_LIVE = (State.ACTIVE, State.GRACE)


def _table() -> tuple[Transition, ...]:
    pending, active, grace = State.PENDING, State.ACTIVE, State.GRACE
    suspended, expired, revoked = State.SUSPENDED, State.EXPIRED, State.REVOKED
    rows = [
        Transition(pending, active, Trigger.PAID, _STRIPE_OR_STAFF),
        Transition(pending, active, Trigger.APPROVED, frozenset({Cause.STAFF})),
        Transition(pending, active, Trigger.CLAIMED, frozenset({Cause.MEMBER, Cause.STAFF})),
        Transition(pending, active, Trigger.STARTED, frozenset({Cause.CLOCK, Cause.STAFF})),
        Transition(pending, grace, Trigger.PAYMENT_FAILED, _STRIPE_OR_CLOCK),
        Transition(pending, suspended, Trigger.HELD, _HOLDERS),
        Transition(pending, expired, Trigger.LAPSED, _ENDERS),
        Transition(pending, revoked, Trigger.DENIED, frozenset({Cause.STAFF})),
        Transition(active, grace, Trigger.PAYMENT_FAILED, _STRIPE_OR_CLOCK),
        Transition(active, grace, Trigger.TERM_OVER_WITH_GRACE, frozenset({Cause.CLOCK})),
        Transition(grace, active, Trigger.PAID, _STRIPE_OR_STAFF),
        Transition(grace, active, Trigger.RENEWED, _ANYBODY),
        Transition(suspended, active, Trigger.HOLDS_LIFTED, _HOLDERS),
        Transition(suspended, grace, Trigger.HOLDS_LIFTED, _HOLDERS),
        Transition(suspended, pending, Trigger.HOLDS_LIFTED, _HOLDERS),
        Transition(suspended, expired, Trigger.ENDED, _ENDERS),
        Transition(expired, active, Trigger.RENEWED, _ANYBODY),
        Transition(expired, active, Trigger.PAID, _STRIPE_OR_STAFF),
        Transition(expired, grace, Trigger.PAYMENT_FAILED, _STRIPE_OR_CLOCK),
        Transition(expired, suspended, Trigger.HELD, _HOLDERS),
    ]
    for state in _LIVE:
        rows.append(Transition(state, suspended, Trigger.HELD, _HOLDERS))
        rows.append(Transition(state, expired, Trigger.ENDED, _ENDERS))
    for state in (pending, active, grace, suspended, expired):
        rows.append(Transition(state, revoked, Trigger.REVOKED, _STRIPE_OR_STAFF))
    return tuple(rows)


TRANSITIONS: tuple[Transition, ...] = _table()

_BY_KEY = {(row.source, row.target, row.trigger): row for row in TRANSITIONS}


class IllegalTransition(ValueError):  # noqa: N818 - the field's word for it
    """The table has no such change of state, or the cause may not make it."""


def find_transition(source: State, target: State, trigger: Trigger, cause: Cause) -> Transition:
    """Return the row of the table for this change.

    Raises :class:`IllegalTransition` when there is none, or when ``cause`` may not make it.
    """
    row = _BY_KEY.get((source, target, trigger))
    if row is None:
        raise IllegalTransition(f"{source} -> {target} by {trigger} is not a change of a license")
    if cause not in row.causes:
        raise IllegalTransition(f"{cause} may not change a license from {source} to {target}")
    return row


#: The states that a hold turns into ``SUSPENDED``; an ended license stays ended.
HOLDABLE_STATES = frozenset({State.PENDING, State.ACTIVE, State.GRACE})


def visible_state(unheld: State, holds: frozenset[Hold]) -> State:
    """Return the state of a license that would be ``unheld`` without its ``holds``."""
    return State.SUSPENDED if holds and unheld in HOLDABLE_STATES else unheld


def trigger_of(source: State, target: State) -> Trigger:
    """Return what a change from ``source`` to ``target`` is called when billing or the clock makes it.

    Raises :class:`IllegalTransition` when billing and the clock never make it.
    """
    if target is State.SUSPENDED:
        return Trigger.HELD
    if target is State.REVOKED:
        return Trigger.REVOKED
    if target is State.EXPIRED:
        return Trigger.LAPSED if source is State.PENDING else Trigger.ENDED
    if source is State.SUSPENDED and target in (*_LIVE, State.PENDING):
        return Trigger.HOLDS_LIFTED
    if target is State.GRACE:
        return Trigger.PAYMENT_FAILED
    if target is State.ACTIVE:
        return Trigger.RENEWED if source is State.EXPIRED else Trigger.PAID
    raise IllegalTransition(f"nothing turns a license from {source} into {target}")
