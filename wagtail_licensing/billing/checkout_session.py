"""Stripe's checkout page for one intent: what we send, and what we note of the answer."""

import logging
from typing import Any
from urllib.parse import quote

from ..conf import conf
from ..models import BillingCustomer, CheckoutIntent
from .client import Gateway
from .errors import BadRequest
from .prices import instant

logger = logging.getLogger(__name__)

Json = dict[str, Any]

#: What stands for the nonce in a success URL, plain and as `quote` writes it.
_PLACEHOLDERS = ("{nonce}", "%7Bnonce%7D")


def create_session(
    intent: CheckoutIntent,
    *,
    customer: BillingCustomer | None,
    success_url: str,
    cancel_url: str,
    gateway: Gateway,
) -> CheckoutIntent:
    """Create the session of ``intent`` and note its id, address and end. One request.

    Without ``customer`` it is a guest's, who types an address at Stripe.

    ``{nonce}`` in either address stands for the nonce, which is the idempotency key: a second call
    for the same intent gets the same session.
    Raises ``StripeFailure``; ``BadRequest`` also when Stripe's price is not ours.
    """
    params = _parameters(intent, customer=customer)
    params["success_url"] = _with_nonce(success_url, intent.nonce)
    params["cancel_url"] = _with_nonce(cancel_url, intent.nonce)
    session = gateway.post("/v1/checkout/sessions", idempotency_key=intent.nonce, **params)
    _require_our_price(session, intent)
    intent.stripe_session_id = session["id"]
    intent.session_url = session.get("url") or ""
    intent.expires_at = instant(session.get("expires_at")) or intent.expires_at
    intent.save(update_fields=["stripe_session_id", "session_url", "expires_at"])
    return intent


def _parameters(intent: CheckoutIntent, *, customer: BillingCustomer | None) -> Json:
    # Metadata of a session stays on the session; what it makes gets its own copy.
    metadata = {"wagtail_licensing_intent": str(intent.pk)}
    params: Json = {
        "mode": "subscription" if intent.price.is_recurring else "payment",
        "client_reference_id": intent.nonce,
        "line_items": [{"price": intent.price.stripe_price_id, "quantity": intent.quantity}],
        "metadata": metadata,
    }
    if customer is not None:
        params["customer"] = customer.stripe_id
    elif not intent.price.is_recurring:
        # A refund, and the next purchase of the same person, need somebody to belong to.
        params["customer_creation"] = "always"
    if conf.promotion_codes:
        params["allow_promotion_codes"] = True
    if intent.price.is_recurring:
        params["subscription_data"] = {"metadata": metadata}
        if intent.trial_days:
            params["subscription_data"]["trial_period_days"] = intent.trial_days
    else:
        params["payment_intent_data"] = {"metadata": metadata}
    return params


def _require_our_price(session: Json, intent: CheckoutIntent) -> None:
    """Refuse to sell once at another amount than the one we show: no license would follow."""
    price = intent.price
    if price.is_recurring:
        return
    theirs = (session.get("amount_subtotal"), str(session.get("currency") or "").upper())
    if theirs != (price.unit_amount * intent.quantity, price.currency.upper()):
        logger.error("Price %s differs from its price at Stripe", price.pk)
        raise BadRequest("the price at Stripe is not ours")


def _with_nonce(url: str, nonce: str) -> str:
    for placeholder in _PLACEHOLDERS:
        url = url.replace(placeholder, quote(nonce, safe=""))
    return url
