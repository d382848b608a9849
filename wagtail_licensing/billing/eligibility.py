"""What is on offer, and who may buy it. Read from our own tables; Stripe is not asked."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from ..conf import conf
from ..domain.states import State
from ..licenses import is_approved
from ..models import CheckoutIntent, License, LicenseProduct, ProductPrice
from ..models.checkout import IntentState
from ..models.products import IssueMode, ProductKind
from .projection import ENDED_STATUSES
from .refusals import AlreadyLicensed, NotForSale, PaymentUnderWay, TooManyAttempts

MAX_QUANTITY = 10_000

#: Purchases that a person may begin within an hour.
MAX_ATTEMPTS = 30

#: What a checkout intent says while a debit that takes days is under way.
UNDER_WAY = "processing"


def require_for_sale(
    price: ProductPrice, quantity: int, *, user: Any = None, at: datetime | None = None
) -> None:
    """Raise :class:`NotForSale` unless ``quantity`` of this price is on offer here.

    What needs approval is on offer for a ``user`` whose application was approved and has not lapsed.
    """
    product = price.product
    ours = price.account == conf.stripe_account and price.livemode == conf.stripe_livemode
    fits = price.is_recurring == (product.kind == ProductKind.SUBSCRIPTION)
    most = MAX_QUANTITY if product.per_seat else 1
    offered = not (product.is_archived or price.is_archived)
    if product.issue_mode == IssueMode.APPROVAL:
        offered = offered and user is not None and at is not None and is_approved(user, product, at=at)
    elif product.issue_mode != IssueMode.PURCHASE:
        offered = False
    if not (ours and fits and offered and 1 <= quantity <= most):
        raise NotForSale


def require_may_buy(user: Any, product: LicenseProduct, *, at: datetime) -> None:
    """Raise a ``CheckoutRefused`` unless ``user`` may buy ``product`` now. Three queries."""
    if not (user.is_authenticated and user.is_active):
        raise NotForSale
    if paid_licenses(user, product).exists():
        raise AlreadyLicensed
    intents = CheckoutIntent.objects.filter(user=user)
    waiting = intents.filter(
        price__product=product, state=IntentState.OPEN, payment_status=UNDER_WAY, claim=None
    )
    if waiting.exists():
        raise PaymentUnderWay
    require_patience(user, at=at)


def require_patience(user: Any, *, at: datetime) -> None:
    """Raise :class:`TooManyAttempts` for somebody who begins more purchases than a person would."""
    begun = CheckoutIntent.objects.filter(user=user, created_at__gt=at - timedelta(hours=1))
    if begun.count() >= MAX_ATTEMPTS:
        raise TooManyAttempts


def require_giftable(price: ProductPrice) -> None:
    """Raise :class:`NotForSale` unless this price may be bought for somebody else."""
    require_for_sale(price, 1)
    if not price.product.is_giftable or price.product.per_seat or price.is_recurring:
        raise NotForSale


def paid_licenses(user: Any, product: LicenseProduct) -> QuerySet[License]:
    """Return the licenses of ``product`` that ``user`` pays for, or has paid for without end.

    One that is past due or paused counts: it is mended on Stripe's portal, not bought again.
    """
    over = Q(state__in=[State.EXPIRED, State.REVOKED, State.PENDING])
    dead = Q(billing_item__subscription__status__in=ENDED_STATUSES) | Q(
        billing_item__subscription__is_gone=True
    )
    bought = Q(billing_item__isnull=False) | Q(billing_payment__isnull=False, ends_at__isnull=True)
    return License.objects.filter(bought, user=user, product=product).exclude(over).exclude(dead)
