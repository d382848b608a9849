"""A worker that is killed at the worst moments, again and again: nothing is lost, nothing is doubled."""

import datetime as dt
import random
import time

import pytest
from django.db import transaction
from django.test import Client

from tests.billing.conftest import deliver, stripe, stripe_world
from tests.conftest import make_user
from tests.worker.test_billing_worker import wait_for, worker
from wagtail_licensing import tasks
from wagtail_licensing.billing.sweep import sweep
from wagtail_licensing.conf import now
from wagtail_licensing.models import (
    BillingSubscription,
    License,
    LicenseEvent,
    ProductUserPermission,
    StripeEvent,
    SyncTarget,
)

__all__ = ["deliver", "stripe", "stripe_world", "worker"]

pytestmark = pytest.mark.deep


def let_leases_end() -> None:
    """A minute passes: what a dead worker held is free again."""
    SyncTarget.objects.filter(lease_until__isnull=False).update(
        lease_until=now() - dt.timedelta(seconds=1)
    )


def waiting() -> int:
    return sum(target.requested > target.applied for target in SyncTarget.objects.all())


def sweep_until_done() -> None:
    """Sweep as the beat does, with a worker that stays alive, until nothing waits."""
    deadline = time.monotonic() + 60
    while waiting():
        assert time.monotonic() < deadline, "the sweep did not bring it to an end"
        let_leases_end()
        sweep(at=now(), ring=tasks.ring)
        time.sleep(1)


def test_a_worker_killed_before_the_commit_leaves_nothing_half(worker, stripe_world, alice) -> None:
    """The worker has written everything and waits for one last row, which the test holds."""
    stripe_world.subscribe(alice, stripe_world.monthly)
    event = stripe_world.events("customer.subscription.created")[0]
    worker.kill()
    assert stripe_world.send(Client(), event).status_code == 200
    with transaction.atomic():
        row = StripeEvent.objects.select_for_update().get(event_id=event["id"])
        worker.start()
        wait_for(lambda: blocked_by_us())
        worker.kill()
    assert row.status == "new"
    wait_for(lambda: not blocked_by_us())
    assert not License.objects.exists()
    assert not LicenseEvent.objects.exists()
    assert not BillingSubscription.objects.exists()
    assert waiting() == 1

    worker.start()
    sweep_until_done()
    assert_each_once([alice])


def blocked_by_us() -> bool:
    """Tell whether another session waits for a row that somebody holds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND cardinality(pg_blocking_pids(pid)) > 0"
        )
        return cursor.fetchone()[0] > 0


@pytest.mark.parametrize("seed", range(3))
def test_a_worker_killed_at_any_moment_loses_and_doubles_nothing(worker, stripe_world, seed) -> None:
    """Twelve people buy, the worker dies six times meanwhile, at moments that nobody chose."""
    chance = random.Random(seed)
    people = [make_user(f"person-{number}") for number in range(12)]
    stripe_world.simulator.set_faults(
        api=[{"kind": "status", "status": 500, "path": "/v1/subscriptions/*", "count": 3}]
    )
    for number, person in enumerate(people):
        stripe_world.subscribe(person, stripe_world.monthly)
        events = stripe_world.events("customer.subscription.created", "invoice.paid")
        for event in events[-2:]:
            assert stripe_world.send(Client(), event).status_code == 200
        if number % 2:
            time.sleep(chance.uniform(0, 0.3))
            worker.kill()
            worker.start()
    stripe_world.simulator.clear_faults()
    SyncTarget.objects.update(next_try=None)
    sweep_until_done()
    assert_each_once(people)
    # And another sweep finds nothing to do.
    lines = LicenseEvent.objects.count()
    assert sweep(at=now(), ring=tasks.ring).rung == 0
    assert LicenseEvent.objects.count() == lines


def assert_each_once(people) -> None:
    for person in people:
        license = License.objects.get(user=person)
        assert license.state == "active"
        assert [line.kind for line in license.events.all()] == ["issued"]
        assert ProductUserPermission.objects.filter(user=person, license=license).count() == 1
    assert License.objects.count() == len(people)
    assert not StripeEvent.objects.filter(status="new").exists()
    assert not SyncTarget.objects.filter(is_dead=True).exists()
