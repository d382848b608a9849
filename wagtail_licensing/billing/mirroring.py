"""Mirror subscriptions and their items: a handful of statements, however many they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import QuerySet

from ..models import BillingCustomer, BillingItem, BillingPayment, BillingSubscription, ProductPrice
from .facts import SubscriptionFacts
from .origin import Origin

#: Rows in one statement.
MOST = 500

_KEY = ("account", "livemode", "stripe_id")
_OF_SUBSCRIPTION = (
    "customer",
    "status",
    "collection_method",
    "cancel_at_period_end",
    "cancel_at",
    "canceled_at",
    "ended_at",
    "trial_end",
    "past_due_since",
    "paused_collection",
    "is_gone",
    "synced_at",
)
_OF_ITEM = (
    "subscription",
    "stripe_price_id",
    "price",
    "quantity",
    "period_start",
    "period_end",
    "is_removed",
    "synced_at",
)


@dataclass(slots=True)
class Mirrored:
    """A subscription as it was just mirrored.

    ``rows`` are its items at Stripe by id, ``removed`` those that are not there any more, with their
    licenses; ``payments`` those to which something happened.
    """

    facts: SubscriptionFacts
    origin: Origin
    customer: BillingCustomer
    mirror: BillingSubscription
    rows: dict[str, BillingItem] = field(default_factory=dict)
    removed: list[BillingItem] = field(default_factory=list)
    payments: list[BillingPayment] = field(default_factory=list)


def mirror_subscriptions(
    read: Sequence[tuple[SubscriptionFacts, Origin, BillingCustomer]],
) -> list[Mirrored]:
    """Mirror subscriptions of one account that were just read, with every item, in the order given.

    The license of an item that was replaced is handed to the one that replaces it. Seven queries or
    eight, however many they are; some more where items were removed.
    """
    if not read:
        return []
    _facts, origin, _customer = read[0]
    found = [
        Mirrored(facts, origin, customer, _row(facts, customer, origin))
        for facts, origin, customer in read
    ]
    BillingSubscription.objects.bulk_create(
        [each.mirror for each in found],
        batch_size=MOST,
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=_OF_SUBSCRIPTION,
    )
    _mirror_items(found, origin)
    by_id = {each.facts.id: each for each in found}
    payments = BillingPayment.objects.filter(
        account=origin.account, livemode=origin.livemode, stripe_subscription_id__in=by_id
    )
    for payment in payments.order_by("pk"):
        by_id[payment.stripe_subscription_id].payments.append(payment)
    return found


def _row(facts: SubscriptionFacts, customer: BillingCustomer, origin: Origin) -> BillingSubscription:
    return BillingSubscription(
        account=origin.account,
        livemode=origin.livemode,
        stripe_id=facts.id,
        customer=customer,
        status=facts.status[:40],
        collection_method=facts.collection_method[:40],
        cancel_at_period_end=facts.cancel_at_period_end,
        cancel_at=facts.cancel_at,
        canceled_at=facts.canceled_at,
        ended_at=facts.ended_at,
        trial_end=facts.trial_end,
        past_due_since=facts.past_due_since,
        paused_collection=facts.pauses_collection,
        is_gone=False,
        synced_at=origin.at,
    )


def _mirror_items(found: list[Mirrored], origin: Origin) -> None:
    known = _known_items(found, origin)
    prices = _known_prices(found, origin)
    for each in found:
        for item in each.facts.items:
            each.rows[item.id] = BillingItem(
                account=origin.account,
                livemode=origin.livemode,
                stripe_id=item.id,
                subscription=each.mirror,
                stripe_price_id=item.price_id,
                price=prices.get(item.price_id),
                quantity=max(item.quantity, 0),
                period_start=item.period_start,
                period_end=item.period_end,
                is_removed=False,
                synced_at=origin.at,
            )
    at_stripe = {item_id: row for each in found for item_id, row in each.rows.items()}
    BillingItem.objects.bulk_create(
        at_stripe.values(),
        batch_size=MOST,
        update_conflicts=True,
        unique_fields=_KEY,
        update_fields=_OF_ITEM,
    )
    for item_id, row in at_stripe.items():
        if item_id in known:
            row.license = known[item_id].license
    _remove([row for item_id, row in known.items() if item_id not in at_stripe], found, origin)


def _known_items(found: list[Mirrored], origin: Origin) -> dict[str, BillingItem]:
    """Return the items that are mirrored already, with their licenses."""
    items = BillingItem.objects.select_related("license__policy", "license__product")
    of_these = items.filter(subscription__in=[each.mirror for each in found]).order_by("pk")
    known = {row.stripe_id: row for row in of_these}
    # Items stay with their subscription; a row that says otherwise is one to be put right.
    new = [item.id for each in found for item in each.facts.items if item.id not in known]
    if new:
        strays = items.filter(account=origin.account, livemode=origin.livemode, stripe_id__in=new)
        known |= {row.stripe_id: row for row in strays}
    return known


def _known_prices(found: list[Mirrored], origin: Origin) -> dict[str, ProductPrice]:
    prices: QuerySet[ProductPrice] = ProductPrice.objects.filter(
        account=origin.account,
        livemode=origin.livemode,
        stripe_price_id__in={item.price_id for each in found for item in each.facts.items},
    )
    return {price.stripe_price_id: price for price in prices.select_related("product")}


def _remove(gone: list[BillingItem], found: list[Mirrored], origin: Origin) -> None:
    """Note which items are not at Stripe any more."""
    by_mirror = {each.mirror.pk: each for each in found}
    for row in gone:
        by_mirror[row.subscription_id].removed.append(row)
    for each in found:
        leaving = [row for row in each.removed if not row.is_removed and row.license_id is not None]
        _hand_over(leaving, [row for row in each.rows.values() if row.price_id is not None])
    fresh = [row.pk for row in gone if not row.is_removed]
    if fresh:
        BillingItem.objects.filter(pk__in=fresh).update(is_removed=True, synced_at=origin.at)


def _hand_over(leaving: list[BillingItem], mapped: Iterable[BillingItem]) -> None:
    """Keep the license through a plan switch that replaced the item: one goes, one is there."""
    stays = list(mapped)
    if len(leaving) != 1 or len(stays) != 1 or stays[0].license_id is not None:
        return
    old, new = leaving[0], stays[0]
    license, old.license = old.license, None
    old.save(update_fields=["license"])
    new.license = license
    new.save(update_fields=["license"])
