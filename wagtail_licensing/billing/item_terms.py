"""What the license of one item of a subscription should be: the projection, and what its money says."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from ..conf import conf
from ..domain.payments import DISPUTE_LOST, REFUNDED_IN_FULL, Verdict, heaviest, judge
from ..domain.policy import Flag, LicensePolicy
from ..domain.states import HOLDABLE_STATES, Hold, State
from ..domain.terms import Terms
from ..models import BillingCustomer, BillingPayment, License, LicenseProduct
from .facts import ItemFacts, SubscriptionFacts
from .invoice_payments import bought_term
from .projection import ENDED_STATUSES, Policy, ended, project


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """What the payments of a subscription say about one item.

    ``revokes`` is the reason, or empty. ``takes_back``: the running period was refunded in full.
    """

    revokes: str = ""
    takes_back: bool = False
    holds: bool = False
    flag: Flag = Flag.NONE


def promise_of(license: License | None, product: LicenseProduct) -> LicensePolicy:
    """Return what was promised with the license, until it becomes another product's."""
    if license is not None and license.product_id == product.pk:
        return license.policy.promise
    return product.promise


def terms_of_item(
    facts: SubscriptionFacts,
    item: ItemFacts,
    *,
    product: LicenseProduct,
    customer: BillingCustomer,
    license: License | None,
    at: datetime,
) -> Terms | None:
    """Return what a subscription makes of the license of ``item``; None keeps what it is."""
    seats = max(item.quantity, 1) if product.per_seat else product.seats
    if customer.is_deleted and facts.status not in ENDED_STATUSES:
        # With its customer a subscription ends, whatever it says itself.
        facts = replace(facts, status="canceled", ended_at=end_of(license, at))
    policy = Policy.of(promise_of(license, product), slack=conf.sync_slack, seats=seats)
    return project(facts, item, policy=policy, at=at)


def end_of(license: License | None, at: datetime) -> datetime:
    """Return when a license ends that ends now: now, or when its access ended already."""
    until = license.access_until if license else None
    return min(until, at) if until else at


def judge_item(
    payments: Iterable[BillingPayment], item: ItemFacts, *, promise: LicensePolicy
) -> ItemVerdict:
    """Return what the payments of a subscription say about ``item``.

    A dispute is about the subscription: it concerns every item. A refund takes back the time that it
    paid, if that is the period that runs; the first of a subscription is its only payment, and goes
    with the license. A refund of another time only marks.
    """
    verdicts = [(payment, _judge(payment, promise)) for payment in payments]
    lost = any(verdict.is_lost for _payment, verdict in verdicts)
    running = [
        payment
        for payment, verdict in verdicts
        if verdict.takes_back and bought_term(payment, item.id, item.period_start)
    ]
    only = any(payment.is_first for payment in running)
    return ItemVerdict(
        revokes=DISPUTE_LOST if lost else REFUNDED_IN_FULL if only else "",
        takes_back=bool(running),
        holds=any(verdict.holds for _payment, verdict in verdicts),
        flag=heaviest(verdict.flag for _payment, verdict in verdicts),
    )


def _judge(payment: BillingPayment, promise: LicensePolicy) -> Verdict:
    return judge(
        amount=payment.amount,
        refunded=payment.amount_refunded,
        dispute_statuses=payment.dispute_statuses,
        promise=promise,
    )


def with_verdict(terms: Terms, verdict: ItemVerdict, item: ItemFacts) -> Terms:
    """Return ``terms`` as the money leaves them."""
    lives = terms.state in {State.ACTIVE, State.GRACE}
    if verdict.takes_back and lives:
        end = item.period_start or terms.starts_at
        taken = ended(starts_at=terms.starts_at, ends_at=end, seats=terms.seats)
        return replace(taken, flag=verdict.flag)
    disputed = verdict.holds and terms.state in HOLDABLE_STATES
    holds = terms.holds | {Hold.DISPUTE} if disputed else terms.holds
    return replace(terms, holds=holds, flag=verdict.flag)
