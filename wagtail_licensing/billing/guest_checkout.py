"""Buying without an account: what is bought waits for whoever reads the mail to the buyer's address.

Nobody is looked up by that address. It was typed at Stripe and proves nothing until the link that is
sent there comes back.
"""

import logging
from datetime import datetime, timedelta

from django.core.exceptions import ImproperlyConfigured

from ..conf import conf
from ..models import CheckoutIntent, ProductPrice
from ..models.checkout import IntentState
from .checkout import OPEN_FOR, look_again, safe_path
from .checkout_session import create_session
from .client import Gateway
from .eligibility import require_for_sale
from .errors import BadRequest, Missing, StripeFailure
from .refusals import BillingUnavailable, NotForSale, TooManyAttempts, TrialUsed

logger = logging.getLogger(__name__)

#: Checkouts that all guests together may begin within an hour. Nobody's address is kept to count by.
MOST_AN_HOUR = 300


def start_guest_checkout(
    *,
    price: ProductPrice,
    quantity: int = 1,
    expects_trial: bool = False,
    return_path: str = "",
    language: str = "",
    success_url: str,
    cancel_url: str,
    at: datetime,
) -> CheckoutIntent:
    """Return an open checkout intent of nobody, whose ``session_url`` is Stripe's page for it.

    The arguments are those of ``start_checkout``. Not inside a transaction; one request to Stripe.
    There is no trial: whether somebody has had one is not known. Raises a ``CheckoutRefused``.
    """
    require_for_sale(price, quantity)
    if not conf.guest_checkout:
        raise NotForSale
    if expects_trial:
        raise TrialUsed
    begun = CheckoutIntent.objects.filter(user=None, created_at__gt=at - timedelta(hours=1))
    if begun.count() >= MOST_AN_HOUR:
        raise TooManyAttempts
    intent = CheckoutIntent.objects.create(
        price=price,
        quantity=quantity,
        return_path=safe_path(return_path),
        language=language[:20],
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        created_at=at,
        expires_at=at + OPEN_FOR,
    )
    try:
        return create_session(
            intent, customer=None, success_url=success_url, cancel_url=cancel_url, gateway=Gateway()
        )
    except (BadRequest, Missing) as failure:
        _give_up(intent)
        logger.error("Price %s could not be sold: %s", price.pk, failure)
        raise NotForSale from None
    except (StripeFailure, ImproperlyConfigured) as failure:
        _give_up(intent)
        logger.error("A guest's checkout could not be started: %s", failure)
        raise BillingUnavailable from None


def confirm_guest_checkout(*, nonce: str, at: datetime) -> CheckoutIntent:
    """Return the intent ``nonce`` of a guest, after a look at Stripe of at most 3 seconds.

    Whether the browser that asks is the one that began it is for the caller to know. Raises
    ``CheckoutIntent.DoesNotExist`` for that of a member.
    """
    intents = CheckoutIntent.objects.select_related("price__product", "guest_customer")
    intent = intents.get(nonce=nonce, user=None)
    look_again(intent, at=at)
    return intents.get(pk=intent.pk)


def _give_up(intent: CheckoutIntent) -> None:
    CheckoutIntent.objects.filter(pk=intent.pk, state=IntentState.OPEN).update(state=IntentState.FAILED)
