"""Switch a subscription to another price: what that costs now, before it is done, and doing it.

The difference is billed at once and not with the next renewal: what is shown is what is charged.
"""

import hashlib
import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from ..domain.money import Money
from ..domain.states import State
from ..domain.teams import may_buy
from ..models import BillingItem, License, ProductPrice
from .apply import apply_target
from .client import Gateway, path_of
from .eligibility import require_for_sale
from .errors import BadRequest, Missing, StripeFailure
from .inbox import request_sync
from .refusals import BillingUnavailable, CardDeclined, NotForSale, PriceMoved, SwitchRefused
from .targets import SUBSCRIPTION

logger = logging.getLogger(__name__)

__all__ = [
    "BillingUnavailable",
    "CardDeclined",
    "PriceMoved",
    "SwitchPreview",
    "SwitchRefused",
    "preview_switch",
    "switch_plan",
    "switchable_item",
]

#: Seconds for both requests of a switch: somebody waits.
PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class SwitchPreview:
    """What a switch costs at the instant ``prorated_at`` (Unix seconds).

    ``due_now`` is charged at once; negative: a credit, which later invoices use up. ``then`` is the
    price from the next renewal on.
    """

    due_now: Money
    then: Money
    quantity: int
    prorated_at: int


def switchable_item(user: Any, license: License) -> BillingItem | None:
    """Return the subscription item of a license that ``user`` can switch now, or None.

    They hold it, or may buy for the organization that holds it, and nobody else is charged for it.
    A subscription that is cancelled, in debt or has several items is changed on Stripe's portal.
    Five queries at most.
    """
    item = getattr(license, "billing_item", None)
    if item is None or item.is_removed or item.price is None or not _may_switch(user, license, item):
        return None
    runs = license.state == State.ACTIVE and license.renews
    alone = item.subscription.items.filter(is_removed=False).count() == 1
    return item if runs and alone and not item.subscription.is_gone else None


def _may_switch(user: Any, license: License, item: BillingItem) -> bool:
    """Tell whether ``user`` answers for a license and for the money of its subscription.

    A license that was handed over is paid by whoever gave it, and theirs is the plan.
    """
    customer = item.subscription.customer
    if license.organization is not None:
        theirs = customer.organization_id == license.organization_id
        return theirs and may_buy(license.organization.role_of(user))
    others = customer.organization_id is not None or customer.user_id not in {None, user.pk}
    return license.user_id == user.pk and not others


def preview_switch(*, user: Any, license: License, price: ProductPrice, at: datetime) -> SwitchPreview:
    """Ask Stripe what a switch to ``price`` costs at ``at``. One request, not inside a transaction.

    Raises :class:`SwitchRefused`, ``NotForSale`` and ``BillingUnavailable``.
    """
    item = _require_switchable(user, license, price)
    return _preview(item, price, prorated_at=int(at.timestamp()), gateway=Gateway(patience=PATIENCE))


def switch_plan(
    *,
    user: Any,
    license: License,
    price: ProductPrice,
    seen: SwitchPreview,
    at: datetime,
) -> None:
    """Switch to ``price`` if it still costs what was ``seen``, and read the subscription again.

    Confirmed twice it is done once: Stripe sees the same key. Two or three requests, not inside a
    transaction. Raises what :func:`preview_switch` does, :class:`PriceMoved` and
    :class:`CardDeclined`; then nothing has changed.
    """
    item = _require_switchable(user, license, price)
    gateway = Gateway(patience=PATIENCE)
    if _preview(item, price, prorated_at=seen.prorated_at, gateway=gateway) != seen:
        raise PriceMoved
    try:
        gateway.post(
            path_of("subscriptions", item.subscription.stripe_id),
            idempotency_key=_key(item, price, seen),
            items=_items(item, price, seen.quantity),
            proration_behavior="always_invoice",
            proration_date=seen.prorated_at,
            payment_behavior="error_if_incomplete",
        )
    except BadRequest as failure:
        logger.info("A switch of subscription %s was refused: %s", item.subscription.stripe_id, failure)
        raise (CardDeclined if failure.code == "card_declined" else SwitchRefused) from None
    except (StripeFailure, ImproperlyConfigured) as failure:
        logger.error("A subscription could not be switched: %s", failure)
        raise BillingUnavailable from None
    target_id = request_sync(
        kind=SUBSCRIPTION,
        object_id=item.subscription.stripe_id,
        account=item.subscription.account,
        at=at,
    )
    apply_target(target_id=target_id, at=at)


def _require_switchable(user: Any, license: License, price: ProductPrice) -> BillingItem:
    item = switchable_item(user, license)
    if item is None or item.price is None:
        raise SwitchRefused
    require_for_sale(price, 1)
    if not price.is_recurring:
        raise NotForSale
    if price.pk == item.price_id or price.currency != item.price.currency:
        raise SwitchRefused
    return item


def _preview(
    item: BillingItem, price: ProductPrice, *, prorated_at: int, gateway: Gateway
) -> SwitchPreview:
    quantity = item.quantity if price.product.per_seat else 1
    try:
        invoice = gateway.post(
            "/v1/invoices/create_preview",
            # A question, asked anew each time: an answer kept by its key would be an old one.
            idempotency_key=f"wl-preview-{uuid.uuid4()}",
            customer=item.subscription.customer.stripe_id,
            subscription=item.subscription.stripe_id,
            subscription_details={
                "items": _items(item, price, quantity),
                "proration_behavior": "always_invoice",
                "proration_date": prorated_at,
            },
        )
    except (BadRequest, Missing) as failure:
        logger.info("No switch of subscription %s: %s", item.subscription.stripe_id, failure)
        raise SwitchRefused from None
    except (StripeFailure, ImproperlyConfigured) as failure:
        logger.error("What a switch costs could not be found out: %s", failure)
        raise BillingUnavailable from None
    return SwitchPreview(
        due_now=Money(int(invoice.get("total") or 0), price.currency),
        then=Money(price.unit_amount, price.currency) * quantity,
        quantity=quantity,
        prorated_at=prorated_at,
    )


def _items(item: BillingItem, price: ProductPrice, quantity: int) -> list[dict[str, Any]]:
    return [{"id": item.stripe_id, "price": price.stripe_price_id, "quantity": quantity}]


def _key(item: BillingItem, price: ProductPrice, seen: SwitchPreview) -> str:
    # What the item is now belongs to it: back and forth within a second are two switches.
    facts = (item.stripe_id, item.price_id, item.quantity, price.pk, seen.prorated_at, seen.quantity)
    return f"wl-switch-{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"
