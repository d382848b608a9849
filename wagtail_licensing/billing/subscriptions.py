"""Write what subscriptions are: their mirrors, and the license of each item that we know the price of.

Runs inside the transaction of the caller, under the leases. The same facts again write nothing new.
"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from ..domain.policy import Flag
from ..domain.states import PendingReason, State
from ..domain.terms import Terms
from ..licenses import NewLicense, NewTerms, issue_to_guest, take_approved_license
from ..models import BillingCustomer, BillingItem, BillingSubscription, License, LicenseProduct
from .come_back import revoked_for_money
from .facts import ItemFacts, SubscriptionFacts
from .item_terms import ItemVerdict, end_of, judge_item, promise_of, terms_of_item, with_verdict
from .license_writes import LicenseWrites
from .mirroring import Mirrored, mirror_subscriptions
from .origin import Origin
from .projection import ENDED_STATUSES, ended
from .revenue import record_no_more_revenue, record_revenue

logger = logging.getLogger(__name__)

#: States of a license that is worth issuing for a subscription seen for the first time.
_WORTH_ISSUING = frozenset({State.ACTIVE, State.GRACE, State.PENDING})


def write_subscription(facts: SubscriptionFacts, *, origin: Origin) -> None:
    """Mirror a subscription and bring its licenses to it, as :func:`write_subscriptions` does."""
    write_subscriptions([(facts, origin)])


def write_subscriptions(read: Sequence[tuple[SubscriptionFacts, Origin]]) -> None:
    """Mirror subscriptions of one account and bring their licenses to them, one after the other.

    A subscription of a customer whom we did not create is parked: it gives nobody anything. About
    as many queries as for one; some more for each license that is revoked or whose seats change.
    """
    ours = _of_our_customers(read)
    if not ours:
        return
    writes = LicenseWrites(at=ours[0][1].at)
    found = mirror_subscriptions(ours)
    record_revenue(found)
    for mirrored in found:
        for item in mirrored.facts.items:
            _write_license(mirrored, item, writes)
        for row in mirrored.removed:
            if row.license is not None:
                _end_license(row.license, writes, origin=mirrored.origin)
    writes.flush()


def _of_our_customers(
    read: Sequence[tuple[SubscriptionFacts, Origin]],
) -> list[tuple[SubscriptionFacts, Origin, BillingCustomer]]:
    """Return those that belong to somebody here, with whom. One query."""
    if not read:
        return []
    _facts, origin = read[0]
    rows = BillingCustomer.objects.filter(
        account=origin.account,
        livemode=origin.livemode,
        stripe_id__in={facts.customer_id for facts, _origin in read},
    ).select_related("user", "organization", "guest_intent")
    known = [row for row in rows if row.user_id or row.organization_id or row.guest_email]
    customers = {row.stripe_id: row for row in known}
    ours = []
    for facts, origin in read:
        if facts.customer_id in customers:
            ours.append((facts, origin, customers[facts.customer_id]))
        else:
            logger.info("Subscription %s belongs to no customer of ours and is left alone", facts.id)
    return ours


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
    record_no_more_revenue(mirror, origin=origin)
    writes = LicenseWrites(at=origin.at)
    for license in License.objects.filter(billing_item__subscription=mirror).order_by("pk"):
        _end_license(license, writes, origin=origin)
    writes.flush()


def _write_license(mirrored: Mirrored, item: ItemFacts, writes: LicenseWrites) -> None:
    facts, customer, origin = mirrored.facts, mirrored.customer, mirrored.origin
    row = mirrored.rows[item.id]
    license = row.license
    product = row.price.product if row.price else None
    if product is None:
        if license is None:
            return
        logger.error("Item %s has a price that no product has; its license keeps its product", item.id)
        product = license.product
    terms = terms_of_item(facts, item, product=product, customer=customer, license=license, at=origin.at)
    if terms is None:
        logger.error("Subscription %s has the unknown status %s", facts.id, facts.status)
        return
    verdict = judge_item(mirrored.payments, item, promise=promise_of(license, product))
    if verdict.revokes:
        _revoke(facts, license, verdict, writes, origin=origin)
        return
    terms = with_verdict(terms, verdict, item)
    if license is not None:
        terms = _while_unclaimed(license, terms)
    new_terms = NewTerms(terms, origin.by, product)
    if license is None or _may_come_back(license, terms):
        if terms.state in _WORTH_ISSUING and not _taken_at_once(
            row, writes, terms=terms, product=product, customer=customer, origin=origin
        ):
            new = _new_license(terms, product=product, customer=customer, origin=origin)
            writes.issue(row, new, new_terms)
    elif terms.state is State.PENDING and license.state != State.PENDING:
        logger.error("Subscription %s is incomplete again; its license stays", facts.id)
    else:
        writes.change(license, new_terms)


def _while_unclaimed(license: License, terms: Terms) -> Terms:
    """Let a license that nobody has claimed yet wait, whatever Stripe says, unless it is over."""
    if license.user_id or license.organization_id:
        return terms
    # Under its lock: somebody may be claiming it at this moment.
    now = License.objects.select_for_update().get(pk=license.pk)
    waits = now.user_id is None and now.pending_reason == PendingReason.CLAIM
    if not waits or terms.state not in {State.ACTIVE, State.GRACE, State.PENDING}:
        return terms
    return replace(terms, state=State.PENDING, pending_reason=PendingReason.CLAIM)


def _revoke(
    facts: SubscriptionFacts,
    license: License | None,
    verdict: ItemVerdict,
    writes: LicenseWrites,
    *,
    origin: Origin,
) -> None:
    if facts.status not in ENDED_STATUSES:
        logger.error(
            "Subscription %s goes on and gives nothing: %s. Cancel it at Stripe",
            facts.id,
            verdict.revokes,
        )
    if license is not None:
        writes.revoke(license, origin.because(verdict.revokes))


def _may_come_back(license: License, terms: Terms) -> bool:
    """Tell whether a new license follows one that was revoked for its money, not by people.

    What made Stripe's side revoke it is over: the refund failed, or another term was paid.
    """
    if license.state != State.REVOKED or terms.state not in {State.ACTIVE, State.GRACE}:
        return False
    return revoked_for_money(license) is not None


def _taken_at_once(
    row: BillingItem,
    writes: LicenseWrites,
    *,
    terms: Terms,
    product: LicenseProduct,
    customer: BillingCustomer,
    origin: Origin,
) -> bool:
    """Give the item ``row`` a license that is there or is nobody's yet; tell whether there is one.

    The one that staff approved for the customer, or one that waits for who is sent the link to it.
    """
    if customer.user_id is None and customer.organization_id is None:
        license: License | None = _issue_to_guest(terms, product, customer, origin=origin)
    elif customer.user_id is not None and terms.state is not State.PENDING:
        license = take_approved_license(
            user=customer.user, product=product, source="subscription", at=origin.at, by=origin.by
        )
    else:
        license = None
    if license is None:
        return False
    row.license = license
    row.save(update_fields=["license"])
    writes.change(license, NewTerms(_while_unclaimed(license, terms), origin.by, product))
    return True


def _issue_to_guest(
    terms: Terms, product: LicenseProduct, customer: BillingCustomer, *, origin: Origin
) -> License:
    later = terms.ends_at is None or terms.ends_at > terms.starts_at
    return issue_to_guest(
        product=product,
        email=customer.guest_email,
        language=customer.guest_intent.language if customer.guest_intent else "",
        source="subscription",
        starts_at=terms.starts_at,
        ends_at=terms.ends_at if later else None,
        renews=terms.renews,
        is_trial=terms.is_trial,
        seats=terms.seats,
        at=origin.at,
        by=origin.by,
    )


def _new_license(
    terms: Terms, *, product: LicenseProduct, customer: BillingCustomer, origin: Origin
) -> NewLicense:
    later = terms.ends_at is None or terms.ends_at > terms.starts_at
    return NewLicense(
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
        by=origin.by,
    )


def _end_license(license: License, writes: LicenseWrites, *, origin: Origin) -> None:
    """End a license now, or when its access ended already; an ended one stays as it is."""
    if license.state in {State.EXPIRED, State.REVOKED}:
        return
    terms = ended(
        starts_at=license.starts_at,
        ends_at=end_of(license, origin.at),
        seats=license.seats_total,
    )
    writes.change(license, NewTerms(replace(terms, flag=Flag(license.flag)), origin.by))
