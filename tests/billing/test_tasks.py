"""The doorbell: at once without a broker, after the commit, and never in the way."""

import pytest
from django.db import transaction

from wagtail_licensing import tasks
from wagtail_licensing.billing.inbox import request_sync
from wagtail_licensing.models import License, SyncTarget

pytestmark = pytest.mark.django_db


def test_the_names_of_tasks_are_a_promise():
    names = {entry["task"] for entry in tasks.beat_schedule().values()}
    assert names == {"wagtail_licensing.sweep", "wagtail_licensing.reconcile"}
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
