"""The same event from many deliveries at once, and many processes that begin the same full run."""

import time

import pytest
from django.test import Client

from tests.race.threads import at_once
from wagtail_licensing import tasks
from wagtail_licensing.billing import cursors, inbox
from wagtail_licensing.models import StripeEvent, SyncCursor, SyncTarget

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def event(stripe_world, alice, monkeypatch):
    monkeypatch.setattr(tasks, "ring", lambda target_id: None)
    stripe_world.subscribe(alice, stripe_world.monthly)
    return stripe_world.events("customer.subscription.created")[0]


def test_one_event_twenty_times_at_once_is_one_request(stripe_world, event):
    senders = [lambda: stripe_world.send(Client(), event).status_code] * 20
    assert at_once(*senders) == [200] * 20
    assert StripeEvent.objects.count() == 1
    assert SyncTarget.objects.get().requested == 1


def test_without_the_answer_of_the_insert_each_would_be_a_request(stripe_world, event, monkeypatch):
    """The control: who only ignores the conflict does not know that the event was there."""

    def ignoring(row):
        StripeEvent.objects.bulk_create([row], ignore_conflicts=True)
        return True

    monkeypatch.setattr(inbox, "insert_unless_known", ignoring)
    senders = [lambda: stripe_world.send(Client(), event).status_code] * 20
    assert at_once(*senders) == [200] * 20
    assert StripeEvent.objects.count() == 1
    assert SyncTarget.objects.get().requested == 20


def test_ten_processes_begin_one_full_run(stripe_world):
    cursors.cursor_of("everything")
    at = stripe_world.now
    runs = at_once(*[lambda: cursors.take_run("everything", at=at)] * 10)
    assert sum(isinstance(run, SyncCursor) for run in runs) == 1
    assert sum(run is None for run in runs) == 9


def test_who_looks_before_taking_begins_several(stripe_world):
    """The control: the same with a look and a write, in place of one statement."""
    cursors.cursor_of("everything")
    at = stripe_world.now

    def take():
        cursor = cursors.cursor_of("everything")
        if cursor.started_at is not None:
            return None
        time.sleep(0.2)
        cursor.started_at = at
        cursor.save()
        return cursor

    assert sum(isinstance(run, SyncCursor) for run in at_once(*[take] * 10)) > 1
