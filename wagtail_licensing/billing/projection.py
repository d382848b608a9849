"""What a Stripe subscription means for a license: a pure function of facts and the clock.

| status | license |
| --- | --- |
| trialing, active | active; renewing: the end of the item's period plus slack, ending: exactly its end |
| past_due | grace until the debt is as old as the policy allows, then held; or held at once; or kept |
| unpaid | held for billing, or expired |
| paused | held as paused |
| incomplete | pending for payment |
| canceled | expired at the instant at which it ended, or at the end of what is paid |
| incomplete_expired | expired at the instant at which it ended |
| anything else | None: keep what the license is |

``pause_collection`` changes nothing: Stripe keeps the subscription active, and so do we.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..domain.policy import LicensePolicy, PastDue, Unpaid
from ..domain.states import Hold, PendingReason, State
from ..domain.terms import Terms
from ..domain.validity import access_until as end_of_access
from .facts import ItemFacts, SubscriptionFacts

ENDED_STATUSES = frozenset({"canceled", "incomplete_expired"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What our side adds: how much slack, how many seats, and what was promised with the license."""

    grace: timedelta
    slack: timedelta
    seats: int = 1
    past_due: PastDue = PastDue.GRACE
    unpaid: Unpaid = Unpaid.SUSPEND
    honours_paid_term: bool = False

    @classmethod
    def of(cls, promise: LicensePolicy, *, slack: timedelta, seats: int = 1) -> "Policy":
        """Return the policy of a license with ``seats`` that was given ``promise``."""
        return cls(
            grace=promise.grace,
            slack=slack,
            seats=seats,
            past_due=promise.past_due,
            unpaid=promise.unpaid,
            honours_paid_term=promise.honours_paid_term,
        )


@dataclass(frozen=True, slots=True)
class _Case:
    subscription: SubscriptionFacts
    item: ItemFacts
    policy: Policy
    at: datetime

    @property
    def starts_at(self) -> datetime:
        """The start of the subscription, not later than now: Stripe's clock may be ahead of ours."""
        return min(self.subscription.started_at or self.item.period_start or self.at, self.at)

    @property
    def ends_at(self) -> datetime | None:
        return self.subscription.cancel_at or self.item.period_end

    @property
    def access_until(self) -> datetime | None:
        """The exact end of what was cancelled, never beyond what is paid plus slack."""
        paid_until, subscription = self.item.period_end, self.subscription
        late = end_of_access(paid_until=paid_until, renews=True, slack=self.policy.slack)
        if not subscription.is_ending:
            return late
        ends_at = self.ends_at
        return min((end for end in (ends_at, late) if end), default=None)


def project(
    subscription: SubscriptionFacts, item: ItemFacts, *, policy: Policy, at: datetime
) -> Terms | None:
    """Return what the license of ``item`` should be, or None to keep what it is."""
    rule = _RULES.get(subscription.status)
    if rule is None:
        return None
    return rule(_Case(subscription, item, policy, at))


def ended(*, starts_at: datetime, ends_at: datetime, seats: int = 1) -> Terms:
    """Return the terms of a license that ended at ``ends_at``."""
    end = max(ends_at, starts_at)
    return Terms(
        state=State.EXPIRED,
        starts_at=starts_at,
        ends_at=end,
        access_until=end,
        renews=False,
        seats=seats,
    )


def _valid(case: _Case, *, state: State = State.ACTIVE, holds: frozenset[Hold] = frozenset()) -> Terms:
    return Terms(
        state=state,
        starts_at=case.starts_at,
        ends_at=case.ends_at,
        access_until=case.access_until,
        renews=not case.subscription.is_ending,
        is_trial=case.subscription.status == "trialing",
        holds=holds,
        seats=case.policy.seats,
    )


def _in_debt(case: _Case) -> Terms:
    """Grace is counted from the first failure, and ends with the subscription if that is sooner."""
    subscription = case.subscription
    since = subscription.past_due_since or case.item.period_start or case.at
    since = max(since, case.starts_at)
    unpaid = subscription.status == "unpaid"
    if unpaid and case.policy.unpaid is Unpaid.EXPIRE:
        return ended(starts_at=case.starts_at, ends_at=since, seats=case.policy.seats)
    until = _until_in_debt(case, since)
    over = unpaid or (until is not None and until <= case.at)
    return Terms(
        state=State.GRACE,
        starts_at=case.starts_at,
        ends_at=since,
        access_until=until,
        renews=not subscription.is_ending,
        holds=frozenset({Hold.BILLING}) if over else frozenset(),
        seats=case.policy.seats,
    )


def _until_in_debt(case: _Case, since: datetime) -> datetime | None:
    policy, subscription = case.policy, case.subscription
    if policy.past_due is PastDue.KEEP and subscription.status == "past_due":
        until = case.access_until
    elif policy.past_due is PastDue.SUSPEND:
        until = since
    else:
        until = (subscription.past_due_since or case.item.period_start or case.at) + policy.grace
    ends = [end for end in (until, subscription.cancel_at) if end is not None]
    return max(min(ends), case.starts_at) if ends else None


def _paused(case: _Case) -> Terms:
    return _valid(case, holds=frozenset({Hold.PAUSED}))


def _incomplete(case: _Case) -> Terms:
    return Terms(
        state=State.PENDING,
        pending_reason=PendingReason.PAYMENT,
        starts_at=case.starts_at,
        ends_at=case.ends_at,
        access_until=case.access_until,
        renews=not case.subscription.is_ending,
        seats=case.policy.seats,
    )


def _over(case: _Case) -> Terms:
    subscription, paid_until = case.subscription, case.item.period_end
    end = subscription.ended_at or subscription.canceled_at or paid_until or case.at
    honoured = case.policy.honours_paid_term and subscription.is_paid_to_the_end
    if honoured and paid_until:
        end = max(end, paid_until)
    if not honoured or end <= case.at:
        return ended(starts_at=case.starts_at, ends_at=end, seats=case.policy.seats)
    return Terms(
        state=State.ACTIVE,
        starts_at=case.starts_at,
        ends_at=end,
        access_until=end,
        renews=False,
        seats=case.policy.seats,
    )


_RULES: dict[str, Callable[[_Case], Terms]] = {
    "trialing": _valid,
    "active": _valid,
    "past_due": _in_debt,
    "unpaid": _in_debt,
    "paused": _paused,
    "incomplete": _incomplete,
    "incomplete_expired": _over,
    "canceled": _over,
}
