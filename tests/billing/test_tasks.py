"""The doorbell: at once without a broker, after the commit, and never in the way."""

import pytest
from django.db import transaction

from wagtail_licensing import tasks
from wagtail_licensing.billing.inbox import request_sync
from wagtail_licensing.models import License, SyncTarget

pytestmark = pytest.mark.django_db


def test_the_names_of_tasks_are_a_promise():
    names = {entry["task"] for entry in tasks.beat_schedule().values()}
    promised = {"sweep", "reconcile", "figures"}
    assert names == {f"wagtail_licensing.{name}" for name in promised}
    assert tasks.apply_target.name == "wagtail_licensing.apply_target"


def test_tasks_take_arguments_of_a_later_version(stripe_world):
    tasks.apply_target(0, priority="high")
    tasks.sweep_waiting(region="eu")
    tasks.reconcile_with_stripe(since="yesterday")


def test_without_a_key_there_is_nothing_to_compare(settings):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""
    tasks.reconcile_with_stripe()


def test_a_ring_inside_a_transaction_waits_for_the_commit(
    stripe_world, alice, django_capture_on_commit_callbacks
):
    """Pitfall 34."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    with django_capture_on_commit_callbacks() as callbacks, transaction.atomic():
        target_id = request_sync(
            kind="subscription",
            object_id=subscription["id"],
            account="default",
            at=stripe_world.now,
        )
        tasks.ring(target_id)
        assert SyncTarget.objects.get(pk=target_id).token == 0
    assert not License.objects.exists()
    for callback in callbacks:
        callback()
    assert License.objects.get().state == "active"


def test_with_a_broker_the_target_is_handed_over(stripe_world, settings, monkeypatch):
    settings.WAGTAIL_LICENSING_USE_CELERY = True
    sent = []
    monkeypatch.setattr(
        tasks.apply_target, "apply_async", lambda args, **options: sent.append((args, options))
    )
    tasks.ring(7)
    assert sent == [([7], {"retry": False})]


@pytest.fixture
def broker(stripe_world, settings, monkeypatch):
    """A broker that is away or not, and the attempts to reach it."""
    settings.WAGTAIL_LICENSING_USE_CELERY = True
    monkeypatch.setattr(tasks._Broker, "away_until", 0.0)

    class Broker:
        is_away, attempts, instant = True, 0, 1000.0

        def send(self, args, **options):
            self.attempts += 1
            if self.is_away:
                raise OSError("connection refused")

    broker = Broker()
    monkeypatch.setattr(tasks.apply_target, "apply_async", broker.send)
    monkeypatch.setattr(tasks.send_mail, "apply_async", broker.send)
    monkeypatch.setattr(tasks.time, "monotonic", lambda: broker.instant)
    return broker


def test_a_broker_that_is_away_is_left_alone_for_a_while(broker):
    for target_id in range(200):
        tasks.ring(target_id)
    assert broker.attempts == 1
    broker.instant += tasks.BROKER_PAUSE - 0.1
    tasks.ring(7)
    assert broker.attempts == 1
    broker.instant += 0.1
    tasks.ring(7)
    assert broker.attempts == 2


def test_mails_do_not_wait_for_a_broker_that_is_known_to_be_away(broker):
    for _ in range(5):
        tasks.ring_mail()
    tasks.ring(7)
    assert broker.attempts == 1
    broker.instant += tasks.BROKER_PAUSE
    broker.is_away = False
    tasks.ring_mail()
    tasks.ring_mail()
    assert broker.attempts == 3


def test_a_broker_that_is_back_is_rung_each_time(broker):
    broker.is_away = False
    for target_id in range(5):
        tasks.ring(target_id)
    assert broker.attempts == 5


def test_the_task_rings_for_what_comes_next(stripe_world, alice):
    intent = stripe_world.buy(alice, stripe_world.monthly)
    target_id = request_sync(
        kind="checkout.session",
        object_id=intent.stripe_session_id,
        account="default",
        at=stripe_world.now,
    )
    tasks.apply_target(target_id)
    assert License.objects.get().state == "active"


def test_a_target_of_a_kind_that_nobody_reads_is_kept(stripe_world):
    target_id = request_sync(
        kind="from_the_future", object_id="x_1", account="default", at=stripe_world.now
    )
    tasks.ring(target_id)
    assert SyncTarget.objects.get(pk=target_id).error == "crashed: LookupError"
