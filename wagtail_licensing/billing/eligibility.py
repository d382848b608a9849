"""What is on offer, and who may buy it. Read from our own tables; Stripe is not asked."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from ..conf import conf
from ..domain.states import State
from ..domain.teams import may_buy
from ..licenses import is_approved
from ..models import CheckoutIntent, License, LicenseProduct, Organization, ProductPrice
from ..models.checkout import IntentState
from ..models.products import IssueMode, ProductKind
from .projection import ENDED_STATUSES
from .refusals import AlreadyLicensed, MayNotBuy, NotForSale, PaymentUnderWay, TooManyAttempts

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


def require_may_buy(
    user: Any, product: LicenseProduct, *, at: datetime, organization: Organization | None = None
) -> None:
    """Raise a ``CheckoutRefused`` unless ``user`` may buy ``product`` now, for themselves or for
    ``organization``. Three queries, and one for what the user is in the organization."""
    if not (user.is_authenticated and user.is_active):
        raise NotForSale
    if organization is not None and not may_buy(organization.role_of(user)):
        raise MayNotBuy
    if paid_licenses(user, product, organization).exists():
        raise AlreadyLicensed
    waiting = bought_for(user, organization).filter(
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


def bought_for(user: Any, organization: Organization | None) -> QuerySet[CheckoutIntent]:
    """Return the checkouts of ``user`` for themselves, or everybody's for ``organization``."""
    if organization is not None:
        return CheckoutIntent.objects.filter(organization=organization)
    return CheckoutIntent.objects.filter(user=user, organization=None)


def paid_licenses(
    user: Any, product: LicenseProduct, organization: Organization | None = None
) -> QuerySet[License]:
    """Return the licenses of ``product`` that ``user``, or ``organization`` if it is given, pays for,
    or has paid for without end.

    One that is past due or paused counts: it is mended on Stripe's portal, not bought again.
    """
    over = Q(state__in=[State.EXPIRED, State.REVOKED, State.PENDING])
    dead = Q(billing_item__subscription__status__in=ENDED_STATUSES) | Q(
        billing_item__subscription__is_gone=True
    )
    bought = Q(billing_item__isnull=False) | Q(billing_payment__isnull=False, ends_at__isnull=True)
    holder = {"organization": organization} if organization is not None else {"user": user}
    return License.objects.filter(bought, product=product, **holder).exclude(over).exclude(dead)
