"""The broker loses everything, is not there, or the database is restarted: the tables know it all."""

import time

import pytest
from celery import current_app
from django.db import connection
from django.test import Client

from tests.billing.conftest import deliver, stripe, stripe_world
from tests.conftest import make_user
from tests.worker.conftest import empty_redis
from tests.worker.test_billing_worker import wait_for, worker
from tests.worker.test_kills import assert_each_once, sweep_until_done
from wagtail_licensing.models import License, StripeEvent, SyncTarget

__all__ = ["deliver", "stripe", "stripe_world", "worker"]


def buy(stripe_world, names):
    """Let people subscribe and Stripe tell us; return them."""
    people = [make_user(name) for name in names]
    for person in people:
        stripe_world.subscribe(person, stripe_world.monthly)
        event = stripe_world.events("customer.subscription.created")[-1]
        assert stripe_world.send(Client(), event).status_code == 200
    return people


@pytest.mark.deep
def test_a_broker_that_forgets_everything_loses_nothing(worker, stripe_world):
    worker.kill()
    people = buy(stripe_world, ["ann", "ben", "cem"])
    empty_redis(worker.app.conf.broker_transport_options["global_keyprefix"])
    worker.start()
    time.sleep(1)
    assert not License.objects.exists()
    sweep_until_done()
    assert_each_once(people)


def test_a_broker_that_is_away_delays_no_answer_and_loses_nothing(
    transactional_db, stripe_world, settings, monkeypatch
):
    """The webhook keeps the event and answers; without a worker, the sweep does the work."""
    from tests.celery_app import make_app
    from wagtail_licensing import tasks

    monkeypatch.setattr(tasks._Broker, "away_until", 0.0)

    former = current_app._get_current_object()
    app = make_app(broker_url="redis://127.0.0.1:1/0", result_backend=None)
    app.set_current()
    app.set_default()
    settings.WAGTAIL_LICENSING_USE_CELERY = True
    try:
        begun = time.monotonic()
        people = buy(stripe_world, ["ann", "ben", "cem", "dan"])
        assert time.monotonic() - begun < 20, "only the first of them waits for the broker"
    finally:
        app.close()
        former.set_current()
        former.set_default()
    assert StripeEvent.objects.filter(status="new").count() == 4
    assert not License.objects.exists()
    settings.WAGTAIL_LICENSING_USE_CELERY = False
    sweep_until_done()
    assert_each_once(people)


@pytest.mark.deep
def test_a_database_that_is_restarted_under_the_worker_loses_nothing(worker, stripe_world):
    """Every connection of the worker ends while it waits for Stripe."""
    stripe_world.simulator.set_faults(
        api=[{"kind": "hang", "seconds": 2, "path": "/v1/subscriptions/*", "count": 2}]
    )
    people = buy(stripe_world, ["ann", "ben"])
    wait_for(lambda: SyncTarget.objects.filter(token__gte=1).count() == 2)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert cursor.rowcount >= 1
    time.sleep(3)
    SyncTarget.objects.update(next_try=None)
    sweep_until_done()
    assert_each_once(people)
