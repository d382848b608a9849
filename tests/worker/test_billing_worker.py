"""The way of a Stripe event through a real broker and a real worker, and what a power cut leaves."""

import datetime as dt
import time

import pytest
from django.test import Client

from tests.billing.conftest import deliver, stripe, stripe_world
from wagtail_licensing import tasks
from wagtail_licensing.billing.lease import due
from wagtail_licensing.billing.sweep import sweep
from wagtail_licensing.conf import now
from wagtail_licensing.models import License, LicenseEvent, StripeEvent, SyncTarget

__all__ = ["deliver", "stripe", "stripe_world"]


@pytest.fixture
def worker(transactional_db, stripe, monkeypatch, settings, request):
    """A worker that speaks to the simulator of this test."""
    monkeypatch.setenv("WAGTAIL_LICENSING_TEST_STRIPE_API_BASE", stripe.base_url)
    worker = request.getfixturevalue("celery_worker")
    settings.WAGTAIL_LICENSING_USE_CELERY = True
    return worker


def wait_for(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it did not happen in time")


def test_the_webhook_answers_and_the_worker_gives_the_license(worker, stripe_world, alice):
    intent = stripe_world.buy(alice, stripe_world.monthly)
    for event in stripe_world.events("checkout.", "customer.subscription."):
        assert stripe_world.send(Client(), event).status_code == 200
    wait_for(lambda: License.objects.filter(state="active").exists())
    wait_for(lambda: not StripeEvent.objects.filter(status="new").exists())
    intent.refresh_from_db()
    assert intent.state == "completed"
    assert (License.objects.count(), LicenseEvent.objects.count()) == (1, 1)


def test_a_worker_killed_in_the_middle_loses_nothing(worker, stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    event = stripe_world.events("customer.subscription.created")[0]
    stripe_world.simulator.set_faults(
        api=[{"kind": "hang", "seconds": 5, "path": "/v1/subscriptions/*", "count": 1}]
    )
    assert stripe_world.send(Client(), event).status_code == 200
    targets = SyncTarget.objects.filter(object_id=subscription["id"])
    wait_for(lambda: targets.filter(token=1).exists())
    worker.kill()
    assert not License.objects.exists()
    assert targets.get().applied == 0

    # A minute later the lease is over, and the sweep finds what the dead worker left.
    targets.update(lease_until=now() - dt.timedelta(seconds=1))
    worker.start()
    assert sweep(at=now(), ring=tasks.ring).rung == 1
    wait_for(lambda: targets.filter(applied=1).exists())
    assert License.objects.get().state == "active"
    assert LicenseEvent.objects.count() == 1


def test_a_ring_while_the_worker_is_dead_is_made_up_for(worker, stripe_world, alice):
    """Mostly the next worker hears it. A broker that has not seen the death yet may hand it to the
    dead one, and then the sweep, which beat rings each minute, finds the target that waits."""
    stripe_world.subscribe(alice, stripe_world.monthly)
    event = stripe_world.events("customer.subscription.created")[0]
    worker.kill()
    assert stripe_world.send(Client(), event).status_code == 200
    assert not License.objects.exists()
    worker.start()
    sweep(at=now(), ring=tasks.ring)
    wait_for(lambda: License.objects.exists())
    wait_for(lambda: not SyncTarget.objects.filter(due(now())).exists())
    assert (License.objects.count(), LicenseEvent.objects.count()) == (1, 1)
