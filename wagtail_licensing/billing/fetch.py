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

_COUPON = "discounts.source.coupon"

#: What a subscription is asked for beside itself.
EXPANDED = ("latest_invoice", _COUPON)


def fetch_subscription(gateway: Gateway, subscription_id: str) -> SubscriptionFacts:
    """Return a subscription with all its items and, in debt, the age of the debt. 1 to 3 requests,
    and one for each item with a discount of its own."""
    raw = gateway.get(path_of("subscriptions", subscription_id), expand=list(EXPANDED))
    return complete_subscription(gateway, raw)


def complete_subscription(gateway: Gateway, raw: Json) -> SubscriptionFacts:
    """Return the same of one that was read with what is ``EXPANDED``. 0 to 2 requests, and one for
    each item with a discount of its own."""
    subscription_id, items = raw["id"], raw["items"]
    if items.get("has_more"):
        rows = list(gateway.pages("/v1/subscription_items", subscription=subscription_id))
        raw["items"] = {**items, "data": rows, "has_more": False}
    for item in raw["items"]["data"]:
        if item.get("discounts"):
            # Stripe expands four levels, and through the subscription this would be the fifth.
            path = path_of("subscription_items", item["id"])
            item["discounts"] = gateway.get(path, expand=[_COUPON])["discounts"]
    invoices: list[Json] = []
    if raw["status"] in _IN_DEBT:
        pages = gateway.pages("/v1/invoices", subscription=subscription_id, status="open")
        # An invoice that is sent is never attempted: it comes due on its day.
        invoices = [row for row in pages if row.get("attempted", True) or row.get("due_date")]
    return read_subscription(raw, open_invoices=invoices)


def fetch_session(gateway: Gateway, session_id: str) -> SessionFacts:
    """Return a checkout session with what was bought. One request."""
    path = path_of("checkout/sessions", session_id)
    return read_session(gateway.get(path, expand=["line_items", "payment_intent"]))


def fetch_payment(gateway: Gateway, payment_intent_id: str) -> PaymentFacts:
    """Return a payment with its refunds and disputes. One request, two if it was ever disputed."""
    raw = gateway.get(path_of("payment_intents", payment_intent_id), expand=["latest_charge"])
    charge = raw.get("latest_charge")
    if isinstance(charge, dict) and charge.get("disputed") is False:
        return read_payment(raw)
    disputes = gateway.pages("/v1/disputes", payment_intent=payment_intent_id)
    return read_payment(raw, disputes=disputes)


def is_customer_deleted(gateway: Gateway, customer_id: str) -> bool:
    """Tell whether a customer is deleted; Stripe answers 200 for one. One request.

    Raises ``Missing`` for a customer that never was.
    """
    return bool(gateway.get(path_of("customers", customer_id)).get("deleted"))
