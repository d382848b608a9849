"""Rows here for a crowd at Stripe: everybody has an account, a mirror and a license."""

from typing import Any

from tests.conftest import make_product, make_user
from wagtail_licensing.billing.apply import apply_target
from wagtail_licensing.billing.inbox import request_sync
from wagtail_licensing.conf import now
from wagtail_licensing.models import (
    BillingCustomer,
    BillingItem,
    BillingSubscription,
    License,
    ProductPrice,
    ProductUserPermission,
    SyncTarget,
)

from .crowd import Crowd, customer_id, item_id, subscription_id
from .rows import analyze, copy_rows


def take_in(crowd: Crowd) -> None:
    """Let the site know the whole crowd: the first by reading it, the others as copies of that one."""
    ProductPrice.objects.create(
        product=make_product("Crowd"),
        stripe_price_id=crowd.price,
        currency="EUR",
        unit_amount=900,
        interval="year",
    )
    user = make_user("crowd-0")
    customer = BillingCustomer.objects.create(stripe_id=customer_id(0), user=user)
    target = request_sync(kind="subscription", object_id=subscription_id(0), account="default", at=now())
    apply_target(target_id=target, at=now())
    license = License.objects.get(user=user)
    mirror = BillingSubscription.objects.get(customer=customer)
    item = BillingItem.objects.get(subscription=mirror)
    grant = ProductUserPermission.objects.get(license=license)
    numbers = range(1, crowd.size)
    copies: list[tuple[Any, dict[str, Any]]] = [
        (user, {"username": "crowd-{}", "email": "{}@example.org"}),
        (customer, {"stripe_id": customer_id, "user_id": user.pk}),
        (license, {"reference": "WLB-{}", "user_id": user.pk}),
        (mirror, {"stripe_id": subscription_id, "customer_id": customer.pk}),
        (item, {"stripe_id": item_id, "subscription_id": mirror.pk, "license_id": license.pk}),
        (grant, {"user_id": user.pk, "license_id": license.pk}),
    ]
    for model, columns in copies:
        rows = [
            {"id": model.pk + number} | {name: _value(how, number) for name, how in columns.items()}
            for number in numbers
        ]
        copy_rows(model, rows)
    SyncTarget.objects.all().delete()
    analyze()


def _value(how: Any, number: int) -> Any:
    if callable(how):
        return how(number)
    return how.format(number) if isinstance(how, str) else how + number
