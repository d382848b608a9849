"""The third net: every subscription at Stripe against the mirror, and ours that Stripe does not list.

One request and a handful of queries for each 100 subscriptions, newest first. The position is
stored after each page, so that a run that was killed goes on there.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Max

from ..conf import conf
from ..models import BillingSubscription, SyncCursor
from . import cursors
from .client import PAGE, Gateway
from .compare import Seen, compare_page, in_groups
from .errors import Missing
from .projection import ENDED_STATUSES
from .report import Progress, Report

logger = logging.getLogger(__name__)

Json = dict[str, Any]

#: Ids, with the instants at which they were created where those are known.
Ids = list[str] | dict[str, datetime | None]
#: Asks for objects to be read again, and returns nothing.
Request = Callable[[Ids], None]


@dataclass(slots=True)
class _Run:
    gateway: Gateway
    report: Report
    request: Request
    progress: Progress
    at: datetime
    cursor: SyncCursor | None
    seen: Seen
    position: Json
    begun: float

    @property
    def moment(self) -> datetime:
        return self.at + timedelta(seconds=time.monotonic() - self.begun)

    def note(self, page: list[Json]) -> None:
        self.position |= {"after": page[-1].get("id"), "before": page[-1].get("created")}
        if self.cursor is not None:
            self.position["seen"] = self.seen.stored()
            cursors.move(self.cursor, self.position, at=self.moment)


def compare_all(
    gateway: Gateway,
    report: Report,
    *,
    request: Request,
    progress: Progress,
    at: datetime,
    dry_run: bool,
    most: int | None = None,
) -> None:
    """Compare everything. Does nothing while another run is alive; ``dry_run`` stores no position.

    ``most`` is the number of subscriptions after which the list is left.

    Raises ``StripeFailure``; what was compared until then is not compared again.
    """
    cursor = None if dry_run else cursors.take_run(cursors.EVERYTHING, at=at)
    if cursor is None and not dry_run:
        report.busy = True
        return
    run = _begin(gateway, report, request, progress, at, cursor)
    try:
        _list(run, most)
        if not report.truncated:
            _look_for_the_unlisted(run)
    except BaseException:
        if cursor is not None:
            cursors.give_up(cursor, at=run.moment)
        raise
    if cursor is not None:
        cursors.finish(cursor, {}, at=run.moment)


def _begin(
    gateway: Gateway,
    report: Report,
    request: Request,
    progress: Progress,
    at: datetime,
    cursor: SyncCursor | None,
) -> _Run:
    position = dict(cursor.position) if cursor is not None else {}
    report.resumed = bool(position)
    if not position:
        position = {"top": _mirrored().aggregate(top=Max("pk"))["top"] or 0}
    seen = Seen(position["top"], position.get("seen", ""))
    return _Run(gateway, report, request, progress, at, cursor, seen, position, time.monotonic())


def _mirrored() -> Any:
    return BillingSubscription.objects.filter(account=conf.stripe_account, livemode=conf.stripe_livemode)


def _list(run: _Run, most: int | None) -> None:
    if run.position.get("listed"):
        return
    total = _mirrored().count()
    for page in subscriptions_after(run.gateway, run.position):
        compared = compare_page(page)
        for key in compared.seen:
            run.seen.add(key)
        run.report.subscriptions_seen += len(page)
        run.report.foreign += compared.foreign
        _ask(run, compared.differing)
        run.note(page)
        if most is not None and run.report.subscriptions_seen >= most:
            run.report.truncated = True
            return
        run.progress(run.report.subscriptions_seen, max(total, run.report.subscriptions_seen))
    run.position["listed"] = True


def subscriptions_after(gateway: Gateway, position: Json) -> Iterator[list[Json]]:
    """Yield all subscriptions in pages, newest first, from where a run stopped.

    ``position`` has ``after`` and ``before``, the id of the last one and when it was created, or
    neither. That subscription may be gone by now.
    """
    after, before = position.get("after"), position.get("before")
    path = "/v1/subscriptions"
    if not after:
        yield from gateway.batches(path, status="all")
        return
    try:
        yield from gateway.batches(path, status="all", starting_after=after)
    except Missing:
        logger.info("Subscription %s is gone; the run goes on by date", after)
        yield from gateway.batches(path, status="all", created={"lte": before})


def _look_for_the_unlisted(run: _Run) -> None:
    living = _mirrored().filter(is_gone=False, pk__lte=run.seen.top).exclude(status__in=ENDED_STATUSES)
    rows = living.order_by("pk").values_list("pk", "stripe_id").iterator(chunk_size=1000)
    unlisted = (stripe_id for key, stripe_id in rows if key not in run.seen)
    for ids in in_groups(unlisted, PAGE):
        _ask(run, list(ids))


def _ask(run: _Run, ids: Ids) -> None:
    run.report.differing += len(ids)
    if ids:
        run.request(ids)
