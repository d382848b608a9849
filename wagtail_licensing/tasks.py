"""Celery shells: fetch by id, one call. Task names are a promise to messages in flight.

Celery is a doorbell; the tables are the queue. A ring that is lost is made up for by the sweep.
Every task takes arguments that it does not know, so that an older worker survives a newer site.
"""

import logging
import time
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from celery import shared_task
from django.db import transaction
from django.db.models import F

from . import imports
from .billing import apply, backlog, closing, invoices, reconcile, revenue, stop, sweep
from .billing.client import inside_transaction
from .billing.compare import in_groups
from .billing.report import Progress, silent
from .billing.targets import SUBSCRIPTION
from .conf import conf, now
from .gates.files.counting import purge_downloads
from .models import SyncTarget
from .notices import purge, remind, send
from .privacy import waiting
from .reports import snapshots
from .teams import expire_offers, forget_offers

logger = logging.getLogger(__name__)

#: Targets that one ring may lead to in this process before the rest is left to the sweep.
MAX_STEPS = 20

#: Seconds for which a broker that did not answer is left alone by this process.
BROKER_PAUSE = 30


def ring(target_id: int) -> None:
    """Have a target read: by a worker, or at once in this process where there is no broker.

    Never raises: a target that was not reached keeps waiting, and the sweep finds it. Inside a
    transaction it rings after the commit.
    """
    if inside_transaction():
        transaction.on_commit(partial(_ring, target_id))
    else:
        _ring(target_id)


def _ring(target_id: int) -> None:
    try:
        if conf.use_celery:
            _hand_over(apply_target, target_id)
        else:
            _run(target_id)
    except Exception:
        logger.exception("Target %s was not reached; the sweep will find it", target_id)


def ring_for_all(target_ids: Sequence[int], *, progress: Progress = silent) -> None:
    """Have many targets read: subscriptions in batches, the rest one after the other.

    Never raises, as :func:`ring`. Not inside a transaction.
    """
    if len(target_ids) < backlog.WORTH:
        left, done = list(target_ids), 0
    else:
        done = _work_off(progress)
        left = _left(target_ids)
    for number, target_id in enumerate(left, start=1):
        ring(target_id)
        progress(done + number, done + len(left))


def _work_off(progress: Progress) -> int:
    try:
        if not conf.use_celery:
            return backlog.apply_backlog(at=now(), progress=progress)
        _hand_over(apply_backlog)
    except Exception:
        logger.exception("A backlog was not reached; the sweep will find it")
    return 0


def _left(target_ids: Sequence[int]) -> list[int]:
    """Return which targets still have to be rung for: not what a worker reads in batches."""
    waiting = SyncTarget.objects.filter(requested__gt=F("applied"), is_dead=False)
    if conf.use_celery:
        waiting = waiting.exclude(kind=SUBSCRIPTION)
    left: list[int] = []
    for some in in_groups(target_ids, 500):
        left += waiting.filter(pk__in=some).order_by("pk").values_list("pk", flat=True)
    return left


class _Broker:
    """When this process may try the broker again. To find out that it is away takes seconds, and
    each answer to Stripe would wait for them."""

    away_until = 0.0


def _hand_over(task: Any, *args: Any) -> None:
    if time.monotonic() < _Broker.away_until:
        return
    try:
        task.apply_async(args=list(args), retry=False)
    except Exception:
        _Broker.away_until = time.monotonic() + BROKER_PAUSE
        raise


def _run(target_id: int) -> None:
    waiting = [target_id]
    for _ in range(MAX_STEPS):
        if not waiting:
            return
        waiting += apply.apply_target(target_id=waiting.pop(0), at=now()).next_targets


@shared_task(name="wagtail_licensing.apply_target", ignore_result=True)
def apply_target(target_id: int, **kwargs: Any) -> None:
    """Read an object that changed, and ring for those that it leads to."""
    for next_target in apply.apply_target(target_id=target_id, at=now()).next_targets:
        ring(next_target)


@shared_task(name="wagtail_licensing.apply_backlog", ignore_result=True)
def apply_backlog(**kwargs: Any) -> None:
    """Apply subscriptions that wait, in batches."""
    backlog.apply_backlog(at=now(), seconds=sweep.MOST_SECONDS)


#: Mails that a request sends itself where there is no broker; the rest is left to the sweep.
MAILS_AT_ONCE = 5


def ring_mail(**kwargs: Any) -> None:
    """Have mails sent that were just written down: by a worker, or at once where there is no broker.

    Never raises: a mail that was not sent keeps waiting, and the sweep finds it.
    """
    try:
        if conf.use_celery:
            _hand_over(send_mail)
        elif not inside_transaction():
            send.send_waiting(at=now(), limit=MAILS_AT_ONCE)
    except Exception:
        logger.exception("Mails were not sent; the sweep will find them")


@shared_task(name="wagtail_licensing.send_mail", ignore_result=True)
def send_mail(**kwargs: Any) -> None:
    """Send the mails that wait."""
    send.send_waiting(at=now())


def ring_checkouts() -> None:
    """Have the checkout pages closed of who may not buy for an organization any more: by a worker, or
    at once in this process where there is no broker.

    Never raises: a page that was not closed is found by the sweep.
    """
    try:
        if conf.use_celery:
            _hand_over(close_checkouts)
        elif not inside_transaction():
            closing.close_without_right(at=now())
    except Exception:
        logger.exception("Checkout pages were not closed; the sweep will find them")


@shared_task(name="wagtail_licensing.close_checkouts", ignore_result=True)
def close_checkouts(**kwargs: Any) -> None:
    """Close the checkout pages of who may not buy for an organization any more."""
    closing.close_without_right(at=now())


#: Seconds for which a request goes on with an import where there is no broker, and a sweep anywhere.
IMPORT_AT_ONCE = 20


def ring_import(import_id: int) -> None:
    """Have an import go on: by a worker, or for a while in this process where there is no broker.

    Never raises: what was not done waits, and the sweep goes on with it.
    """
    try:
        if conf.use_celery:
            _hand_over(advance_import, import_id)
        else:
            imports.advance(import_id=import_id, clock=now, seconds=IMPORT_AT_ONCE)
    except Exception:
        logger.exception("Import %s stopped; the sweep will go on with it", import_id)


@shared_task(name="wagtail_licensing.advance_import", ignore_result=True)
def advance_import(import_id: int, **kwargs: Any) -> None:
    """Go on with an import to its end."""
    imports.advance(import_id=import_id, clock=now)


def go_on_with_imports() -> int:
    """Have imports that are under way go on, and forget old lists. Return how many there were."""
    waiting = imports.unfinished()
    for import_id in waiting:
        ring_import(import_id)
    imports.purge_rows(at=now())
    return len(waiting)


@shared_task(name="wagtail_licensing.sweep", ignore_result=True)
def sweep_waiting(**kwargs: Any) -> None:
    """Ring for what waits, end what is due, send mails, and go on with imports."""
    sweep.sweep(at=now(), ring=ring)
    read_invoices_and_delete_accounts()
    purge_downloads(at=now())
    expire_offers(at=now())
    forget_offers(at=now())
    remind_and_send()
    go_on_with_imports()
    purge.purge_mails(at=now())


def read_invoices_and_delete_accounts() -> int:
    """Read the invoices that are old, close the checkout pages of who may not buy any more, and ring for
    the deletions that are due; return how many."""
    ring_checkouts()
    invoices.read_old_invoices(at=now())
    due = waiting.due(at=now())
    for deletion_id in due:
        ring_deletion(deletion_id)
    return len(due)


def remind_and_send() -> send.Sending:
    """Write down the reminders that are due, and send what waits."""
    remind.remind(at=now())
    return send.send_waiting(at=now())


def ring_deletion(deletion_id: int) -> None:
    """Have an account deleted: by a worker, or at once in this process where there is no broker.

    Never raises: a deletion that was not reached keeps waiting, and the sweep finds it.
    """
    try:
        if conf.use_celery:
            _hand_over(delete_account, deletion_id)
        else:
            waiting.carry_out(deletion_id=deletion_id, stop=stop.stop_charging, at=now())
    except Exception:
        logger.exception("Deletion %s was not reached; the sweep will find it", deletion_id)


@shared_task(name="wagtail_licensing.delete_account", ignore_result=True)
def delete_account(deletion_id: int, **kwargs: Any) -> None:
    """Stop what is charged, and delete the account when nothing runs any more."""
    waiting.carry_out(deletion_id=deletion_id, stop=stop.stop_charging, at=now())


@shared_task(name="wagtail_licensing.reconcile", ignore_result=True)
def reconcile_with_stripe(everything: bool = False, **kwargs: Any) -> None:
    """Compare with Stripe as far as that is due, and ring for what differs."""
    if not conf.stripe_secret_key:
        return
    report = reconcile.reconcile(at=now(), everything=everything, only_due=True)
    ring_for_all(report.targets)


@shared_task(name="wagtail_licensing.figures", ignore_result=True)
def keep_figures(**kwargs: Any) -> None:
    """Write down what is known by the clock alone, and the figures of the days that are over."""
    write_figures()


def write_figures(*, anew: bool = False) -> int:
    """End the discounts that are over and take the snapshots that are due, or all of them ``anew``.
    Returns how many days were written."""
    revenue.end_discounts(at=now())
    if anew:
        return snapshots.rebuild_snapshots(at=now())
    return snapshots.take_snapshots(at=now())


def beat_schedule() -> dict[str, dict[str, Any]]:
    """Return the entries for Celery beat: ``app.conf.beat_schedule.update(beat_schedule())``."""
    return {
        "wagtail_licensing.sweep": {
            "task": "wagtail_licensing.sweep",
            "schedule": timedelta(minutes=1),
        },
        "wagtail_licensing.reconcile": {
            "task": "wagtail_licensing.reconcile",
            "schedule": timedelta(minutes=10),
        },
        "wagtail_licensing.reconcile_everything": {
            "task": "wagtail_licensing.reconcile",
            "schedule": timedelta(days=1),
            "kwargs": {"everything": True},
        },
        "wagtail_licensing.figures": {
            "task": "wagtail_licensing.figures",
            "schedule": timedelta(hours=1),
        },
    }
