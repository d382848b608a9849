"""Many that wait, applied at once: what comes out is what one by one would have made of them."""

import random
from contextlib import contextmanager

import pytest
from django.db import OperationalError, transaction
from django.db.models import F

from example_site.stripe_simulator.errors import StripeError
from tests.benchmarks.measure import statements
from tests.billing.tables import final_tables, undone
from tests.conftest import STAFF, make_user
from wagtail_licensing import tasks
from wagtail_licensing.billing import backlog, claims, lease, listed, subscriptions
from wagtail_licensing.billing import batch as batches
from wagtail_licensing.billing.apply import apply_target
from wagtail_licensing.billing.batch import apply_batch
from wagtail_licensing.billing.client import Gateway
from wagtail_licensing.billing.errors import StripeFailure
from wagtail_licensing.billing.hints import creation_of
from wagtail_licensing.billing.inbox import keep_many, request_many
from wagtail_licensing.billing.listed import list_subscriptions
from wagtail_licensing.billing.reconcile import reconcile
from wagtail_licensing.billing.sweep import sweep
from wagtail_licensing.licenses import LicenseError, invite_to_seat
from wagtail_licensing.models import (
    BillingSubscription,
    License,
    LicenseEvent,
    StripeEvent,
    SyncTarget,
)

pytestmark = pytest.mark.django_db

FEW, MANY = range(3), range(3, 60)


class Town:
    """People with subscriptions, and a die for what becomes of those."""

    def __init__(self, world, seed: int, people: int = 5) -> None:
        self.world, self.die = world, random.Random(seed)
        self.people = [make_user(f"person{number}") for number in range(people)]
        self.ids: list[str] = []

    def subscribe(self, number: int) -> None:
        prices = [self.world.monthly, self.world.yearly, self.world.seats, self.world.unmapped]
        for _ in range(number):
            chosen = self.die.sample(prices, self.die.choice([1, 1, 1, 2]))
            monthly = [price for price in chosen if price is not self.world.yearly]
            subscription = self.world.subscribe(
                self.die.choice(self.people),
                *(monthly or chosen),
                quantity=self.die.randint(1, 3),
                trial_period_days=self.die.choice([0, 0, 14]),
            )
            self.ids.append(subscription["id"])
            self.world.simulator.advance(minutes=self.die.choice([0, 1, 600]))

    def live(self, number: int) -> None:
        """Let things happen at Stripe. What it does not allow any more does not happen."""
        for _ in range(number):
            with ignoring_refusals():
                self.die.choice(
                    [self.wait, self.cancel, self.go_on, self.switch, self.resize]
                    + [self.decline, self.accept, self.end, self.pause, self.leave, self.refund]
                )()

    @property
    def path(self) -> str:
        return f"/v1/subscriptions/{self.die.choice(self.ids)}"

    def item(self) -> str:
        return self.die.choice(self.world.get(self.path)["items"]["data"])["id"]

    def wait(self) -> None:
        self.world.simulator.advance(days=self.die.choice([1, 8, 31]))

    def cancel(self) -> None:
        self.world.post(self.path, cancel_at_period_end=True)

    def go_on(self) -> None:
        self.world.post(self.path, cancel_at_period_end=False)

    def switch(self) -> None:
        price = self.die.choice([self.world.monthly, self.world.seats])
        if self.die.random() < 0.5:
            self.world.post(f"/v1/subscription_items/{self.item()}", price=price.stripe_price_id)
            return
        # By replacing the item, as some do.
        path = self.path
        old = self.world.get(path)["items"]["data"][0]["id"]
        items = [{"id": old, "deleted": True}, {"price": price.stripe_price_id}]
        self.world.post(path, items=items)

    def resize(self) -> None:
        self.world.post(f"/v1/subscription_items/{self.item()}", quantity=self.die.randint(1, 5))

    def decline(self) -> None:
        self.world.simulator.card(self.world.get(self.path)["customer"], "decline")

    def accept(self) -> None:
        self.world.simulator.card(self.world.get(self.path)["customer"], "ok")

    def end(self) -> None:
        self.world.delete(self.path)

    def pause(self) -> None:
        self.world.post(self.path, pause_collection={"behavior": "void"})

    def leave(self) -> None:
        if self.die.random() < 0.3:
            self.world.delete(f"/v1/customers/{self.world.get(self.path)['customer']}")

    def refund(self) -> None:
        invoice = self.world.get(self.path, expand=["latest_invoice.payments"])["latest_invoice"]
        intent = invoice["payments"]["data"][0]["payment"]["payment_intent"]
        self.world.post("/v1/refunds", payment_intent=intent)

    def forget(self) -> None:
        """One that was never meant to be is gone from Stripe, without a word."""
        with self.world.simulator.world.lock:
            del self.world.simulator.world.store.kinds["subscription"][self.die.choice(self.ids)]

    def fill_seats(self) -> None:
        for license in License.objects.filter(uses_seats=True):
            for number in range(self.die.randint(0, 4)):
                with ignoring_refusals():
                    invite_to_seat(
                        license_id=license.pk,
                        email=f"{number}@example.org",
                        at=self.world.now,
                        by=STAFF,
                    )

    def tell(self) -> None:
        """Have the events put into the inbox, and everything but subscriptions acted on."""
        keep_many(events=self.world.events(), account="default", at=self.world.now)
        others = SyncTarget.objects.exclude(kind="subscription")
        waiting = list(others.order_by("pk").values_list("pk", flat=True))
        for target_id in waiting:
            apply_target(target_id=target_id, at=self.world.now)


@contextmanager
def ignoring_refusals():
    try:
        yield
    except (StripeFailure, StripeError, LicenseError, LookupError, TypeError):
        return


@pytest.fixture
def world(stripe_world, pro, team):
    stripe_world.unmapped = stripe_world.make_price(pro, 700, interval="month", mapped=False)
    return stripe_world


def one_by_one(at):
    for target in claims.waiting("subscription", at=at):
        apply_target(target_id=target.pk, at=at)


def in_batches(at):
    assert apply_batch(at=at).taken


@pytest.mark.parametrize("seed", [*FEW, *(pytest.param(seed, marks=pytest.mark.deep) for seed in MANY)])
def test_a_backlog_in_batches_is_the_backlog_one_by_one(
    world, seed, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(batches, "CHUNK", 4)
    town = Town(world, seed)
    town.subscribe(7)
    town.tell()
    one_by_one(world.now)
    town.fill_seats()
    town.subscribe(4)
    town.live(14)
    town.forget()
    town.tell()
    at, found = world.now, {}
    assert claims.waiting("subscription", at=at).count() > 3
    for apply in (one_by_one, in_batches):
        with undone():
            with django_capture_on_commit_callbacks(execute=True):
                apply(at)
            found[apply] = final_tables()
    assert len(found[one_by_one]["history"]) > 5
    for table, rows in found[one_by_one].items():
        assert found[in_batches][table] == rows, table


@pytest.fixture
def waiting(world):
    """Seven people, each with a subscription of which nobody has read anything."""
    town = Town(world, seed=1)
    for number in range(7):
        subscription = world.subscribe(make_user(f"member{number}"), world.monthly)
        town.ids.append(subscription["id"])
        world.simulator.advance(minutes=1)
    town.tell()
    return town


def states():
    rows = SyncTarget.objects.filter(kind="subscription").order_by("pk")
    return [(row.requested > row.applied, row.lease_until is not None, row.attempts) for row in rows]


DONE, AS_IT_WAS, TRIED = (False, False, 0), (True, False, 0), (True, False, 1)


def test_a_batch_costs_one_request_and_a_handful_of_queries(
    waiting, world, django_assert_max_num_queries
):
    asked = []
    world.simulator.observers.append(lambda incoming, answer: asked.append(incoming.path))
    with django_assert_max_num_queries(50):
        assert apply_batch(at=world.now).applied == 7
    assert asked == ["/v1/subscriptions"]
    assert License.objects.count() == LicenseEvent.objects.count() == 7
    assert states() == [DONE] * 7
    assert not StripeEvent.objects.filter(status="new").exists()
    assert apply_batch(at=world.now).taken == 0


def test_the_queries_of_a_batch_do_not_grow_with_it(waiting, world):
    apply_batch(at=world.now, limit=1)  # what is asked once a process
    with undone(), statements() as few:
        assert apply_batch(at=world.now, limit=3, gateway=Gateway()).applied == 3
    with undone(), statements() as many:
        assert apply_batch(at=world.now, limit=6, gateway=Gateway()).applied == 6
    assert len(few.without_savepoints) == len(many.without_savepoints)


def test_a_batch_is_not_read_inside_a_transaction(waiting, world):
    with transaction.atomic(), pytest.raises(RuntimeError):
        apply_batch(at=world.now)
    assert states() == [AS_IT_WAS] * 7


def test_one_that_fails_does_not_stop_the_others(waiting, world, monkeypatch):
    bad = waiting.ids[3]
    real = subscriptions.terms_of_item

    def poisoned(facts, *args, **kwargs):
        if facts.id == bad:
            raise ZeroDivisionError
        return real(facts, *args, **kwargs)

    monkeypatch.setattr(subscriptions, "terms_of_item", poisoned)
    batch = apply_batch(at=world.now)
    assert (batch.taken, batch.applied, batch.waits, batch.given_back) == (7, 6, 1, 0)
    assert states() == [DONE] * 3 + [TRIED] + [DONE] * 3
    assert SyncTarget.objects.get(object_id=bad).error == "crashed: ZeroDivisionError"
    assert not BillingSubscription.objects.filter(stripe_id=bad).exists()
    assert License.objects.count() == 6
    for _ in range(lease.MAX_CRASHES - 1):
        world.simulator.advance(hours=2)
        apply_batch(at=world.now)
    assert SyncTarget.objects.get(object_id=bad).is_dead


def test_one_that_cannot_be_read_does_not_stop_the_others(waiting, world, monkeypatch):
    real = batches.complete_subscription

    def odd(gateway, raw):
        if raw["id"] == waiting.ids[0]:
            raise KeyError("items")
        return real(gateway, raw)

    monkeypatch.setattr(batches, "complete_subscription", odd)
    assert apply_batch(at=world.now).applied == 6
    assert states() == [TRIED] + [DONE] * 6


@pytest.mark.parametrize("status", [429, 500])
def test_an_outage_costs_one_attempt_and_nothing_else(waiting, world, status):
    world.simulator.set_faults(api=[{"status": status, "count": 50}])
    batch = apply_batch(at=world.now)
    assert (batch.applied, batch.waits, batch.given_back) == (0, 1, 6)
    assert states() == [TRIED] + [AS_IT_WAS] * 6
    assert not License.objects.exists()
    world.simulator.clear_faults()
    world.simulator.advance(minutes=1)
    assert apply_batch(at=world.now).applied == 7


def test_a_refused_key_stops_the_account(waiting, world):
    world.simulator.set_faults(api=[{"status": 401, "count": 50}])
    apply_batch(at=world.now)
    world.simulator.clear_faults()
    assert apply_batch(at=world.now).taken == 0
    world.simulator.advance(minutes=6)
    assert apply_batch(at=world.now).applied == 7


def test_a_database_that_fails_lets_them_wait(waiting, world, monkeypatch):
    def failing(*args, **kwargs):
        raise OperationalError("the disk is full")

    monkeypatch.setattr(claims, "finish_many", failing)
    batch = apply_batch(at=world.now)
    assert (batch.applied, batch.waits) == (0, 7)
    assert states() == [TRIED] * 7
    assert not License.objects.exists()
    assert not BillingSubscription.objects.exists()


def test_whoever_is_stopped_in_the_middle_keeps_what_was_written(waiting, world, monkeypatch):
    monkeypatch.setattr(batches, "CHUNK", 3)
    real, calls = batches.write_read, []

    def stopped(*args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(batches, "write_read", stopped)
    with pytest.raises(KeyboardInterrupt):
        apply_batch(at=world.now)
    assert states() == [DONE] * 3 + [AS_IT_WAS] * 4
    assert License.objects.count() == 3
    assert apply_batch(at=world.now).applied == 4
    assert License.objects.count() == LicenseEvent.objects.count() == 7


def test_time_that_is_up_gives_the_rest_back(waiting, world, monkeypatch):
    monkeypatch.setattr(batches, "READING", -1)
    batch = apply_batch(at=world.now)
    assert (batch.applied, batch.given_back) == (1, 6)
    assert sorted(states()) == sorted([DONE] + [AS_IT_WAS] * 6)


class Stalling(Gateway):
    """A line whose first answer reaches a slow worker only after ``meanwhile`` has happened."""

    def __init__(self, meanwhile) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def get(self, path, **params):
        answer = super().get(path, **params)
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return answer


@pytest.fixture
def stalled(waiting, world):
    """What a slow worker makes of old news, one of which another worker has read since."""

    def stall():
        at = world.now
        world.delete(f"/v1/subscriptions/{waiting.ids[2]}")
        row = SyncTarget.objects.get(object_id=waiting.ids[2])
        assert apply_target(target_id=row.pk, at=at + 2 * lease.LENGTH).outcome == "applied"
        assert BillingSubscription.objects.get().status == "canceled"

    return lambda: apply_batch(at=world.now, gateway=Stalling(stall))


def test_what_was_taken_over_meanwhile_is_not_written(stalled):
    batch = stalled()
    assert (batch.applied, batch.fenced) == (6, 1)
    assert states() == [DONE] * 7
    assert sorted(BillingSubscription.objects.values_list("status", flat=True)) == (
        ["active"] * 6 + ["canceled"]
    )


def test_without_the_token_the_old_news_would_be_written(stalled, monkeypatch):
    """The control: the same, and nobody compares the token."""

    def confirm_any(leases):
        return SyncTarget.objects.in_bulk([each.target_id for each in leases])

    monkeypatch.setattr(claims, "confirm_many", confirm_any)
    assert stalled().applied == 7
    assert set(BillingSubscription.objects.values_list("status", flat=True)) == {"active"}


def test_a_request_while_a_batch_is_written_is_not_lost(waiting, world, monkeypatch):
    real = batches.write_read

    def meanwhile(*args, **kwargs):
        monkeypatch.setattr(batches, "write_read", real)
        ids = waiting.ids[:1]
        request_many(kind="subscription", object_ids=ids, account="default", at=world.now)
        return real(*args, **kwargs)

    monkeypatch.setattr(batches, "write_read", meanwhile)
    apply_batch(at=world.now)
    assert states() == [AS_IT_WAS] + [DONE] * 6


def test_one_that_is_leased_or_waits_for_another_try_is_passed_over(waiting, world):
    first, second = SyncTarget.objects.filter(kind="subscription").order_by("pk")[:2]
    assert lease.take(target_id=first.pk, at=world.now)
    SyncTarget.objects.filter(pk=second.pk).update(next_try=world.now + lease.LENGTH)
    assert apply_batch(at=world.now).taken == 5


def leases_of(ids, created):
    return [
        lease.Lease(
            target_id=number,
            account="default",
            livemode=False,
            kind="subscription",
            object_id=object_id,
            token=1,
            requested=1,
            last_event=0,
            object_created=created.get(object_id),
        )
        for number, object_id in enumerate(ids)
    ]


def test_the_list_is_asked_where_they_stand_and_left_where_it_is_poor(world, alice, monkeypatch):
    """Two crowds far apart are two pages; of those that stand alone two are tried."""
    monkeypatch.setattr(listed, "PAGE", 6)
    rows = []
    for _ in range(40):
        rows.append(world.subscribe(alice, world.monthly))
        world.simulator.advance(minutes=1)
    ids = [row["id"] for row in rows]
    created = {row["id"]: creation_of(row, row["id"]) for row in rows}
    asked = []
    world.simulator.observers.append(lambda incoming, answer: asked.append(incoming.path))
    crowds = ids[:6] + ids[30:36]
    found = [each.object_id for each, _raw in list_subscriptions(Gateway(), leases_of(crowds, created))]
    assert sorted(found) == sorted(crowds)
    assert len(asked) == 2
    asked.clear()
    alone = ids[::6]
    found = [each.object_id for each, _raw in list_subscriptions(Gateway(), leases_of(alone, created))]
    assert len(asked) == listed.PATIENCE
    assert found == [alone[-1], alone[-2]]
    asked.clear()
    assert list(list_subscriptions(Gateway(), leases_of(crowds, {}))) == []
    assert asked == []


def test_many_of_the_same_second_are_paged_through(world, alice, monkeypatch):
    monkeypatch.setattr(listed, "PAGE", 5)
    rows = [world.subscribe(alice, world.monthly) for _ in range(12)]
    with world.simulator.world.lock:
        for row in rows:
            world.simulator.world.store.kinds["subscription"][row["id"]]["created"] = 1_790_000_000
            row["created"] = 1_790_000_000
    created = {row["id"]: creation_of(row, row["id"]) for row in rows}
    found = list_subscriptions(Gateway(), leases_of(list(created), created))
    assert {each.object_id for each, _raw in found} >= set(list(created)[2:])


def test_the_sweep_works_a_backlog_off_in_batches_and_rings_for_the_rest(waiting, world, monkeypatch):
    rung = []
    monkeypatch.setattr(backlog, "WORTH", 5)
    SyncTarget.objects.filter(kind="customer").delete()
    session = request_many(kind="customer", object_ids=["cus_1"], account="default", at=world.now)
    swept = sweep(at=world.now, ring=rung.append)
    assert (swept.applied, swept.rung) == (7, 1)
    assert rung == session
    assert License.objects.count() == 7


def test_few_that_wait_are_rung_for(waiting, world):
    rung = []
    swept = sweep(at=world.now, ring=rung.append)
    assert (swept.applied, swept.rung) == (0, len(rung))
    assert len(rung) >= 7
    assert states() == [AS_IT_WAS] * 7


def test_a_comparison_has_much_that_differs_read_in_batches(world):
    """Twelve people subscribed while nobody heard of it."""
    town = Town(world, seed=1, people=12)
    for who in town.people:
        world.subscribe(who, world.monthly)
    asked = []
    world.simulator.observers.append(lambda incoming, answer: asked.append(incoming.path))
    tasks.ring_for_all(reconcile(at=world.now).targets)
    assert License.objects.filter(state="active").count() == 12
    assert [path for path in asked if "sub_" in path] == []
    assert not SyncTarget.objects.filter(requested__gt=F("applied")).exists()


def test_with_a_broker_a_backlog_is_one_message(world, settings, monkeypatch):
    settings.WAGTAIL_LICENSING_USE_CELERY = True
    sent = []
    for task in (tasks.apply_backlog, tasks.apply_target):
        monkeypatch.setattr(
            task, "apply_async", lambda args, task=task, **options: sent.append((task.name, args))
        )
    many = request_many(
        kind="subscription", object_ids=[f"sub_{n}" for n in range(20)], account="default", at=world.now
    )
    other = request_many(kind="customer", object_ids=["cus_1"], account="default", at=world.now)
    tasks.ring_for_all([*many, *other])
    assert sent == [
        ("wagtail_licensing.apply_backlog", []),
        ("wagtail_licensing.apply_target", other),
    ]
