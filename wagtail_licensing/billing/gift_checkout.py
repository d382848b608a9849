"""Buying for somebody else: the purchase is the giver's, the license waits for who gets the link."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from ..licenses import prepare_gift
from ..models import BillingCustomer, CheckoutIntent, ProductPrice
from ..models.checkout import IntentState
from .checkout import OPEN_FOR
from .checkout_session import create_session
from .client import Gateway
from .customers import ensure_customer
from .eligibility import require_giftable, require_patience
from .errors import BadRequest, Missing, StripeFailure
from .refusals import BillingUnavailable, NotForSale

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GiftWish:
    """For whom a gift is, what to say with it, and when to send it (an instant, UTC)."""

    email: str
    recipient_name: str
    message: str
    send_at: datetime


def start_gift_checkout(
    *,
    user: Any,
    price: ProductPrice,
    wish: GiftWish,
    language: str = "",
    success_url: str,
    cancel_url: str,
    at: datetime,
) -> CheckoutIntent:
    """Return an open checkout intent of ``user`` for a gift, whose ``session_url`` is Stripe's page.

    Not inside a transaction; one or two requests to Stripe. Raises a ``CheckoutRefused``.
    """
    require_giftable(price)
    if not (user.is_authenticated and user.is_active):
        raise NotForSale
    require_patience(user, at=at)
    intent = None
    try:
        gateway = Gateway()
        customer = ensure_customer(user=user, at=at, gateway=gateway)
        intent = _open_intent(customer, price, wish, language=language, at=at)
        return create_session(
            intent, customer=customer, success_url=success_url, cancel_url=cancel_url, gateway=gateway
        )
    except (BadRequest, Missing) as failure:
        logger.error("Price %s could not be sold as a gift: %s", price.pk, failure)
        _give_up(intent)
        raise NotForSale from None
    except (StripeFailure, ImproperlyConfigured) as failure:
        logger.error("A gift could not be bought: %s", failure)
        _give_up(intent)
        raise BillingUnavailable from None


def _open_intent(
    customer: BillingCustomer, price: ProductPrice, wish: GiftWish, *, language: str, at: datetime
) -> CheckoutIntent:
    with transaction.atomic():
        intent = CheckoutIntent.objects.create(
            user_id=customer.user_id,
            price=price,
            language=language[:20],
            account=customer.account,
            livemode=customer.livemode,
            created_at=at,
            expires_at=at + OPEN_FOR,
        )
        prepare_gift(
            product=price.product,
            intent=intent,
            giver=customer.user,
            email=wish.email,
            recipient_name=wish.recipient_name,
            message=wish.message,
            send_at=wish.send_at,
            language=language[:20],
            at=at,
        )
    return intent


def _give_up(intent: CheckoutIntent | None) -> None:
    if intent is not None:
        CheckoutIntent.objects.filter(pk=intent.pk, state=IntentState.OPEN).update(
            state=IntentState.FAILED
        )
