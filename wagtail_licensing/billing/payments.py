"""Write what a checkout session and a one-off payment are, and what they give or take away.

Runs inside the transaction of the caller, under the lease. The same facts again write nothing new.
"""

import logging
from typing import Any

from ..domain.payments import DISPUTE_LOST, REFUNDED_IN_FULL, judge
from ..licenses import (
    follow_payment,
    issue_bought_term,
    issue_gift,
    issue_license,
    issue_to_guest,
    revoke_license,
    take_approved_license,
)
from ..models import BillingCustomer, BillingPayment, CheckoutIntent, License, LicenseClaim
from ..models.checkout import IntentState
from ..models.products import ProductKind
from .come_back import follow_revoked
from .eligibility import UNDER_WAY
from .facts import PaymentFacts, SessionFacts
from .guests import guest_customer
from .inbox import request_sync
from .organizations import note_purchase
from .origin import Origin
from .receipts import call_for_receipt
from .targets import PAYMENT_INTENT, SUBSCRIPTION

logger = logging.getLogger(__name__)


def write_session(facts: SessionFacts, *, origin: Origin) -> list[int]:
    """Bring the intent of a session to what became of it; return the targets to read next.

    A session that does not fit an intent of ours in every point gives nobody anything.
    """
    intent = (
        CheckoutIntent.objects.select_for_update(of=("self",))
        .select_related("price__product", "user", "organization")
        .filter(nonce=facts.nonce, account=origin.account, livemode=origin.livemode)
        .first()
    )
    if intent is None:
        logger.info("Checkout session %s was not started here and is left alone", facts.id)
        return []
    if intent.user_id is None and facts.status != "complete":
        # A guest is nobody before paying: there is no customer to look at yet.
        return _write_unpaid(facts, intent, origin=origin)
    customer = _customer_of(facts, intent, origin=origin)
    if customer is None or not _fits(facts, intent):
        logger.warning("Checkout session %s does not fit its intent and gives nothing", facts.id)
        return []
    _write_intent(facts, intent, origin=origin)
    if facts.mode == "subscription":
        return _read_next(SUBSCRIPTION, facts.subscription_id, origin=origin)
    if not facts.is_paid:
        return []
    return _write_purchase(facts, intent=intent, customer=customer, origin=origin)


def _customer_of(
    facts: SessionFacts, intent: CheckoutIntent, *, origin: Origin
) -> BillingCustomer | None:
    """Return the customer of the session if it is the one of the person who started it, or of the
    organization that they bought for."""
    if intent.user_id is None:
        return guest_customer(facts, intent, origin=origin)
    payer: dict[str, Any] = {"user": intent.user}
    if intent.organization is not None:
        payer = {"organization": intent.organization}
    return BillingCustomer.objects.filter(
        account=origin.account,
        livemode=origin.livemode,
        stripe_id=facts.customer_id,
        **payer,
    ).first()


def _fits(facts: SessionFacts, intent: CheckoutIntent) -> bool:
    """Tell whether a session sells what the intent says, at the price that is ours."""
    price = intent.price
    if intent.stripe_session_id and intent.stripe_session_id != facts.id:
        return False
    if facts.mode != ("subscription" if price.is_recurring else "payment"):
        return False
    if facts.price_ids != (price.stripe_price_id,):
        return False
    if price.is_recurring:
        # The number of seats may be changed on Stripe's page; the subscription itself tells it.
        return facts.quantity == intent.quantity or price.product.per_seat
    return (
        facts.quantity == intent.quantity
        and facts.amount == price.unit_amount * intent.quantity
        and facts.currency == price.currency.upper()
    )


def _write_intent(facts: SessionFacts, intent: CheckoutIntent, *, origin: Origin) -> None:
    state, payment_status = _intent_state(facts), facts.payment_status
    if state == IntentState.OPEN and facts.status == "complete":
        payment_status = UNDER_WAY
    known = (intent.state, intent.payment_status, intent.stripe_session_id)
    if known == (state, payment_status, facts.id):
        return
    if state == IntentState.COMPLETED and intent.completed_at is None:
        intent.completed_at = origin.at
        note_purchase(intent, at=origin.at)
    intent.state = state
    intent.payment_status = payment_status[:40]
    intent.stripe_session_id = facts.id
    intent.save(update_fields=["state", "payment_status", "stripe_session_id", "completed_at"])


def _intent_state(facts: SessionFacts) -> IntentState:
    if facts.is_paid:
        return IntentState.COMPLETED
    if facts.status == "expired":
        return IntentState.EXPIRED
    if facts.status == "complete" and facts.payment_failed:
        return IntentState.FAILED
    return IntentState.OPEN


def _write_purchase(
    facts: SessionFacts, *, intent: CheckoutIntent, customer: BillingCustomer, origin: Origin
) -> list[int]:
    """Issue the license of a one-off purchase, once; then look what became of the money since."""
    product = intent.price.product
    if product.kind == ProductKind.SUBSCRIPTION:
        logger.error("Product %s is a subscription and was sold once; no license", product.pk)
        return []
    payment, _ = BillingPayment.objects.get_or_create(
        account=origin.account,
        livemode=origin.livemode,
        stripe_id=facts.payment_intent_id or facts.id,
        defaults={
            "customer": customer,
            "checkout_session_id": facts.id,
            "price": intent.price,
            "quantity": facts.quantity,
            "status": facts.payment_status[:40],
            "amount": facts.amount_total,
            "currency": facts.currency[:3],
            "paid_at": origin.at,
        },
    )
    if payment.license_id is not None:
        return []
    seats = facts.quantity if product.per_seat else None
    payment.license = _issue(intent, customer=customer, seats=seats, origin=origin)
    payment.save(update_fields=["license"])
    if not origin.is_import:
        call_for_receipt(
            customer=customer,
            license=payment.license,
            payment=payment,
            paid_at=payment.paid_at,
            at=origin.at,
        )
    # A refund that was reported before this row existed had nothing to act on.
    return _read_next(PAYMENT_INTENT, facts.payment_intent_id, origin=origin)


def _write_unpaid(facts: SessionFacts, intent: CheckoutIntent, *, origin: Origin) -> list[int]:
    if not intent.stripe_session_id or intent.stripe_session_id == facts.id:
        _write_intent(facts, intent, origin=origin)
    return []


def _issue(
    intent: CheckoutIntent, *, customer: BillingCustomer, seats: int | None, origin: Origin
) -> License:
    """Issue what was bought: to the buyer, or to whoever is sent the link to it."""
    product = intent.price.product
    gift = LicenseClaim.objects.filter(intent=intent).first()
    if gift is not None:
        return issue_gift(claim=gift, at=origin.at, by=origin.by)
    if intent.user_id is None:
        return issue_to_guest(
            product=product,
            email=customer.guest_email,
            language=intent.language,
            seats=seats,
            at=origin.at,
            by=origin.by,
        )
    if customer.user is not None:
        approved = take_approved_license(
            user=customer.user, product=product, source="purchase", at=origin.at, by=origin.by
        )
        if approved is not None:
            return approved
    holder: dict[str, Any] = {"user": customer.user, "organization": customer.organization}
    if product.kind == ProductKind.FIXED_TERM:
        return issue_bought_term(product=product, seats=seats, at=origin.at, by=origin.by, **holder)
    return issue_license(
        product=product,
        source="purchase",
        seats=seats,
        at=origin.at,
        by=origin.by,
        **holder,
    )


def _read_next(kind: str, object_id: str, *, origin: Origin) -> list[int]:
    if not object_id:
        return []
    return [request_sync(kind=kind, object_id=object_id, account=origin.account, at=origin.at)]


def payment_of(payment_intent_id: str, *, account: str, livemode: bool) -> BillingPayment | None:
    """Return our row of a payment, or None when it sold no license here."""
    return BillingPayment.objects.filter(
        account=account, livemode=livemode, stripe_id=payment_intent_id
    ).first()


def write_payment(facts: PaymentFacts, *, origin: Origin) -> None:
    """Mirror what became of a payment, and take back or return the license that it bought.

    What follows from a refund or a dispute is what was promised with the license. When the money is
    there after all, a new license follows the one that was revoked.
    """
    payment = payment_of(facts.id, account=origin.account, livemode=origin.livemode)
    if payment is None:
        return
    payment.status = facts.status[:40]
    payment.amount_refunded = facts.amount_refunded
    payment.dispute_statuses = sorted(facts.dispute_statuses)
    payment.synced_at = origin.at
    payment.save(update_fields=["status", "amount_refunded", "dispute_statuses", "synced_at"])
    if payment.license_id is None:
        return
    license = License.objects.select_related("policy").get(pk=payment.license_id)
    verdict = judge(
        amount=facts.amount_received,
        refunded=facts.amount_refunded,
        dispute_statuses=facts.dispute_statuses,
        promise=license.policy.promise,
    )
    if verdict.is_lost or verdict.takes_back:
        reason = DISPUTE_LOST if verdict.is_lost else REFUNDED_IN_FULL
        revoke_license(license_id=license.pk, at=origin.at, by=origin.because(reason))
        return
    follower = follow_revoked(license, at=origin.at, by=origin.by)
    if follower is not None:
        payment.license = license = follower
        payment.save(update_fields=["license"])
    follow_payment(
        license_id=license.pk,
        disputed=verdict.holds,
        flag=verdict.flag,
        at=origin.at,
        by=origin.by,
    )
