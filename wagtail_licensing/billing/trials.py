"""Who may still try, and that nobody tries twice at once."""

import logging
from datetime import datetime
from typing import Any

from django.db.models import Q

from ..domain.policy import TrialRule
from ..models import CheckoutIntent, License, LicenseProduct, ProductPrice
from ..models.checkout import IntentState
from .client import Gateway, path_of
from .errors import BadRequest, Missing
from .refusals import TrialUsed

logger = logging.getLogger(__name__)


def trial_days(user: Any, price: ProductPrice, *, expected: bool = False) -> int:
    """Return the days of trial that come with ``price`` for ``user``; 0 when there was one before.

    What counts is the person: every license of theirs, under whatever customer at Stripe, also one
    that has ended or was revoked. ``expected``: the person was offered a trial. Raises
    :class:`TrialUsed` when they were and there is none. One query.
    """
    days = price.trial_days if price.is_recurring else 0
    if days and _has_tried(user, price.product):
        days = 0
    if expected and not days:
        raise TrialUsed
    return days


def _has_tried(user: Any, product: LicenseProduct) -> bool:
    # Who had the product by subscription knows it, trial or not.
    had_it = Q(product=product, source="subscription")
    tried = Q(had_trial=True)
    if product.trial_rule == TrialRule.ONCE_PER_PRODUCT:
        tried &= Q(product=product)
    return License.objects.filter(had_it | tried, user=user).exists()


def close_other_trials(
    intent: CheckoutIntent, *, gateway: Gateway, at: datetime
) -> list[CheckoutIntent]:
    """Close the checkouts with a trial that the person has open beside ``intent``; return those that
    had been completed meanwhile and have to be read.

    Both of two checkouts that begin at once come here with their session made, so at most one stays
    open. A request for each. Not inside a transaction.
    """
    others = CheckoutIntent.objects.filter(
        user=intent.user_id,
        account=intent.account,
        livemode=intent.livemode,
        state=IntentState.OPEN,
        trial_days__gt=0,
        expires_at__gt=at,
        stripe_session_id__gt="",
    ).exclude(pk=intent.pk)
    done = []
    for other in others:
        try:
            path = f"{path_of('checkout/sessions', other.stripe_session_id)}/expire"
            gateway.post(path, idempotency_key=f"{other.nonce}-expire")
        except (BadRequest, Missing):
            done.append(other)
            continue
        CheckoutIntent.objects.filter(pk=other.pk, state=IntentState.OPEN).update(
            state=IntentState.EXPIRED
        )
        logger.info("Checkout %s was closed: its buyer tries something else", other.pk)
    return done
