"""Make prices and subscriptions: rows as billing writes them."""

import datetime as dt

from tests.conftest import STRIPE, give
from wagtail_licensing.domain.states import State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import apply_terms
from wagtail_licensing.models import BillingCustomer, BillingItem, BillingSubscription, ProductPrice


def make_price(product, amount, interval="", **fields) -> ProductPrice:
    """Create a price of ``product``, once by default."""
    fields.setdefault("stripe_price_id", f"price_{product.slug}_{amount}_{interval}")
    fields.setdefault("currency", "EUR")
    return ProductPrice.objects.create(product=product, unit_amount=amount, interval=interval, **fields)


def subscribe(user, price, *, at, quantity=1, **terms):
    """Give ``user`` a license paid by a subscription to ``price``, with ``terms`` applied."""
    ends_at = terms.pop("ends_at", at + dt.timedelta(days=30))
    seats = quantity if price.product.per_seat else None
    license = give(
        user,
        price.product,
        at=at,
        ends_at=ends_at,
        renews=True,
        source="subscription",
        seats=seats,
    )
    customer, _ = BillingCustomer.objects.get_or_create(
        user=user, defaults={"stripe_id": f"cus_{user.pk}"}
    )
    subscription = BillingSubscription.objects.create(
        stripe_id=f"sub_{license.pk}",
        customer=customer,
        status="active",
        trial_end=terms.pop("trial_end", None),
    )
    BillingItem.objects.create(
        stripe_id=f"si_{license.pk}",
        subscription=subscription,
        stripe_price_id=price.stripe_price_id,
        price=price,
        quantity=quantity,
        period_end=ends_at,
        license=license,
    )
    if terms:
        values = {
            "state": State.ACTIVE,
            "starts_at": at,
            "ends_at": ends_at,
            "access_until": license.access_until,
            "renews": True,
            "seats": quantity,
            **terms,
        }
        license = apply_terms(license_id=license.pk, terms=Terms(**values), at=at, by=STRIPE)
    return license
