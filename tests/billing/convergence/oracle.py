"""What a license has to be, worked out from Stripe's documents and from what the product promises.

Written from docs/reference/statuses.md and docs/reference/policies.md, and from nothing else: it
imports nothing of the code that it judges. Times are Unix seconds.
"""

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

DAY = 86400
SLACK = 3 * DAY
OPEN = {"needs_response", "under_review", "appeal_needs_response", "appeal_under_review"}
CLOSED = {"won", "prevented", "warning_closed", "lost"}
ENDED = {"canceled", "incomplete_expired"}


@dataclass(frozen=True)
class Promise:
    """What a product promises, in the words of docs/reference/policies.md."""

    past_due: str = "grace"
    grace_days: int = 7
    unpaid: str = "suspend"
    honours_paid_term: bool = False
    full_refund: str = "revoke"
    open_dispute: str = "hold"


@dataclass(frozen=True)
class Payment:
    """Money with what became of it. ``terms``: the start of the time it bought, by item."""

    amount: int
    refunded: int
    disputes: frozenset[str]
    is_first: bool = False
    terms: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Right:
    """A license as it has to be. ``until`` None: without end."""

    state: str
    holds: frozenset[str] = frozenset()
    starts_at: int = 0
    ends_at: int | None = None
    until: int | None = None
    renews: bool = False
    is_trial: bool = False
    flag: str = ""

    @property
    def shown(self) -> str:
        """The state under its holds."""
        return "suspended" if self.holds and self.state in {"active", "grace", "pending"} else self.state

    def opens(self, now: int) -> bool:
        """Tell whether anything opens with it at ``now``."""
        in_time = self.starts_at <= now and (self.until is None or now < self.until)
        return self.shown in {"active", "grace"} and in_time


REVOKED = Right("revoked")


def right_of_item(
    subscription: Json,
    item: Json,
    *,
    promise: Promise,
    payments: list[Payment],
    debts: list[int],
    last_invoice: Json | None,
    now: int,
) -> Right:
    """Return the license of an item. ``debts``: since when each open invoice is due."""
    flag, is_held, is_taken = "", False, False
    for payment in payments:
        mark, holds, takes, is_lost = _money(payment, promise)
        bought_now = payment.terms.get(item["id"]) == item["current_period_start"]
        if is_lost or (takes and bought_now and payment.is_first):
            return REVOKED
        flag, is_held = _heavier(flag, mark), is_held or holds
        is_taken = is_taken or (takes and bought_now)
    right = _by_status(subscription, item, promise, debts, last_invoice, now)
    if is_taken and right.state in {"active", "grace"}:
        right = _ended(right.starts_at, item["current_period_start"])
    elif is_held and right.state in {"active", "grace", "pending"}:
        right = _with(right, holds=right.holds | {"dispute"})
    return _by_the_clock(_with(right, flag=flag), now)


def right_of_purchase(payment: Payment, *, promise: Promise, now: int) -> Right:
    """Return the license that one payment without end has bought."""
    mark, holds, takes, is_lost = _money(payment, promise)
    if is_lost or takes:
        return REVOKED
    return Right("active", flag=mark, holds=frozenset({"dispute"}) if holds else frozenset())


def _money(payment: Payment, promise: Promise) -> tuple[str, bool, bool, bool]:
    """Return mark, whether it suspends, whether it takes back what it bought, whether it is lost."""
    is_full = 0 < payment.amount <= payment.refunded
    is_open, is_lost = bool(payment.disputes & OPEN), "lost" in payment.disputes
    mark = ""
    if is_open or is_lost:
        mark = "disputed"
    elif payment.disputes - OPEN - CLOSED:
        mark = "inquiry"
    elif is_full:
        mark = "" if promise.full_refund == "keep" else "refunded"
    elif payment.refunded:
        mark = "refunded_in_part"
    holds = is_open and promise.open_dispute == "hold"
    return mark, holds, is_full and promise.full_refund == "revoke", is_lost


def _heavier(one: str, other: str) -> str:
    order = ["disputed", "inquiry", "refunded", "refunded_in_part", ""]
    return min(one, other, key=order.index)


def _by_status(
    subscription: Json,
    item: Json,
    promise: Promise,
    debts: list[int],
    last_invoice: Json | None,
    now: int,
) -> Right:
    status, start = subscription["status"], subscription["start_date"]
    cancel_at, paid_until = subscription["cancel_at"], item["current_period_end"]
    is_ending = subscription["cancel_at_period_end"] or cancel_at is not None
    end = cancel_at or paid_until
    until = min(end, paid_until + SLACK) if is_ending else paid_until + SLACK
    going = Right(
        "active",
        starts_at=start,
        ends_at=end,
        until=until,
        renews=not is_ending,
        is_trial=status == "trialing",
    )
    if status in {"trialing", "active"}:
        return going
    if status == "paused":
        return _with(going, holds=frozenset({"paused"}))
    if status == "incomplete":
        return _with(going, state="pending")
    if status in {"past_due", "unpaid"}:
        since = min(debts) if debts else item["current_period_start"]
        return _in_debt(going, status, max(since, start), cancel_at, promise, now)
    assert status in ENDED, status
    ended_at = subscription["ended_at"]
    if promise.honours_paid_term and _is_paid_for(subscription, last_invoice):
        ended_at = max(ended_at, paid_until)
        if ended_at > now:
            return Right("active", starts_at=start, ends_at=ended_at, until=ended_at)
    return _ended(start, ended_at)


def _in_debt(
    going: Right, status: str, since: int, cancel_at: int | None, promise: Promise, now: int
) -> Right:
    if status == "unpaid" and promise.unpaid == "expire":
        return _ended(going.starts_at, since)
    if status == "past_due" and promise.past_due == "keep":
        until = going.until or 0
    elif promise.past_due == "suspend":
        until = since
    else:
        until = since + promise.grace_days * DAY
    until = max(min(until, cancel_at or until), going.starts_at)
    is_over = status == "unpaid" or until <= now
    holds = frozenset({"billing"}) if is_over else frozenset()
    return _with(going, state="grace", ends_at=since, until=until, holds=holds)


def _is_paid_for(subscription: Json, last_invoice: Json | None) -> bool:
    """Only time of which the last invoice was paid and nothing credited, and no trial."""
    reason = (subscription["cancellation_details"] or {}).get("reason")
    trial_end = subscription["trial_end"] or 0
    tried = trial_end and trial_end >= subscription["ended_at"]
    if last_invoice is None or tried or reason in {"payment_failed", "payment_disputed"}:
        return False
    return bool(last_invoice["status"] == "paid" and last_invoice["total"] >= 0)


def _ended(start: int, end: int) -> Right:
    end = max(start, end)
    return Right("expired", starts_at=start, ends_at=end, until=end)


def _by_the_clock(right: Right, now: int) -> Right:
    """A license whose time is over is called expired, or held, as soon as the sweep came by."""
    if right.until is None or right.until > now or right.shown not in {"active", "grace"}:
        return right
    if right.state == "active":
        return _with(right, state="expired")
    return _with(right, holds=right.holds | {"billing"})


def _with(right: Right, **changes: Any) -> Right:
    return Right(**{**right.__dict__, **changes})
