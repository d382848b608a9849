"""Start a purchase, and look what became of it when the buyer comes back.

The browser says which price and how many; everything else comes from our database. The intent is
written down before Stripe hears of it, and only a session that fits it gives a license.
"""

import logging
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils.http import url_has_allowed_host_and_scheme

from ..models import BillingCustomer, CheckoutIntent, Organization, ProductPrice
from ..models.checkout import IntentState
from .apply import apply_target
from .checkout_session import create_session
from .client import PATIENCE, Gateway
from .closing import close_sessions, open_sessions
from .customers import ensure_customer
from .eligibility import MAX_QUANTITY, UNDER_WAY, require_for_sale, require_may_buy
from .errors import BadRequest, Missing, StripeFailure
from .inbox import request_sync
from .refusals import (
    AlreadyLicensed,
    BillingUnavailable,
    CheckoutRefused,
    MayNotBuy,
    NotForSale,
    PaymentUnderWay,
    TooManyAttempts,
    TrialUsed,
)
from .targets import CHECKOUT_SESSION, CUSTOMER
from .trials import close_other_trials, trial_days

__all__ = [
    "MAX_QUANTITY",
    "AlreadyLicensed",
    "BillingUnavailable",
    "CheckoutRefused",
    "MayNotBuy",
    "NotForSale",
    "PaymentUnderWay",
    "TooManyAttempts",
    "TrialUsed",
    "confirm_checkout",
    "start_checkout",
    "sync_session",
]

logger = logging.getLogger(__name__)

#: How long Stripe keeps a checkout page open.
OPEN_FOR = timedelta(hours=24)


def start_checkout(
    *,
    user: Any,
    price: ProductPrice,
    quantity: int = 1,
    organization: Organization | None = None,
    expects_trial: bool = False,
    return_path: str = "",
    language: str = "",
    success_url: str,
    cancel_url: str,
    at: datetime,
) -> CheckoutIntent:
    """Return an open checkout intent whose ``session_url`` is Stripe's page for it.

    ``{nonce}`` in ``success_url`` stands for the nonce of the intent. ``return_path`` is a path of
    this site to go to afterwards; any other address is dropped. ``expects_trial``: the buyer was
    told of a trial and must not be charged at once. A second click gets the same
    session. ``organization``: ``user`` buys for it; it pays and holds what is bought. Of one product
    it has one page open, whoever of its people opened it. What needs approval is approved for a
    person, and not sold to organizations.
    Not inside a transaction; two to five requests to Stripe. Raises a ``CheckoutRefused``.
    """
    if not user.is_authenticated:
        raise NotForSale
    require_for_sale(price, quantity, user=user if organization is None else None, at=at)
    require_may_buy(user, price.product, at=at, organization=organization)
    days = trial_days(user, price, expected=expects_trial, organization=organization)
    try:
        gateway = Gateway()
        customer = ensure_customer(user=user, organization=organization, at=at, gateway=gateway)
        for _attempt in range(2):
            intent = _open_intent(
                customer,
                price,
                quantity,
                user=user,
                days=days,
                return_path=safe_path(return_path),
                language=language,
                at=at,
            )
            if intent.session_url and not _is_still_open(intent, gateway=gateway, at=at):
                require_may_buy(user, price.product, at=at, organization=organization)
                days = trial_days(user, price, expected=expects_trial, organization=organization)
                continue
            if intent.session_url:
                return intent
            try:
                create_session(
                    intent,
                    customer=customer,
                    success_url=success_url,
                    cancel_url=cancel_url,
                    gateway=gateway,
                )
            except (BadRequest, Missing) as failure:
                _give_up(intent)
                if failure.param != "customer":
                    raise
                customer = _replace_customer(customer, user=user, gateway=gateway, at=at)
            else:
                _require_one_trial(intent, price=price, gateway=gateway, at=at)
                _require_alone(intent, price=price, gateway=gateway, at=at)
                return intent
    except (BadRequest, Missing) as failure:
        logger.error("Price %s could not be sold: %s", price.pk, failure)
        raise NotForSale from None
    except (StripeFailure, ImproperlyConfigured) as failure:
        logger.error("A checkout could not start: %s", failure)
        raise BillingUnavailable from None
    raise BillingUnavailable


def confirm_checkout(*, user: Any, nonce: str, at: datetime) -> CheckoutIntent:
    """Return the intent of ``user`` named ``nonce``, after a look at Stripe of at most 3 seconds.

    It does what the webhook does, on the same path, so it does not matter which comes first. An
    outage leaves the intent open. Raises ``CheckoutIntent.DoesNotExist`` for anybody else's.
    """
    intents = CheckoutIntent.objects.select_related("price__product", "organization")
    intent = intents.get(nonce=nonce, user=user)
    look_again(intent, at=at)
    return intent


def look_again(intent: CheckoutIntent, *, at: datetime) -> None:
    """Bring an open intent to what Stripe says, within 3 seconds; an outage leaves it open."""
    if intent.state != IntentState.OPEN or not intent.stripe_session_id:
        return
    try:
        gateway = Gateway(patience=PATIENCE)
        sync_session(intent, gateway=gateway, at=at)
    except Exception:
        logger.exception("A checkout could not be confirmed at once")
    intent.refresh_from_db()


def sync_session(intent: CheckoutIntent, *, gateway: Gateway, at: datetime) -> None:
    """Read the session of an intent and what it leads to, now. Not inside a transaction."""
    target_id = request_sync(
        kind=CHECKOUT_SESSION, object_id=intent.stripe_session_id, account=intent.account, at=at
    )
    waiting = [target_id]
    while waiting:
        waiting += apply_target(target_id=waiting.pop(0), at=at, gateway=gateway).next_targets


def safe_path(path: str) -> str:
    """Return ``path`` if it is a path of this site, else nothing."""
    parts = urlsplit(path)
    on_this_site = url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    printable = path.isprintable() and " " not in path
    if not path.startswith("/") or parts.scheme or parts.netloc or not (on_this_site and printable):
        return ""
    return path if len(path) <= 2000 else ""


def _require_one_trial(
    intent: CheckoutIntent, *, price: ProductPrice, gateway: Gateway, at: datetime
) -> None:
    """Leave no other checkout with a trial open; raise :class:`TrialUsed` if one was completed."""
    if not intent.trial_days:
        return
    for other in close_other_trials(intent, gateway=gateway, at=at):
        sync_session(other, gateway=gateway, at=at)
    if not trial_days(intent.user, price, organization=intent.organization):
        # Ours is open and nobody has its address; it is never paid.
        _give_up(intent)
        raise TrialUsed


def _require_alone(
    intent: CheckoutIntent, *, price: ProductPrice, gateway: Gateway, at: datetime
) -> None:
    """Leave no other page open on which an organization could pay the same product a second time.

    Several people buy for it and do not see each other. Raises as ``require_may_buy`` if one of
    those pages was paid meanwhile.
    """
    if intent.organization is None:
        return
    same = open_sessions(at=at).filter(organization=intent.organization, price__product=price.product)
    because = "the same is being bought for the organization"
    done = close_sessions(same.exclude(pk=intent.pk), gateway=gateway, because=because)
    for other in done:
        sync_session(other, gateway=gateway, at=at)
    if not done:
        return
    try:
        require_may_buy(intent.user, price.product, at=at, organization=intent.organization)
    except CheckoutRefused:
        _give_up(intent)
        raise


def _open_intent(
    customer: BillingCustomer,
    price: ProductPrice,
    quantity: int,
    *,
    user: Any,
    days: int,
    return_path: str,
    language: str,
    at: datetime,
) -> CheckoutIntent:
    """Return the intent that this purchase has already, or a new one. One at a time per customer."""
    with transaction.atomic():
        BillingCustomer.objects.select_for_update().get(pk=customer.pk)
        wanted = {
            "user": user,
            "organization": customer.organization,
            "price": price,
            "quantity": quantity,
            "trial_days": days,
            "account": customer.account,
            "livemode": customer.livemode,
        }
        known = CheckoutIntent.objects.filter(
            **wanted,
            state=IntentState.OPEN,
            payment_status__in=["", "unpaid"],
            expires_at__gt=at,
            claim=None,
        ).first()
        if known is not None:
            return known
        return CheckoutIntent.objects.create(
            **wanted,
            return_path=return_path,
            language=language[:20],
            created_at=at,
            expires_at=at + OPEN_FOR,
        )


def _is_still_open(intent: CheckoutIntent, *, gateway: Gateway, at: datetime) -> bool:
    """Look whether the session of an intent can still be used; it may have been paid meanwhile."""
    sync_session(intent, gateway=gateway, at=at)
    intent.refresh_from_db()
    return intent.state == IntentState.OPEN and intent.payment_status != UNDER_WAY


def _give_up(intent: CheckoutIntent) -> None:
    CheckoutIntent.objects.filter(pk=intent.pk, state=IntentState.OPEN).update(state=IntentState.FAILED)


def _replace_customer(
    customer: BillingCustomer, *, user: Any, gateway: Gateway, at: datetime
) -> BillingCustomer:
    """Return another customer when Stripe does not know the one we have any more."""
    target_id = request_sync(
        kind=CUSTOMER, object_id=customer.stripe_id, account=customer.account, at=at
    )
    apply_target(target_id=target_id, at=at, gateway=gateway)
    return ensure_customer(user=user, organization=customer.organization, at=at, gateway=gateway)
