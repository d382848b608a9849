"""Compare with Stripe: four nets for events that never came.

Events that Stripe still lists; our own objects that may have moved on; every subscription at Stripe;
and its refunds and disputes. Each only asks for objects to be read again, and one bad object stops
nothing. Whoever calls rings for the targets.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from django.db.models import Max, Q

from ..conf import conf
from ..models import BillingSubscription, CheckoutIntent, StripeEvent, SyncCursor
from ..models.checkout import IntentState
from . import cursors
from .account import note_answer, stop
from .client import PAGE, Gateway
from .compare import in_groups
from .errors import Refused
from .full_run import Ids, compare_all
from .inbox import keep_many, request_many
from .money_net import compare_money
from .projection import ENDED_STATUSES
from .report import Progress, Report, silent
from .targets import CHECKOUT_SESSION, EVENT_TYPES, PAYMENT_INTENT, SUBSCRIPTION

logger = logging.getLogger(__name__)

Json = dict[str, Any]

#: Events are listed again from this long before the cursor.
OVERLAP = timedelta(minutes=15)
#: The cursor is at least this far behind our clock, which may be ahead of Stripe's.
CLOCK_SKEW = timedelta(hours=1)
#: Stripe keeps events for 30 days: a cursor older than this needs the full list.
OLDEST = timedelta(days=29)
#: How far back the first comparison lists events; the full list covers what is older.
FIRST_LOOK = timedelta(days=1)
#: Our own objects that may have moved on are looked at this often.
UNSETTLED_EVERY = timedelta(hours=1)
#: How long after its end a period is still looked at for a renewal.
RENEWAL_WINDOW = timedelta(hours=72)
#: An open checkout is looked at when it is at least this old.
UNCONFIRMED_AFTER = timedelta(minutes=15)

_UNSETTLED = ("past_due", "incomplete", "trialing", "unpaid")


def reconcile(
    *,
    at: datetime,
    dry_run: bool = False,
    everything: bool = True,
    only_due: bool = False,
    most: int | None = None,
    progress: Progress = silent,
) -> Report:
    """Compare with Stripe and ask for what differs to be read again; return what was seen.

    ``dry_run`` counts and changes nothing. ``everything`` includes the full list of subscriptions,
    refunds and disputes, a request for each 100; a full run that died, or events that are too old,
    include it too.
    ``only_due`` leaves out our own unsettled objects when they were looked at within the hour.
    ``most``, of a dry run, is the number of subscriptions after which the list is left.
    Not inside a transaction. Raises ``StripeFailure``; a refused key stops the account.
    """
    gateway, report = Gateway(), Report()
    request = partial(_request, report, at=at, dry_run=dry_run)
    try:
        too_old = _list_events(gateway, report, at=at, dry_run=dry_run)
        if not only_due or _is_due(cursors.UNSETTLED, UNSETTLED_EVERY, at=at):
            _reread_unsettled(report, at=at, dry_run=dry_run)
        if everything or too_old or (not dry_run and cursors.is_unfinished(cursors.EVERYTHING, at=at)):
            compare_all(
                gateway,
                report,
                request=partial(request, SUBSCRIPTION),
                progress=progress,
                at=at,
                dry_run=dry_run,
                most=most if dry_run else None,
            )
            compare_money(gateway, report, request=partial(request, PAYMENT_INTENT), at=at)
    except Refused as failure:
        stop(account=conf.stripe_account, livemode=conf.stripe_livemode, error=str(failure), at=at)
        raise
    if not dry_run:
        note_answer(account=conf.stripe_account, livemode=conf.stripe_livemode, at=at)
    return report


def _list_events(gateway: Gateway, report: Report, *, at: datetime, dry_run: bool) -> bool:
    """Put the events that Stripe lists into the inbox; tell whether some may be gone already.

    The order does not matter: an event is a hint. The cursor moves when all of them are in.
    """
    cursor = cursors.known(cursors.EVENTS) if dry_run else cursors.cursor_of(cursors.EVENTS)
    last = _last_look(cursor)
    since = max(last - OVERLAP, at - OLDEST) if last else at - FIRST_LOOK
    newest = last or since
    for page in gateway.batches(
        "/v1/events", types=list(EVENT_TYPES), created={"gte": int(since.timestamp())}
    ):
        unknown = _unknown(page, report)
        if not dry_run:
            report.add_targets(keep_many(events=unknown, account=conf.stripe_account, at=at))
        newest = max([newest, *(_created(event) for event in page)])
    if cursor is not None and not dry_run:
        position = {"created": int(max(newest, at - CLOCK_SKEW).timestamp())}
        cursors.finish(cursor, position, at=at)
    return last is not None and last < at - OLDEST


def _last_look(cursor: SyncCursor | None) -> datetime | None:
    """Return up to when all events are known: by the cursor, or by what arrived before there was one."""
    if cursor is not None and cursor.position:
        return datetime.fromtimestamp(cursor.position["created"], UTC)
    ours = StripeEvent.objects.filter(account=conf.stripe_account, livemode=conf.stripe_livemode)
    newest: datetime | None = ours.aggregate(newest=Max("created"))["newest"]
    return newest


def _created(event: Json) -> datetime:
    seconds = event.get("created")
    return datetime.fromtimestamp(seconds if isinstance(seconds, int) else 0, UTC)


def _unknown(page: list[Json], report: Report) -> list[Json]:
    known = StripeEvent.objects.filter(
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        event_id__in=[event.get("id") for event in page],
    ).values_list("event_id", flat=True)
    known_ids = set(known)
    unknown = [event for event in page if event.get("id") not in known_ids]
    report.events_seen += len(page)
    report.events_new += len(unknown)
    return unknown


def _is_due(name: str, every: timedelta, *, at: datetime) -> bool:
    finished = cursors.cursor_of(name).finished_at
    return finished is None or not timedelta(0) <= at - finished < every


def _reread_unsettled(report: Report, *, at: datetime, dry_run: bool) -> None:
    for kind, ids in _unsettled(at):
        report.unsettled += len(ids)
        _request(report, kind, ids, at=at, dry_run=dry_run)
    if not dry_run:
        cursors.finish(cursors.cursor_of(cursors.UNSETTLED), {}, at=at)


def _unsettled(at: datetime) -> Iterator[tuple[str, list[str]]]:
    """Yield what is ours and may have moved on without a word, in groups of one kind."""
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
    sessions = CheckoutIntent.objects.filter(
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        state=IntentState.OPEN,
        created_at__lt=at - UNCONFIRMED_AFTER,
        stripe_session_id__gt="",
    )
    for kind, ids in (
        (SUBSCRIPTION, subscriptions.values_list("stripe_id", flat=True)),
        (CHECKOUT_SESSION, sessions.values_list("stripe_session_id", flat=True)),
    ):
        for group in in_groups(ids.iterator(chunk_size=1000), PAGE):
            yield kind, list(group)


def _request(report: Report, kind: str, ids: Ids, *, at: datetime, dry_run: bool) -> None:
    if not dry_run:
        report.add_targets(request_many(kind=kind, object_ids=ids, account=conf.stripe_account, at=at))
