"""Things that happen at the very same time, with and without the guard that makes them harmless."""

import threading
import time

import pytest
from django.db.models import F
from django.test import Client

from tests.conftest import make_user
from tests.race.threads import at_once
from wagtail_licensing.billing import apply, claims, customers
from wagtail_licensing.billing import lease as leases
from wagtail_licensing.billing.apply import Outcome, apply_target
from wagtail_licensing.billing.batch import apply_batch
from wagtail_licensing.billing.checkout import confirm_checkout
from wagtail_licensing.billing.client import Gateway
from wagtail_licensing.billing.inbox import keep_many, request_sync
from wagtail_licensing.models import (
    BillingCustomer,
    CheckoutIntent,
    License,
    LicenseEvent,
    StripeEvent,
    SyncTarget,
)
from wagtail_licensing.testing import make_team

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
    """Pitfall 8."""
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
    """Pitfall 11."""
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


class Probe:
    """Counts how many are inside of a function at the same moment; it takes them a while."""

    def __init__(self, real) -> None:
        self.real, self.inside, self.most = real, 0, 0
        self.lock = threading.Lock()

    def __call__(self, *args, **kwargs):
        with self.lock:
            self.inside += 1
            self.most = max(self.most, self.inside)
        time.sleep(0.2)
        try:
            return self.real(*args, **kwargs)
        finally:
            with self.lock:
                self.inside -= 1


def write_at_once(stripe_world, user, monkeypatch):
    """Let the webhook and the return page come at once; return how many wrote at the same moment."""
    intent = stripe_world.buy(user, stripe_world.once)
    (event,) = stripe_world.events("checkout.session.completed")
    probe = Probe(apply.write_session)
    monkeypatch.setattr(apply, "write_session", probe)
    at = stripe_world.now
    at_once(
        lambda: stripe_world.send(Client(), event),
        *[lambda: confirm_checkout(user=user, nonce=intent.nonce, at=at)] * 3,
    )
    return probe.most


def test_webhook_and_return_page_write_one_after_the_other(stripe_world, alice, monkeypatch):
    assert write_at_once(stripe_world, alice, monkeypatch) == 1
    assert (License.objects.count(), LicenseEvent.objects.count()) == (1, 1)


def test_without_the_lease_webhook_and_return_page_write_at_once(stripe_world, alice, monkeypatch):
    """The control: they do meet. What then still keeps the license one is the unique payment."""
    from django.db.models import Q

    monkeypatch.setattr(leases, "due", lambda at: Q())
    monkeypatch.setattr(leases, "confirm", lambda lease: True)
    assert write_at_once(stripe_world, alice, monkeypatch) > 1
    assert License.objects.count() == 1


def test_two_checkouts_at_once_make_one_customer_and_one_session(stripe_world, alice):
    results = at_once(*[lambda: stripe_world.checkout(alice, stripe_world.monthly)] * 5)
    assert not [result for result in results if isinstance(result, Exception)]
    assert len({intent.session_url for intent in results}) == 1
    assert BillingCustomer.objects.filter(user=alice).count() == 1
    assert CheckoutIntent.objects.count() == 1
    assert len(stripe_world.get("/v1/customers")["data"]) == 1
    assert len(stripe_world.get("/v1/checkout/sessions")["data"]) == 1


@pytest.mark.parametrize("round_", range(3))
def test_two_who_buy_for_one_organization_at_once_have_one_page_at_most(
    stripe_world, alice, bob, round_
):
    office = make_team("Office", alice, managers=[bob])

    def click(user, quantity):
        return stripe_world.checkout(user, stripe_world.seats, organization=office, quantity=quantity)

    results = at_once(lambda: click(alice, 1), lambda: click(bob, 2))
    assert not [result for result in results if isinstance(result, Exception)]
    assert BillingCustomer.objects.get().organization == office
    assert len(stripe_world.get("/v1/customers")["data"]) == 1
    sessions = stripe_world.get("/v1/checkout/sessions")["data"]
    assert len(sessions) == 2
    assert sum(session["status"] == "open" for session in sessions) <= 1


def test_without_the_idempotency_key_there_would_be_several_customers(stripe_world, alice, monkeypatch):
    """The control: the key, not luck, makes one customer at Stripe."""
    import uuid

    def another_key(user, organization):
        time.sleep(0.5)  # until everybody has seen that there is no customer yet
        return str(uuid.uuid4())

    monkeypatch.setattr(customers, "_idempotency_key", another_key)
    at_once(*[lambda: stripe_world.checkout(alice, stripe_world.monthly)] * 5)
    assert len(stripe_world.get("/v1/customers")["data"]) > 1
    assert BillingCustomer.objects.filter(user=alice).count() == 1


def backlog_of(stripe_world, number):
    for each in range(number):
        stripe_world.subscribe(make_user(f"member{each}"), stripe_world.monthly)
    keep_many(events=stripe_world.events(), account="default", at=stripe_world.now)


def test_workers_that_take_batches_at_once_share_them(stripe_world):
    """Each is taken by one of them; nobody waits for rows that another is taking."""
    backlog_of(stripe_world, 12)
    at = stripe_world.now
    taken = at_once(*[lambda: claims.take_many(kind="subscription", at=at, limit=4)] * 4)
    ids = [lease.target_id for leases in taken for lease in leases]
    assert len(ids) == len(set(ids)) == 12
    assert set(SyncTarget.objects.filter(pk__in=ids).values_list("token", flat=True)) == {1}


def test_without_the_lock_they_would_take_the_same(stripe_world, monkeypatch):
    """The control: rows that are looked up first and taken later are taken twice."""
    backlog_of(stripe_world, 12)
    at = stripe_world.now

    def looked_up(chosen, at):
        rows = list(chosen)
        time.sleep(0.3)
        SyncTarget.objects.filter(pk__in=[row.pk for row in rows]).update(token=F("token") + 1)
        return rows

    monkeypatch.setattr(claims, "_take_rows", looked_up)
    taken = at_once(*[lambda: claims.take_many(kind="subscription", at=at, limit=4)] * 4)
    ids = [lease.target_id for leases in taken for lease in leases]
    assert len(ids) > len(set(ids))


def test_batches_at_once_beside_single_workers_write_each_license_once(stripe_world):
    backlog_of(stripe_world, 12)
    at = stripe_world.now
    ids = list(SyncTarget.objects.filter(kind="subscription").values_list("pk", flat=True))
    singles = [lambda each=each: apply_target(target_id=each, at=at) for each in ids[:4]]
    results = at_once(*[lambda: apply_batch(at=at, limit=5)] * 3, *singles)
    assert not [result for result in results if isinstance(result, Exception)]
    apply_batch(at=at)
    assert License.objects.count() == LicenseEvent.objects.count() == 12
    assert not SyncTarget.objects.filter(kind="subscription", requested__gt=F("applied")).exists()


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
