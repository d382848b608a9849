"""Stripe's customer portal: where members change cards, plans and seats, and cancel."""

import logging
import uuid
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from .client import Gateway
from .customers import customer_of
from .errors import StripeFailure
from .refusals import BillingUnavailable

logger = logging.getLogger(__name__)

__all__ = ["BillingUnavailable", "NoBillingCustomer", "portal_session_url"]


class NoBillingCustomer(LookupError):  # noqa: N818 - the field's word for it
    """The user has never bought anything."""


def portal_session_url(*, user: Any, return_url: str) -> str:
    """Return the address of a portal session of ``user``: theirs alone, and short-lived.

    One request, not inside a transaction. Raises :class:`NoBillingCustomer` and
    ``BillingUnavailable``. Do not log or cache the address.
    """
    customer = customer_of(user)
    if customer is None:
        raise NoBillingCustomer
    try:
        session = Gateway().post(
            "/v1/billing_portal/sessions",
            idempotency_key=f"wl-portal-{uuid.uuid4()}",
            customer=customer.stripe_id,
            return_url=return_url,
        )
    except (StripeFailure, ImproperlyConfigured) as failure:
        logger.error("The customer portal is not available: %s", failure)
        raise BillingUnavailable from None
    return str(session["url"])
