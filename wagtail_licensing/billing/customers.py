"""Stripe customers of our users. Made by us, linked by us, never found by mail address."""

import hashlib
import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from ..conf import conf
from ..models import BillingCustomer, BillingSubscription
from .client import Gateway
from .errors import BadRequest
from .inbox import request_sync
from .origin import Origin
from .projection import ENDED_STATUSES
from .targets import SUBSCRIPTION

logger = logging.getLogger(__name__)


def customer_of(user: Any) -> BillingCustomer | None:
    """Return the living Stripe customer of a user in the configured account, if there is one."""
    return BillingCustomer.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, user=user, is_deleted=False
    ).first()


def ensure_customer(*, user: Any, at: datetime, gateway: Gateway | None = None) -> BillingCustomer:
    """Return the Stripe customer of a user, made now if there is none. Not inside a transaction.

    Two at once get the same one: Stripe sees the same idempotency key, and the row is unique.
    Raises ``StripeFailure`` and ``ImproperlyConfigured``.
    """
    known = customer_of(user)
    if known is not None:
        return known
    stripe_id = _create_at_stripe(gateway or Gateway(), user)
    try:
        with transaction.atomic():
            return BillingCustomer.objects.create(
                account=conf.stripe_account,
                livemode=conf.stripe_livemode,
                stripe_id=stripe_id,
                user=user,
                synced_at=at,
            )
    except IntegrityError:
        known = customer_of(user)
        if known is None:
            raise
        return known


def _create_at_stripe(gateway: Gateway, user: Any) -> str:
    """Create the customer once; a second try with another mail address must not fail for that."""
    params = {
        "email": user.email or None,
        "name": user.get_full_name() or None,
        "metadata": {"wagtail_licensing_user": str(user.pk)},
    }
    params = {name: value for name, value in params.items() if value}
    key = _idempotency_key(user)
    try:
        return str(gateway.post("/v1/customers", idempotency_key=key, **params)["id"])
    except BadRequest:
        digest = hashlib.sha256(repr(params).encode()).hexdigest()[:16]
        return str(gateway.post("/v1/customers", idempotency_key=f"{key}-{digest}", **params)["id"])


def _idempotency_key(user: Any) -> str:
    """Return one key for each customer that a user may have: after a deletion it is another."""
    deleted = BillingCustomer.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, user=user, is_deleted=True
    ).count()
    key = f"wl-cus-{conf.stripe_account}-{user.pk}"
    return f"{key}-{deleted}" if deleted else key


def write_deleted_customer(customer_id: str, *, origin: Origin) -> list[int]:
    """Note that a customer is deleted at Stripe; return the subscriptions to read next.

    Stripe cancels them with the customer. What was bought once and paid stays with its holder.
    """
    customer = BillingCustomer.objects.filter(
        account=origin.account, livemode=origin.livemode, stripe_id=customer_id
    ).first()
    if customer is None:
        return []
    if not customer.is_deleted:
        customer.is_deleted = True
        customer.synced_at = origin.at
        customer.save(update_fields=["is_deleted", "synced_at"])
    living = BillingSubscription.objects.filter(customer=customer, is_gone=False).exclude(
        status__in=ENDED_STATUSES
    )
    return [
        request_sync(
            kind=SUBSCRIPTION, object_id=subscription.stripe_id, account=origin.account, at=origin.at
        )
        for subscription in living
    ]
