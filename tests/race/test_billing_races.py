"""Things that happen at the very same time, with and without the guard that makes them harmless."""

import time

import pytest
from django.test import Client

from tests.race.threads import at_once
from wagtail_licensing.billing import customers
from wagtail_licensing.billing import lease as leases
from wagtail_licensing.billing.apply import Outcome, apply_target
from wagtail_licensing.billing.checkout import confirm_checkout
from wagtail_licensing.billing.client import Gateway
from wagtail_licensing.billing.inbox import request_sync
from wagtail_licensing.models import (
    BillingCustomer,
    CheckoutIntent,
    License,
    LicenseEvent,
    StripeEvent,
    SyncTarget,
)

pytestmark = pytest.mark.django_db(transaction=True)


def request(stripe_world, subscription):
    return request_sync(
        kind="subscription",
        object_id=subscription["id"],
        account="default",
        at=stripe_world.now,
    )


def test_twenty_workers_at_one_target_fetch_once(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    target_id = request(stripe_world, subscription)
    fetched = []
    stripe_world.simulator.observers.append(lambda incoming, answer: fetched.append(incoming.path))
    at = stripe_world.now
    results = at_once(*[lambda: apply_target(target_id=target_id, at=at)] * 20)
    outcomes = [result.outcome for result in results]
    assert outcomes.count(Outcome.APPLIED) == 1
    assert outcomes.count(Outcome.NOTHING) == 19
    assert len(fetched) == 1
    assert (License.objects.count(), LicenseEvent.objects.count()) == (1, 1)


def test_without_the_lease_they_all_fetch(stripe_world, alice, monkeypatch):
    """The control: the condition on the lease is what keeps the others out."""
    from django.db.models import Q

    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    target_id = request(stripe_world, subscription)
    fetched = []
    stripe_world.simulator.observers.append(lambda incoming, answer: fetched.append(incoming.path))
    monkeypatch.setattr(leases, "due", lambda at: Q())
    at = stripe_world.now
    at_once(*[lambda: apply_target(target_id=target_id, at=at)] * 5)
    assert len(fetched) > 1


@pytest.mark.parametrize("number", [2, 20])
def test_the_same_event_at_once_is_one_row_one_license_one_line(stripe_world, alice, number):
    stripe_world.subscribe(alice, stripe_world.monthly)
    event = stripe_world.events("customer.subscription.created")[0]
    answers = at_once(*[lambda: stripe_world.send(Client(), event).status_code] * number)
    assert answers == [200] * number
    assert (StripeEvent.objects.count(), SyncTarget.objects.get().requested) == (1, 1)
    assert (License.objects.count(), LicenseEvent.objects.count()) == (1, 1)


def test_different_events_about_one_object_at_once_are_all_applied(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    event = stripe_world.events("customer.subscription.created")[0]
    events = [{**event, "id": f"evt_{number}"} for number in range(10)]
    senders = [lambda each=each: stripe_world.send(Client(), each).status_code for each in events]
    assert at_once(*senders) == [200] * 10
    target = SyncTarget.objects.get(object_id=subscription["id"])
    assert target.requested == target.applied == 10
    assert (License.objects.count(), LicenseEvent.objects.count()) == (1, 1)
    assert not StripeEvent.objects.filter(status="new").exists()


@pytest.mark.parametrize("price", ["monthly", "once"])
def test_webhook_and_return_page_at_once_give_one_license(stripe_world, alice, price):
    intent = stripe_world.buy(alice, getattr(stripe_world, price))
    events = stripe_world.events("checkout.session.completed", "customer.subscription.created")
    at = stripe_world.now
    senders = [lambda each=each: stripe_world.send(Client(), each).status_code for each in events]
    comers = [lambda: confirm_checkout(user=alice, nonce=intent.nonce, at=at).state] * 3
    results = at_once(*senders, *comers)
    assert not [result for result in results if isinstance(result, Exception)]
    intent.refresh_from_db()
    assert intent.state == "completed"
    license = License.objects.get()
    assert (license.state, license.events.count()) == ("active", 1)


def test_two_checkouts_at_once_make_one_customer_and_one_session(stripe_world, alice):
    results = at_once(*[lambda: stripe_world.checkout(alice, stripe_world.monthly)] * 5)
    assert not [result for result in results if isinstance(result, Exception)]
    assert len({intent.session_url for intent in results}) == 1
    assert BillingCustomer.objects.filter(user=alice).count() == 1
    assert CheckoutIntent.objects.count() == 1
    assert len(stripe_world.get("/v1/customers")["data"]) == 1
    assert len(stripe_world.get("/v1/checkout/sessions")["data"]) == 1


def test_without_the_idempotency_key_there_would_be_several_customers(stripe_world, alice, monkeypatch):
    """The control: the key, not luck, makes one customer at Stripe."""
    import uuid

    monkeypatch.setattr(customers, "_idempotency_key", lambda user: str(uuid.uuid4()))
    at_once(*[lambda: stripe_world.checkout(alice, stripe_world.monthly)] * 5)
    assert len(stripe_world.get("/v1/customers")["data"]) > 1
    assert BillingCustomer.objects.filter(user=alice).count() == 1


class Stalling(Gateway):
    """A line whose answer reaches a slow worker only after ``meanwhile`` has happened."""

    def __init__(self, meanwhile) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def get(self, path, **params):
        answer = super().get(path, **params)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return answer


def stalled_worker(stripe_world, subscription):
    """Let a worker stall with old news while another one takes over with the end of it."""
    target_id = request(stripe_world, subscription)

    def meanwhile():
        stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
        request(stripe_world, subscription)
        stripe_world.simulator.advance(minutes=2)
        result = apply_target(target_id=target_id, at=stripe_world.now)
        assert result.outcome is Outcome.APPLIED
        assert License.objects.get().state == "expired"

    return apply_target(target_id=target_id, at=stripe_world.now, gateway=Stalling(meanwhile))


def test_a_worker_that_lost_its_lease_writes_nothing(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    assert stalled_worker(stripe_world, subscription).outcome is Outcome.FENCED
    assert License.objects.get().state == "expired"


def test_without_the_token_the_old_news_would_be_written(stripe_world, alice, monkeypatch):
    """The control: the same stall, and nobody compares the token."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    monkeypatch.setattr(leases, "confirm", lambda lease: True)
    stalled_worker(stripe_world, subscription)
    assert License.objects.get().state == "active"


def test_two_slow_workers_with_changes_in_between_end_right(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    path = f"/v1/subscriptions/{subscription['id']}"

    def change_and_tell(number):
        stripe_world.post(path, cancel_at_period_end=number % 2 == 0)
        target_id = request(stripe_world, subscription)
        time.sleep(0.01)
        return apply_target(target_id=target_id, at=stripe_world.now)

    results = at_once(*[lambda n=n: change_and_tell(n) for n in range(8)])
    assert not [result for result in results if isinstance(result, Exception)]
    stripe_world.sync("subscription", subscription["id"])
    theirs = stripe_world.get(path)
    assert License.objects.get().renews is not theirs["cancel_at_period_end"]
