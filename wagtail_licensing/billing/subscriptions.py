"""Write what a subscription is: its mirror, and the license of each item that we know the price of.

Runs inside the transaction of the caller, under the lease. The same facts again write nothing new.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from ..conf import conf
from ..domain.states import Cause, PendingReason, State
from ..domain.terms import Terms
from ..licenses import ChangedBy, apply_terms, issue_license
from ..models import (
    BillingCustomer,
    BillingItem,
    BillingSubscription,
    License,
    LicenseProduct,
    ProductPrice,
)
from .facts import ItemFacts, SubscriptionFacts
from .projection import ENDED_STATUSES, Policy, ended, project

logger = logging.getLogger(__name__)

#: States of a license that is worth issuing for a subscription seen for the first time.
_WORTH_ISSUING = frozenset({State.ACTIVE, State.GRACE, State.PENDING})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where facts come from: the account, the mode, the event that made us look, and the instant."""

    account: str
    livemode: bool
    event_id: str
    at: datetime

    @property
    def by(self) -> ChangedBy:
        """Return who changes licenses on behalf of these facts."""
        return ChangedBy(cause=Cause.STRIPE, stripe_event_id=self.event_id)


def write_subscription(facts: SubscriptionFacts, *, origin: Origin) -> None:
    """Mirror a subscription and bring its licenses to it.

    A subscription of a customer whom we did not create is parked: it gives nobody anything.
    """
    customer = BillingCustomer.objects.filter(
        account=origin.account, livemode=origin.livemode, stripe_id=facts.customer_id
    ).first()
    if customer is None or (customer.user_id is None and customer.organization_id is None):
        logger.info("Subscription %s belongs to no customer of ours and is left alone", facts.id)
        return
    mirror = _mirror_subscription(facts, customer=customer, origin=origin)
    rows = _mirror_items(facts, mirror=mirror, origin=origin)
    for item in facts.items:
        _write_license(facts, item, row=rows[item.id], customer=customer, origin=origin)
    _end_licenses(mirror.items.filter(is_removed=True), origin=origin)


def write_gone(subscription_id: str, *, origin: Origin) -> None:
    """End what a subscription gave that does not exist at Stripe any more; the rows stay."""
    mirror = BillingSubscription.objects.filter(
        account=origin.account, livemode=origin.livemode, stripe_id=subscription_id
    ).first()
    if mirror is None:
        return
    mirror.is_gone = True
    mirror.synced_at = origin.at
    mirror.save()
    _end_licenses(mirror.items.all(), origin=origin)


def _mirror_subscription(
    facts: SubscriptionFacts, *, customer: BillingCustomer, origin: Origin
) -> BillingSubscription:
    mirror, _ = BillingSubscription.objects.update_or_create(
        account=origin.account,
        livemode=origin.livemode,
        stripe_id=facts.id,
        defaults={
            "customer": customer,
            "status": facts.status[:40],
            "collection_method": facts.collection_method[:40],
            "cancel_at_period_end": facts.cancel_at_period_end,
            "cancel_at": facts.cancel_at,
            "canceled_at": facts.canceled_at,
            "ended_at": facts.ended_at,
            "trial_end": facts.trial_end,
            "past_due_since": facts.past_due_since,
            "paused_collection": facts.pauses_collection,
            "is_gone": False,
            "synced_at": origin.at,
        },
    )
    return mirror


def _mirror_items(
    facts: SubscriptionFacts, *, mirror: BillingSubscription, origin: Origin
) -> dict[str, BillingItem]:
    """Mirror every item, and hand the license of a replaced item to the one that replaces it."""
    prices = _known_prices(facts, origin=origin)
    rows: dict[str, BillingItem] = {}
    for item in facts.items:
        rows[item.id], _ = BillingItem.objects.update_or_create(
            account=origin.account,
            livemode=origin.livemode,
            stripe_id=item.id,
            defaults={
                "subscription": mirror,
                "stripe_price_id": item.price_id,
                "price": prices.get(item.price_id),
                "quantity": max(item.quantity, 0),
                "period_start": item.period_start,
                "period_end": item.period_end,
                "is_removed": False,
                "synced_at": origin.at,
            },
        )
    removed = mirror.items.exclude(stripe_id__in=list(rows)).filter(is_removed=False)
    _hand_over(list(removed.filter(license__isnull=False)), [row for row in rows.values() if row.price])
    removed.update(is_removed=True, synced_at=origin.at)
    return rows


def _hand_over(leaving: list[BillingItem], mapped: list[BillingItem]) -> None:
    """Keep the license through a plan switch that replaced the item: one goes, one is there."""
    if len(leaving) != 1 or len(mapped) != 1 or mapped[0].license_id is not None:
        return
    old, new = leaving[0], mapped[0]
    license_id, old.license_id = old.license_id, None
    old.save(update_fields=["license"])
    new.license_id = license_id
    new.save(update_fields=["license"])


def _known_prices(facts: SubscriptionFacts, *, origin: Origin) -> dict[str, ProductPrice]:
    prices = ProductPrice.objects.filter(
        account=origin.account,
        livemode=origin.livemode,
        stripe_price_id__in=[item.price_id for item in facts.items],
    ).select_related("product")
    return {price.stripe_price_id: price for price in prices}


def _write_license(
    facts: SubscriptionFacts,
    item: ItemFacts,
    *,
    row: BillingItem,
    customer: BillingCustomer,
    origin: Origin,
) -> None:
    license = row.license
    product = row.price.product if row.price else None
    if product is None:
        if license is None:
            return
        logger.error("Item %s has a price that no product has; its license keeps its product", item.id)
        product = license.product
    terms = _terms(facts, item, product=product, customer=customer, license=license, origin=origin)
    if terms is None:
        logger.error("Subscription %s has the unknown status %s", facts.id, facts.status)
        return
    if license is None:
        if terms.state not in _WORTH_ISSUING:
            return
        license = _issue(terms, product=product, customer=customer, origin=origin)
        row.license = license
        row.save(update_fields=["license"])
    elif terms.state is State.PENDING and license.state != State.PENDING:
        logger.error("Subscription %s is incomplete again; its license stays", facts.id)
        return
    apply_terms(license_id=license.pk, terms=terms, product=product, at=origin.at, by=origin.by)


def _terms(
    facts: SubscriptionFacts,
    item: ItemFacts,
    *,
    product: LicenseProduct,
    customer: BillingCustomer,
    license: License | None,
    origin: Origin,
) -> Terms | None:
    policy = Policy(
        # The grace that was promised with the license holds, until it becomes another product's.
        grace=timedelta(days=_grace_days(license, product)),
        slack=conf.sync_slack,
        seats=max(item.quantity, 1) if product.per_seat else product.seats,
    )
    if customer.is_deleted and facts.status not in ENDED_STATUSES:
        starts_at = license.starts_at if license else origin.at
        return ended(starts_at=starts_at, ends_at=_end_of(license, origin.at), seats=policy.seats)
    return project(facts, item, policy=policy, at=origin.at)


def _grace_days(license: License | None, product: LicenseProduct) -> int:
    if license is not None and license.product_id == product.pk:
        return license.grace_days
    return product.grace_days


def _issue(
    terms: Terms, *, product: LicenseProduct, customer: BillingCustomer, origin: Origin
) -> License:
    later = terms.ends_at is None or terms.ends_at > terms.starts_at
    return issue_license(
        product=product,
        source="subscription",
        user=customer.user,
        organization=customer.organization,
        starts_at=terms.starts_at,
        ends_at=terms.ends_at if later else None,
        renews=terms.renews,
        is_trial=terms.is_trial,
        seats=terms.seats,
        pending=PendingReason.PAYMENT if terms.state is State.PENDING else None,
        at=origin.at,
        by=origin.by,
    )


def _end_licenses(rows: QuerySet[BillingItem], *, origin: Origin) -> None:
    for license in License.objects.filter(billing_item__in=rows):
        _end_license(license, origin=origin)


def _end_license(license: License, *, origin: Origin) -> None:
    """End a license now, or when its access ended already; an ended one stays as it is."""
    if license.state in {State.EXPIRED, State.REVOKED}:
        return
    terms = ended(
        starts_at=license.starts_at,
        ends_at=_end_of(license, origin.at),
        seats=license.seats_total,
    )
    apply_terms(license_id=license.pk, terms=terms, at=origin.at, by=origin.by)


def _end_of(license: License | None, at: datetime) -> datetime:
    until = license.access_until if license else None
    return min(until, at) if until else at
