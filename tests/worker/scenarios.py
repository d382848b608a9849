"""What happens to a cluster of our own; ``test_own_cluster.py`` runs each of these on one."""

import contextlib
import os
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, connections
from django.test import Client

from tests.billing.conftest import deliver, stripe, stripe_world
from tests.conftest import make_user
from tests.worker.cluster import Cluster
from tests.worker.test_billing_worker import wait_for, worker
from tests.worker.test_kills import assert_each_once, let_leases_end, sweep_until_done
from wagtail_licensing.billing.apply import apply_target
from wagtail_licensing.billing.client import Gateway
from wagtail_licensing.billing.inbox import keep
from wagtail_licensing.conf import now
from wagtail_licensing.models import License, StripeEvent, SyncTarget
from wagtail_licensing.tasks import ring

__all__ = ["deliver", "stripe", "stripe_world", "worker"]

#: How often somebody is heard of before the disk must have been full for one of them.
MOST = 400


@pytest.fixture
def cluster():
    folder, port = os.environ["LICENSING_SCENARIO_CLUSTER"].split(":")
    cluster = Cluster(Path(folder))
    cluster.port = int(port)
    yield cluster
    cluster.make_room()


def news_of(stripe_world, name):
    """Let somebody subscribe; return them and the event."""
    person = make_user(name)
    stripe_world.subscribe(person, stripe_world.monthly)
    return person, stripe_world.events("customer.subscription.created")[-1]


def send(stripe_world, event) -> int:
    """Deliver an event on a connection of its own, as a request does."""
    connections.close_all()
    return stripe_world.send(Client(raise_request_exception=False), event).status_code


class Restarting(Gateway):
    """A line during whose first answer the database is restarted."""

    def __init__(self, cluster) -> None:
        super().__init__()
        self.cluster = cluster

    def get(self, path, **params):
        answer = super().get(path, **params)
        cluster, self.cluster = self.cluster, None
        if cluster:
            cluster.restart()
        return answer


def test_a_restart_while_stripe_is_asked(transactional_db, cluster, stripe_world):
    """The worker comes back with its answer, and its connection is gone."""
    person, event = news_of(stripe_world, "ann")
    (target_id,) = keep(event=event, account="default", at=now())
    # The lease may not be given back either, on a line that is dead; it ends by itself.
    with contextlib.suppress(DatabaseError):
        apply_target(target_id=target_id, at=now(), gateway=Restarting(cluster))
    connections.close_all()
    assert not License.objects.exists()
    assert SyncTarget.objects.get().applied == 0
    let_leases_end()
    SyncTarget.objects.update(next_try=None)
    sweep_until_done()
    assert_each_once([person])


def test_a_disk_without_room_for_one_more_byte(transactional_db, cluster, stripe_world, settings):
    """Stripe hears 503 for what could not be kept and sends it again; what was kept is acted on."""
    settings.WAGTAIL_LICENSING_USE_CELERY = False
    people, events = [], []
    for number in range(5):
        person, event = news_of(stripe_world, f"person{number}")
        people.append(person)
        events.append(event)
    cluster.fill_the_disk()
    answered = {event["id"]: send(stripe_world, event) for event in events}
    copies = iter(range(MOST))
    while 503 not in answered.values():
        # Pages that were there before still take rows: news about these people until one is full.
        event = {**events[0], "id": f"evt_copy{next(copies)}", "padding": "x" * 4000}
        answered[event["id"]] = send(stripe_world, event)
        events.append(event)
    assert set(answered.values()) <= {200, 503}
    cluster.make_room()
    if not is_up():
        cluster.restart()
    wait_for(is_up)
    kept = set(StripeEvent.objects.values_list("event_id", flat=True))
    assert {id_ for id_, status in answered.items() if status == 200} <= kept
    for event in events:
        assert send(stripe_world, event) == 200
    SyncTarget.objects.update(next_try=None)
    for target_id in SyncTarget.objects.values_list("pk", flat=True):
        ring(target_id)
    sweep_until_done()
    assert_each_once(people)


def is_up() -> bool:
    connections.close_all()
    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True
