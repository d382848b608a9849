"""Celery shells: fetch by id, one call. Task names are a promise to messages in flight.

Celery is a doorbell; the tables are the queue. A ring that is lost is made up for by the sweep.
Every task takes arguments that it does not know, so that an older worker survives a newer site.
"""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from celery import shared_task
from django.db import transaction

from .billing import apply, reconcile, sweep
from .billing.client import inside_transaction
from .conf import conf, now

logger = logging.getLogger(__name__)

#: Targets that one ring may lead to in this process before the rest is left to the sweep.
MAX_STEPS = 20


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
            apply_target.apply_async(args=[target_id], retry=False)
        else:
            _run(target_id)
    except Exception:
        logger.exception("Target %s was not reached; the sweep will find it", target_id)


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


@shared_task(name="wagtail_licensing.sweep", ignore_result=True)
def sweep_waiting(**kwargs: Any) -> None:
    """Ring for what waits, and end what is due."""
    sweep.sweep(at=now(), ring=ring)


@shared_task(name="wagtail_licensing.reconcile", ignore_result=True)
def reconcile_with_stripe(everything: bool = False, **kwargs: Any) -> None:
    """Compare with Stripe, and ring for what differs."""
    if not conf.stripe_secret_key:
        return
    report = reconcile.reconcile(at=now(), everything=everything)
    for target_id in report.targets:
        ring(target_id)


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
    }
