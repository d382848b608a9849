"""Payments of subscriptions to which something happened: refunds and disputes.

A charge knows no subscription: charge -> payment intent -> invoice payment -> invoice -> its parent.
Only payments in trouble are kept, with the time that each bought; the license follows when its
subscription is read again.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..models import BillingCustomer, BillingPayment
from .client import Gateway, path_of
from .facts import PaymentFacts
from .inbox import request_sync
from .origin import Origin
from .targets import SUBSCRIPTION, id_in, subscription_of_invoice

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class InvoiceFacts:
    """The invoice that a payment paid.

    ``terms`` is the time that it bought by subscription item, as Unix seconds (start, end): the
    lines of whole periods, not those of a change within one. ``is_first``: it began the
    subscription. Amounts are minor units.
    """

    id: str
    customer_id: str
    subscription_id: str
    is_first: bool
    amount_paid: int
    terms: dict[str, tuple[int, int]]


def fetch_invoice_of(gateway: Gateway, payment_intent_id: str) -> InvoiceFacts | None:
    """Return the invoice that a payment intent paid, None for a payment of another kind.

    Two requests, one more for each 100 lines of a long invoice.
    """
    payment = {"type": "payment_intent", "payment_intent": payment_intent_id}
    found = gateway.get("/v1/invoice_payments", payment=payment, limit=1).get("data") or []
    invoice_id = id_in(found[0].get("invoice")) if found else ""
    if not invoice_id:
        return None
    path = path_of("invoices", invoice_id)
    raw = gateway.get(path)
    lines = raw.get("lines") or {}
    rows = list(gateway.pages(f"{path}/lines")) if lines.get("has_more") else lines.get("data") or []
    return InvoiceFacts(
        id=invoice_id,
        customer_id=id_in(raw.get("customer")),
        subscription_id=subscription_of_invoice(raw),
        is_first=raw.get("billing_reason") == "subscription_create",
        amount_paid=int(raw.get("amount_paid") or 0),
        terms=dict(filter(None, map(_term, rows))),
    )


def _term(line: Json) -> tuple[str, tuple[int, int]] | None:
    parent = line.get("parent") or {}
    details = parent.get("subscription_item_details") or {}
    item_id, period = id_in(details.get("subscription_item")), line.get("period") or {}
    start, end = period.get("start"), period.get("end")
    if details.get("proration") or not (item_id and isinstance(start, int) and isinstance(end, int)):
        return None
    return item_id, (start, end)


def is_ours(customer_id: str, *, account: str, livemode: bool) -> bool:
    """Tell whether a customer at Stripe is one of this site."""
    ours = BillingCustomer.objects.filter(account=account, livemode=livemode, stripe_id=customer_id)
    return ours.exists()


def write_invoice_payment(facts: PaymentFacts, invoice: InvoiceFacts, *, origin: Origin) -> list[int]:
    """Mirror a payment of a subscription, and ask for the subscription to be read again.

    A payment of a part of an invoice bought no time by itself: its refund only marks.
    """
    customer = BillingCustomer.objects.filter(
        account=origin.account, livemode=origin.livemode, stripe_id=invoice.customer_id
    ).first()
    if customer is None or not invoice.subscription_id:
        return []
    paid_it_all = facts.amount_received >= invoice.amount_paid
    BillingPayment.objects.update_or_create(
        account=origin.account,
        livemode=origin.livemode,
        stripe_id=facts.id,
        defaults={
            "customer": customer,
            "status": facts.status[:40],
            "amount": facts.amount_received,
            "amount_refunded": facts.amount_refunded,
            "currency": facts.currency[:3],
            "dispute_statuses": sorted(facts.dispute_statuses),
            "stripe_subscription_id": invoice.subscription_id,
            "stripe_invoice_id": invoice.id,
            "is_first": invoice.is_first,
            "terms": invoice.terms if paid_it_all else {},
            "synced_at": origin.at,
        },
    )
    return [
        request_sync(
            kind=SUBSCRIPTION,
            object_id=invoice.subscription_id,
            account=origin.account,
            at=origin.at,
        )
    ]


def bought_term(payment: BillingPayment, item_id: str, period_start: datetime | None) -> bool:
    """Tell whether ``payment`` bought the period of an item that began at ``period_start``."""
    term = payment.terms.get(item_id)
    return bool(term and period_start and term[0] == int(period_start.timestamp()))
