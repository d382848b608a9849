"""Stripe customers of our users and organizations. Made by us, linked by us, never found by mail
address. An organization is a customer of its own, not its buyer's."""

import hashlib
import logging
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from ..conf import conf
from ..models import BillingCustomer, BillingSubscription, Organization
from .client import Gateway
from .errors import BadRequest
from .inbox import request_sync
from .origin import Origin
from .projection import ENDED_STATUSES
from .targets import SUBSCRIPTION

logger = logging.getLogger(__name__)


def customers_of(user: Any, organization: Organization | None = None) -> QuerySet[BillingCustomer]:
    """Return the customers of a user, or of ``organization`` if it is given, in the configured account:
    at most one that is not deleted at Stripe."""
    payer = {"organization": organization} if organization is not None else {"user": user}
    return BillingCustomer.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, **payer
    )


def customer_of(user: Any, organization: Organization | None = None) -> BillingCustomer | None:
    """Return the living Stripe customer of a user, or of ``organization``, if there is one."""
    return customers_of(user, organization).filter(is_deleted=False).first()


def ensure_customer(
    *,
    user: Any,
    at: datetime,
    organization: Organization | None = None,
    gateway: Gateway | None = None,
) -> BillingCustomer:
    """Return the Stripe customer of a user, or of the ``organization`` that they buy for, made now if
    there is none. Not inside a transaction.

    Two at once get the same one: Stripe sees the same idempotency key, and the row is unique.
    Raises ``StripeFailure`` and ``ImproperlyConfigured``.
    """
    known = customer_of(user, organization)
    if known is not None:
        return known
    stripe_id = _create_at_stripe(gateway or Gateway(), user, organization)
    try:
        with transaction.atomic():
            return BillingCustomer.objects.create(
                account=conf.stripe_account,
                livemode=conf.stripe_livemode,
                stripe_id=stripe_id,
                user=user if organization is None else None,
                organization=organization,
                synced_at=at,
            )
    except IntegrityError:
        known = customer_of(user, organization)
        if known is None:
            raise
        return known


def _create_at_stripe(gateway: Gateway, user: Any, organization: Organization | None) -> str:
    """Create the customer once; a second try with another mail address must not fail for that."""
    params = _about_user(user) if organization is None else _about_organization(organization)
    params = {name: value for name, value in params.items() if value}
    key = _idempotency_key(user, organization)
    try:
        return str(gateway.post("/v1/customers", idempotency_key=key, **params)["id"])
    except BadRequest:
        digest = hashlib.sha256(repr(params).encode()).hexdigest()[:16]
        return str(gateway.post("/v1/customers", idempotency_key=f"{key}-{digest}", **params)["id"])


def _about_user(user: Any) -> dict[str, Any]:
    return {
        "email": user.email or None,
        "name": user.get_full_name() or None,
        "metadata": {"wagtail_licensing_user": str(user.pk)},
    }


def _about_organization(organization: Organization) -> dict[str, Any]:
    # Without an address: invoices would follow whoever happened to buy first. Stripe's page asks for
    # one, and its portal changes it.
    return {
        "name": organization.name,
        "metadata": {"wagtail_licensing_organization": str(organization.pk)},
    }


def _idempotency_key(user: Any, organization: Organization | None) -> str:
    """Return one key for each customer that somebody may have: after a deletion it is another."""
    deleted = customers_of(user, organization).filter(is_deleted=True).count()
    whose = f"org-{organization.pk}" if organization is not None else str(user.pk)
    key = f"wl-cus-{conf.stripe_account}-{whose}"
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
