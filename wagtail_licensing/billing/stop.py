"""Charge somebody nothing more: their subscriptions end, and so do purchases under way."""

import logging
from datetime import datetime
from typing import Any

from ..conf import conf
from ..models import BillingSubscription, CheckoutIntent
from ..models.checkout import IntentState
from .apply import apply_target
from .client import Gateway, path_of
from .errors import BadRequest, Missing
from .inbox import request_sync
from .projection import ENDED_STATUSES
from .targets import CHECKOUT_SESSION, SUBSCRIPTION

logger = logging.getLogger(__name__)


def running_subscriptions(user: Any) -> Any:
    """Return the subscriptions of ``user`` at the configured account that have not ended."""
    return BillingSubscription.objects.filter(
        customer__user=user,
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        is_gone=False,
    ).exclude(status__in=ENDED_STATUSES)


def stop_charging(*, user: Any, at_once: bool, at: datetime, gateway: Gateway | None = None) -> bool:
    """Cancel what ``user`` pays for: now, or at the end of each period. Tell whether all has ended.

    Nothing is refunded. Doing it twice is doing it once. A request for each subscription and each
    purchase under way, and one to read it again; none when there is nothing. Not inside a
    transaction. Raises ``StripeFailure`` and ``ImproperlyConfigured``.
    """
    for row in list(running_subscriptions(user)):
        gateway = gateway or Gateway()
        if at_once or not (row.cancel_at_period_end or row.cancel_at):
            _cancel(row, gateway, at_once=at_once, at=at)
            _read_again(SUBSCRIPTION, row.stripe_id, gateway, at=at)
    under_way = CheckoutIntent.objects.filter(
        user=user,
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        state=IntentState.OPEN,
        expires_at__gt=at,
        stripe_session_id__gt="",
    )
    for intent in list(under_way):
        gateway = gateway or Gateway()
        _expire(intent, gateway)
        _read_again(CHECKOUT_SESSION, intent.stripe_session_id, gateway, at=at)
    return not running_subscriptions(user).exists()


def _cancel(row: BillingSubscription, gateway: Gateway, *, at_once: bool, at: datetime) -> None:
    path = path_of("subscriptions", row.stripe_id)
    try:
        if at_once:
            gateway.delete(path)
        else:
            key = f"wl-stop-{row.stripe_id}-{int(at.timestamp())}"
            gateway.post(path, idempotency_key=key, cancel_at_period_end=True)
    except Missing:
        logger.info("Subscription %s is gone from Stripe already", row.stripe_id)


def _expire(intent: CheckoutIntent, gateway: Gateway) -> None:
    try:
        path = f"{path_of('checkout/sessions', intent.stripe_session_id)}/expire"
        gateway.post(path, idempotency_key=f"{intent.nonce}-expire")
    except (BadRequest, Missing):
        logger.info("Checkout %s cannot be closed any more", intent.pk)


def _read_again(kind: str, object_id: str, gateway: Gateway, *, at: datetime) -> None:
    target_id = request_sync(kind=kind, object_id=object_id, account=conf.stripe_account, at=at)
    apply_target(target_id=target_id, at=at, gateway=gateway)
