"""Read one object from Stripe as it is now, complete: nested lists hold no more than ten rows."""

from typing import Any

from .client import Gateway, path_of
from .facts import (
    PaymentFacts,
    SessionFacts,
    SubscriptionFacts,
    read_payment,
    read_session,
    read_subscription,
)

Json = dict[str, Any]

#: Statuses in which the open invoices tell since when nothing was paid.
_IN_DEBT = {"past_due", "unpaid"}


def fetch_subscription(gateway: Gateway, subscription_id: str) -> SubscriptionFacts:
    """Return a subscription with all its items and, in debt, the age of the debt. 1 to 3 requests."""
    raw = gateway.get(path_of("subscriptions", subscription_id), expand=["latest_invoice"])
    items = raw["items"]
    if items.get("has_more"):
        rows = list(gateway.pages("/v1/subscription_items", subscription=subscription_id))
        raw["items"] = {**items, "data": rows, "has_more": False}
    invoices: list[Json] = []
    if raw["status"] in _IN_DEBT:
        pages = gateway.pages("/v1/invoices", subscription=subscription_id, status="open")
        invoices = [invoice for invoice in pages if invoice.get("attempted", True)]
    return read_subscription(raw, open_invoices=invoices)


def fetch_session(gateway: Gateway, session_id: str) -> SessionFacts:
    """Return a checkout session with what was bought. One request."""
    path = path_of("checkout/sessions", session_id)
    return read_session(gateway.get(path, expand=["line_items", "payment_intent"]))


def fetch_payment(gateway: Gateway, payment_intent_id: str) -> PaymentFacts:
    """Return a payment with its refunds and disputes. Two requests."""
    raw = gateway.get(path_of("payment_intents", payment_intent_id), expand=["latest_charge"])
    disputes = gateway.pages("/v1/disputes", payment_intent=payment_intent_id)
    return read_payment(raw, disputes=disputes)


def is_customer_deleted(gateway: Gateway, customer_id: str) -> bool:
    """Tell whether a customer is deleted; Stripe answers 200 for one. One request.

    Raises ``Missing`` for a customer that never was.
    """
    return bool(gateway.get(path_of("customers", customer_id)).get("deleted"))
