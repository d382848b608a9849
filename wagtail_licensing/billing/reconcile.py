"""Compare with Stripe: three nets for events that never came.

Events that Stripe still lists; our own subscriptions that may have moved on; and every
subscription at Stripe. Each only asks for objects to be read again, and one bad object stops
nothing. Whoever calls rings for the targets.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Max, Q

from ..conf import conf
from ..models import BillingCustomer, BillingSubscription, CheckoutIntent, StripeEvent
from ..models.checkout import IntentState
from .client import Gateway
from .facts import SubscriptionFacts, read_subscription
from .inbox import keep, request_sync
from .projection import ENDED_STATUSES
from .targets import CHECKOUT_SESSION, EVENT_TYPES, SUBSCRIPTION

logger = logging.getLogger(__name__)

Json = dict[str, Any]

#: Events are listed again from this long before the newest one that we have.
OVERLAP = timedelta(minutes=15)
#: Stripe keeps events for 30 days.
OLDEST = timedelta(days=29)
#: How far back the first comparison lists events; the full list covers what is older.
FIRST_LOOK = timedelta(days=1)
#: How long after its end a period is still looked at for a renewal.
RENEWAL_WINDOW = timedelta(hours=72)
#: An open checkout is looked at when it is at least this old.
UNCONFIRMED_AFTER = timedelta(minutes=15)

_UNSETTLED = ("past_due", "incomplete", "trialing", "unpaid")


@dataclass(slots=True)
class Report:
    """What a comparison saw and asked for."""

    events_seen: int = 0
    events_new: int = 0
    unsettled: int = 0
    subscriptions_seen: int = 0
    differing: int = 0
    foreign: int = 0
    targets: list[int] = field(default_factory=list)


def reconcile(*, at: datetime, dry_run: bool = False, everything: bool = True) -> Report:
    """Compare with Stripe and ask for what differs to be read again; return what was seen.

    ``dry_run`` counts and changes nothing. ``everything`` includes the full list of subscriptions,
    a request for each 100. Not inside a transaction. Raises ``StripeFailure``.
    """
    gateway, report = Gateway(), Report()
    cursor = _cursor()
    since = max(cursor, at - OLDEST) if cursor else at - FIRST_LOOK
    _list_events(gateway, report, since=since, at=at, dry_run=dry_run)
    _reread_unsettled(report, at=at, dry_run=dry_run)
    too_old = cursor is not None and cursor < at - OLDEST
    if everything or too_old:
        _compare_all(gateway, report, at=at, dry_run=dry_run)
    return report


def _cursor() -> datetime | None:
    ours = StripeEvent.objects.filter(account=conf.stripe_account, livemode=conf.stripe_livemode)
    newest: datetime | None = ours.aggregate(newest=Max("created"))["newest"]
    return newest - OVERLAP if newest else None


def _list_events(
    gateway: Gateway, report: Report, *, since: datetime, at: datetime, dry_run: bool
) -> None:
    """Put the events that Stripe lists into the inbox, oldest first, as if they had come."""
    rows = gateway.pages("/v1/events", types=list(EVENT_TYPES), created={"gte": int(since.timestamp())})
    for event in reversed(list(rows)):
        report.events_seen += 1
        known = StripeEvent.objects.filter(
            account=conf.stripe_account, livemode=conf.stripe_livemode, event_id=event.get("id")
        )
        if known.exists():
            continue
        report.events_new += 1
        if not dry_run:
            _isolated(report, partial(keep, event=event, account=conf.stripe_account, at=at))


def _reread_unsettled(report: Report, *, at: datetime, dry_run: bool) -> None:
    for kind, object_id in _unsettled(at):
        report.unsettled += 1
        if not dry_run:
            _request(report, kind, object_id, at=at)


def _unsettled(at: datetime) -> Iterator[tuple[str, str]]:
    """Yield what is ours and may have moved on without a word."""
    renewing = Q(items__period_end__gt=at - RENEWAL_WINDOW, items__period_end__lte=at)
    subscriptions = (
        BillingSubscription.objects.filter(
            Q(status__in=_UNSETTLED) | renewing,
            account=conf.stripe_account,
            livemode=conf.stripe_livemode,
            is_gone=False,
        )
        .exclude(status__in=ENDED_STATUSES)
        .distinct()
    )
    for stripe_id in subscriptions.values_list("stripe_id", flat=True):
        yield SUBSCRIPTION, stripe_id
    sessions = CheckoutIntent.objects.filter(
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        state=IntentState.OPEN,
        created_at__lt=at - UNCONFIRMED_AFTER,
        stripe_session_id__gt="",
    )
    for session_id in sessions.values_list("stripe_session_id", flat=True):
        yield CHECKOUT_SESSION, session_id


def _compare_all(gateway: Gateway, report: Report, *, at: datetime, dry_run: bool) -> None:
    ours = set(
        BillingCustomer.objects.filter(
            account=conf.stripe_account, livemode=conf.stripe_livemode
        ).values_list("stripe_id", flat=True)
    )
    seen: set[str] = set()
    for raw in gateway.pages("/v1/subscriptions", status="all"):
        report.subscriptions_seen += 1
        seen.add(str(raw.get("id")))
        if raw.get("customer") not in ours:
            report.foreign += 1
        elif _differs(raw):
            _note_difference(report, str(raw["id"]), at=at, dry_run=dry_run)
    for stripe_id in _living_ids() - seen:
        _note_difference(report, stripe_id, at=at, dry_run=dry_run)


def _note_difference(report: Report, stripe_id: str, *, at: datetime, dry_run: bool) -> None:
    report.differing += 1
    if not dry_run:
        _request(report, SUBSCRIPTION, stripe_id, at=at)


def _living_ids() -> set[str]:
    living = BillingSubscription.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, is_gone=False
    ).exclude(status__in=ENDED_STATUSES)
    return set(living.values_list("stripe_id", flat=True))


def _differs(raw: Json) -> bool:
    """Tell whether the mirror of a subscription is missing or says something else."""
    try:
        facts = read_subscription(raw)
    except (KeyError, TypeError, ValueError):
        return True
    mirror = BillingSubscription.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, stripe_id=facts.id
    ).first()
    return mirror is None or _as_mirrored(mirror) != _as_fetched(facts)


def _as_mirrored(mirror: BillingSubscription) -> tuple[Any, ...]:
    items = mirror.items.filter(is_removed=False)
    return (
        mirror.status,
        mirror.cancel_at_period_end,
        mirror.cancel_at,
        mirror.ended_at,
        {(item.stripe_id, item.stripe_price_id, item.quantity, item.period_end) for item in items},
    )


def _as_fetched(facts: SubscriptionFacts) -> tuple[Any, ...]:
    return (
        facts.status,
        facts.cancel_at_period_end,
        facts.cancel_at,
        facts.ended_at,
        {(item.id, item.price_id, item.quantity, item.period_end) for item in facts.items},
    )


def _request(report: Report, kind: str, object_id: str, *, at: datetime) -> None:
    account = conf.stripe_account
    _isolated(report, lambda: [request_sync(kind=kind, object_id=object_id, account=account, at=at)])


def _isolated(report: Report, ask: Callable[[], list[int]]) -> None:
    """Note the targets that ``ask`` returns; an object that cannot be read stops nothing."""
    try:
        report.targets += [each for each in ask() if each not in report.targets]
    except (KeyError, TypeError, ValueError):
        logger.exception("An object of Stripe's could not be compared")
