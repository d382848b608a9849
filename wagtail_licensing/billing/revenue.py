"""Write down what a subscription brings in a month whenever that changes.

Runs inside the transaction that writes its mirror, so that the two never differ. Tiered and metered
prices, and prices that no product of ours has, bring nothing here: their amount is not ours to know.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from ..domain.revenue import PAYING_STATUSES, Line, first_end, kind_of, monthly_amount
from ..models import BillingSubscription, RevenueChange
from .mirroring import MOST, Mirrored
from .origin import Origin
from .projection import ENDED_STATUSES

_AMOUNTS = ("currency", "monthly_amount", "discount_until", "undiscounted_amount")


@dataclass(slots=True)
class _Step:
    """A mirror whose monthly amount becomes ``after`` at ``at``; from where the facts are."""

    mirror: BillingSubscription
    after: int
    at: datetime
    origin: Origin


def record_revenue(found: Sequence[Mirrored]) -> None:
    """Make the monthly amount of each subscription what was just read of it.

    One query where nothing changed, four otherwise, however many they are.
    """
    ids = [each.mirror.pk for each in found]
    stored = BillingSubscription.objects.in_bulk(ids)
    steps, touched = [], []
    for each in found:
        mirror = stored[each.mirror.pk]
        before = [getattr(mirror, name) for name in _AMOUNTS]
        step = _step(each, mirror)
        if before != [getattr(mirror, name) for name in _AMOUNTS] or step.after != mirror.monthly_amount:
            touched.append(mirror)
            steps.append(step)
    _write(steps)
    BillingSubscription.objects.bulk_update(touched, _AMOUNTS, batch_size=MOST)


def record_no_more_revenue(mirror: BillingSubscription, *, origin: Origin) -> None:
    """Write down that a subscription which is gone from Stripe brings nothing from now on."""
    mirror.discount_until = None
    _write([_Step(mirror, 0, origin.at, origin)])
    mirror.save(update_fields=_AMOUNTS)


def _step(each: Mirrored, mirror: BillingSubscription) -> _Step:
    """Return what becomes of ``mirror``; its currency and the end of its discounts are set here."""
    facts, at = each.facts, each.origin.at
    items = [item for item in facts.items if item.price is not None and each.rows[item.id].price_id]
    lines = [
        Line(
            amount=item.price.unit_amount * max(item.quantity, 0),
            interval=item.price.interval,
            interval_count=item.price.interval_count,
            discounts=item.discounts,
        )
        for item in items
        if item.price is not None
    ]
    pays = (
        facts.status in PAYING_STATUSES and not facts.pauses_collection and not each.customer.is_deleted
    )
    discounts = [*facts.discounts, *(discount for line in lines for discount in line.discounts)]
    until = first_end(discounts, at=at) if pays else None
    mirror.currency = next((item.price.currency for item in items if item.price), mirror.currency)
    mirror.discount_until = until
    mirror.undiscounted_amount = monthly_amount(lines, facts.discounts, at=until) if until else 0
    amount = monthly_amount(lines, facts.discounts, at=at) if pays else 0
    return _Step(mirror, amount, _took_effect(each, mirror), each.origin)


def end_discounts(*, at: datetime, limit: int = 500) -> int:
    """Write down the discounts that ended by ``at``, each at its own instant. Returns how many.

    Stripe tells of it with the next invoice at the latest; the figures need not wait for that. Safe
    to run at any time, and from several places at once.
    """
    due = BillingSubscription.objects.filter(discount_until__lte=at).order_by("discount_until")
    ended = 0
    for subscription_id in list(due.values_list("pk", flat=True)[:limit]):
        with transaction.atomic():
            mirror = due.select_for_update().filter(pk=subscription_id).first()
            if mirror is None or mirror.discount_until is None:
                continue
            origin = Origin(account=mirror.account, livemode=mirror.livemode, event_id="", at=at)
            until, mirror.discount_until = mirror.discount_until, None
            _write([_Step(mirror, mirror.undiscounted_amount, until, origin)])
            mirror.save(update_fields=_AMOUNTS)
            ended += 1
    return ended


def _took_effect(each: Mirrored, mirror: BillingSubscription) -> datetime:
    """Return when what was read began: Stripe knows the beginning and the end to the second."""
    facts, at = each.facts, each.origin.at
    if facts.status in ENDED_STATUSES:
        known = facts.ended_at or facts.canceled_at
    elif mirror.monthly_amount == 0 and facts.trial_end is not None and facts.trial_end <= at:
        known = facts.trial_end
    elif mirror.monthly_amount == 0:
        known = facts.started_at
    else:
        known = None
    return min(known, at) if known else at


def _write(steps: Iterable[_Step]) -> None:
    """Write the changes that ``steps`` are, and set the new amounts. Two queries, none for no change."""
    steps = [step for step in steps if step.after != step.mirror.monthly_amount]
    if not steps:
        return
    ids = [step.mirror.pk for step in steps]
    earlier = RevenueChange.objects.filter(subscription__in=ids).order_by("pk")
    last = dict(earlier.values_list("subscription_id", "at"))
    RevenueChange.objects.bulk_create(
        [_change(step, last.get(step.mirror.pk)) for step in steps], batch_size=MOST
    )
    for step in steps:
        step.mirror.monthly_amount = step.after


def _change(step: _Step, last: datetime | None) -> RevenueChange:
    mirror, at = step.mirror, step.at
    before = mirror.monthly_amount
    if last is not None:
        # It paid before and comes back: when it began is long ago. And the past is closed: no change
        # comes before one that was written down.
        at = max(step.origin.at if not before else at, last)
    return RevenueChange(
        subscription=mirror,
        account=mirror.account,
        livemode=mirror.livemode,
        kind=kind_of(before, step.after, paid_before=last is not None).value,
        at=at,
        recorded_at=step.origin.at,
        currency=mirror.currency,
        before=before,
        after=step.after,
        stripe_event_id=step.origin.event_id,
    )
