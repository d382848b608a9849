"""Events in every order, late, twice, or never; and what happens while Stripe is away."""

import datetime as dt
from itertools import permutations

import pytest
from django.core.management import CommandError, call_command

from tests.billing.tables import undone
from wagtail_licensing.billing import inbox
from wagtail_licensing.billing import reconcile as comparison
from wagtail_licensing.billing.client import Gateway
from wagtail_licensing.models import (
    BillingSubscription,
    License,
    LicenseEvent,
    StripeEvent,
    SyncTarget,
)

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def opens(license, at):
    """Tell whether the license entitles at ``at``, with nothing else running."""
    from wagtail_licensing.domain.validity import entitles

    license.refresh_from_db()
    facts = license.facts
    return entitles(
        state=facts.state,
        pending_reason=facts.pending_reason,
        starts_at=facts.starts_at,
        access_until=facts.access_until,
        at=at,
    )


def test_a_purchase_by_webhook_alone(stripe_world, alice, deliver):
    stripe_world.buy(alice, stripe_world.monthly)
    assert set(deliver()) == {200}
    license = License.objects.get()
    assert (license.user, license.state, license.events.count()) == (alice, "active", 1)
    assert license.events.get().stripe_event_id.startswith("evt_")
    assert not StripeEvent.objects.filter(status="new").exists()


def test_each_event_a_hundred_times_is_one_license_and_one_line(stripe_world, alice, client):
    """Pitfall 8."""
    stripe_world.buy(alice, stripe_world.monthly)
    events = stripe_world.events("checkout.", "customer.subscription.", "invoice.paid")
    for event in events:
        for _ in range(100 // len(events) + 1):
            assert stripe_world.send(client, event).status_code == 200
    assert License.objects.count() == 1
    assert LicenseEvent.objects.count() == 1
    assert StripeEvent.objects.count() == len(events)


def test_every_order_of_events_ends_in_the_same_state(stripe_world, alice, client):
    """Pitfall 9."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    path = f"/v1/subscriptions/{subscription['id']}"
    item = subscription["items"]["data"][0]["id"]
    stripe_world.post(f"/v1/subscription_items/{item}", price=stripe_world.yearly.stripe_price_id)
    stripe_world.post(path, cancel_at_period_end=True)
    events = [
        stripe_world.events("customer.subscription.created")[0],
        *stripe_world.events("customer.subscription.updated")[-2:],
        stripe_world.events("invoice.paid")[0],
    ]
    results = set()
    for order in permutations(events):
        with undone():
            for event in order:
                assert stripe_world.send(client, event).status_code == 200
            license = License.objects.get()
            results.add((license.state, license.ends_at, license.access_until, license.events.count()))
    ((state, ends_at, access_until, lines),) = results
    assert (state, lines) == ("active", 1)
    assert ends_at == access_until > stripe_world.now + 360 * DAY


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_end_is_the_end_in_whatever_order_it_is_told(stripe_world, alice, client, order):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = stripe_world.license_of(subscription)
    assert license.state == "active"
    path = f"/v1/subscriptions/{subscription['id']}"
    stripe_world.post(path, cancel_at_period_end=True)
    gone = stripe_world.delete(path)
    events = [
        stripe_world.events("invoice.paid")[0],
        stripe_world.events("customer.subscription.updated")[-1],
        stripe_world.events("customer.subscription.deleted")[0],
    ]
    for index in order:
        assert stripe_world.send(client, events[index]).status_code == 200
        license.refresh_from_db()
        assert license.state == "expired"
    assert license.access_until == dt.datetime.fromtimestamp(gone["ended_at"], dt.UTC)
    assert list(license.events.values_list("kind", flat=True)) == ["issued", "expired"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_events_between_changes_in_any_order_give_the_same_license(stripe_world, alice, client, order):
    """Three changes, each event delivered only after the last of them, in every order."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    path = f"/v1/subscriptions/{subscription['id']}"
    stripe_world.post(path, cancel_at_period_end=True)
    stripe_world.post(path, cancel_at_period_end=False)
    events = stripe_world.events("customer.subscription.")
    for index in order:
        assert stripe_world.send(client, events[index]).status_code == 200
    license = License.objects.get()
    assert (license.state, license.renews, license.events.count()) == ("active", True, 1)


def test_old_news_does_not_take_the_license_back(stripe_world, alice, client):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    path = f"/v1/subscriptions/{subscription['id']}"
    stripe_world.license_of(subscription)
    stripe_world.post(path, cancel_at_period_end=True)
    scheduled = stripe_world.events("customer.subscription.updated")[-1]
    stripe_world.post(path, cancel_at_period_end=False)
    stripe_world.license_of(subscription)
    stripe_world.send(client, scheduled)
    assert License.objects.get().renews


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 429},
        {"status": 500},
        {"status": 503},
        {"kind": "reset"},
        {"kind": "html", "status": 502},
        {"status": 401},
        {"status": 403},
    ],
    ids=["429", "500", "503", "reset", "html", "401", "403"],
)
def test_while_stripe_fails_the_event_is_safe_and_the_sweep_ends_the_wait(
    stripe_world, alice, client, fault, settings
):
    """Pitfall 10."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    event = stripe_world.events("customer.subscription.created")[0]
    stripe_world.simulator.set_faults(api=[{**fault, "count": 50}])
    assert stripe_world.send(client, event).status_code == 200
    assert not License.objects.exists()
    target = SyncTarget.objects.get(object_id=subscription["id"])
    assert (target.requested, target.applied) == (1, 0)
    stripe_world.simulator.clear_faults()
    call_command("licensing_sweep")
    assert not License.objects.exists()
    stripe_world.simulator.advance(hours=1)
    call_command("licensing_sweep")
    assert License.objects.get().state == "active"
    target.refresh_from_db()
    assert (target.applied, target.attempts, target.error) == (1, 0, "")


def test_an_error_of_ours_keeps_the_target_and_harms_no_other(
    stripe_world, alice, bob, client, monkeypatch
):
    from wagtail_licensing.billing import apply

    bad = stripe_world.subscribe(alice, stripe_world.monthly)
    good = stripe_world.subscribe(bob, stripe_world.monthly)
    real = apply.write_subscription

    def poisoned(facts, *, origin):
        if facts.id == bad["id"]:
            raise ZeroDivisionError
        real(facts, origin=origin)

    monkeypatch.setattr(apply, "write_subscription", poisoned)
    for event in stripe_world.events("customer.subscription.created"):
        assert stripe_world.send(client, event).status_code == 200
    assert License.objects.get().user == bob
    assert SyncTarget.objects.get(object_id=good["id"]).applied == 1
    assert SyncTarget.objects.get(object_id=bad["id"]).error == "crashed: ZeroDivisionError"
    for _ in range(12):
        stripe_world.simulator.advance(hours=2)
        call_command("licensing_sweep")
    assert SyncTarget.objects.get(object_id=bad["id"]).is_dead
    dead = StripeEvent.objects.get(status="dead")
    monkeypatch.setattr(apply, "write_subscription", real)
    call_command("licensing_replay_event", dead.event_id)
    assert License.objects.filter(user=alice, state="active").exists()


def test_a_half_written_change_is_not_kept(stripe_world, alice, client, monkeypatch):
    from wagtail_licensing.billing import license_writes

    def broken(**kwargs):
        raise ZeroDivisionError

    stripe_world.subscribe(alice, stripe_world.monthly)
    monkeypatch.setattr(license_writes, "apply_terms_to_many", broken)
    event = stripe_world.events("customer.subscription.created")[0]
    assert stripe_world.send(client, event).status_code == 200
    assert not License.objects.exists()
    assert not BillingSubscription.objects.exists()
    assert StripeEvent.objects.get().status == "new"


def test_access_survives_a_renewal_that_is_71_hours_late_and_ends_at_72(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = stripe_world.license_of(subscription)
    paid_until = license.ends_at
    stripe_world.simulator.advance_to(int((paid_until + 71 * HOUR).timestamp()))
    tick = dt.timedelta(microseconds=1)
    assert opens(license, stripe_world.now)
    assert opens(license, paid_until + 72 * HOUR - tick)
    assert not opens(license, paid_until + 72 * HOUR)
    license = stripe_world.license_of(subscription)
    assert license.ends_at > paid_until + 27 * DAY
    assert opens(license, paid_until + 72 * HOUR)


def test_access_that_was_cancelled_ends_on_time_with_nobody_running(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.post(f"/v1/subscriptions/{subscription['id']}", cancel_at_period_end=True)
    license = stripe_world.license_of(subscription)
    end = license.ends_at
    assert opens(license, end - dt.timedelta(microseconds=1))
    assert not opens(license, end)


def test_the_sweep_brings_labels_up_to_date(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.post(f"/v1/subscriptions/{subscription['id']}", cancel_at_period_end=True)
    stripe_world.license_of(subscription)
    stripe_world.simulator.advance(days=32)
    call_command("licensing_sweep")
    assert License.objects.get().state == "expired"


# --- the nets -----------------------------------------------------------------------------------


def test_events_that_never_came_are_found(stripe_world, alice, capsys):
    """Pitfall 29."""
    stripe_world.buy(alice, stripe_world.monthly)
    call_command("licensing_reconcile", "--recent")
    assert License.objects.get().state == "active"
    assert StripeEvent.objects.exists()
    lines = LicenseEvent.objects.count()
    call_command("licensing_reconcile", "--recent")
    assert LicenseEvent.objects.count() == lines
    assert "0 new" in capsys.readouterr().out


def test_a_dry_run_changes_nothing(stripe_world, alice, capsys):
    stripe_world.buy(alice, stripe_world.monthly)
    call_command("licensing_reconcile", "--dry-run")
    out = capsys.readouterr().out
    assert "nothing was changed" in out
    assert "1 differ" in out
    assert not StripeEvent.objects.exists()
    assert not SyncTarget.objects.exists()
    assert not License.objects.exists()


def test_a_change_without_any_event_is_found_by_the_full_list(stripe_world, alice, charlie, monkeypatch):
    """Pitfall 29."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    foreign = stripe_world.post("/v1/customers", email="x@example.org")
    stripe_world.simulator.card(foreign["id"], "ok")
    stripe_world.post(
        "/v1/subscriptions",
        customer=foreign["id"],
        items=[{"price": stripe_world.monthly.stripe_price_id}],
    )
    stripe_world.post(f"/v1/subscriptions/{subscription['id']}", cancel_at_period_end=True)
    monkeypatch.setattr(comparison, "_list_events", lambda *args, **kwargs: False)
    report = comparison.reconcile(at=stripe_world.now)
    assert (report.subscriptions_seen, report.foreign, report.differing) == (2, 1, 1)
    call_command("licensing_sweep")
    assert not License.objects.get().renews
    assert comparison.reconcile(at=stripe_world.now).differing == 0


def test_a_subscription_that_the_list_lacks_is_found(stripe_world, alice, monkeypatch):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    with stripe_world.simulator.world.lock:
        del stripe_world.simulator.world.store.kinds["subscription"][subscription["id"]]
    call_command("licensing_reconcile")
    assert License.objects.get().state == "expired"


def test_an_open_checkout_that_nobody_reported_is_looked_at(stripe_world, alice, monkeypatch):
    intent = stripe_world.buy(alice, stripe_world.once)
    monkeypatch.setattr(comparison, "_list_events", lambda *args, **kwargs: False)
    stripe_world.simulator.advance(hours=1)
    call_command("licensing_reconcile", "--recent")
    intent.refresh_from_db()
    assert intent.state == "completed"
    assert License.objects.get().state == "active"


def test_one_bad_event_does_not_stop_the_comparison(stripe_world, alice, monkeypatch):
    """Pitfall 35."""
    stripe_world.buy(alice, stripe_world.monthly)
    real = inbox.hint_in

    def picky(event):
        if event["type"].startswith("invoice."):
            raise KeyError("odd")
        return real(event)

    monkeypatch.setattr(inbox, "hint_in", picky)
    call_command("licensing_reconcile", "--recent")
    assert License.objects.get().state == "active"


def test_an_outage_is_told_and_changes_nothing(stripe_world):
    stripe_world.simulator.set_faults(api=[{"status": 500, "count": 9}])
    with pytest.raises(CommandError, match="could not be asked"):
        call_command("licensing_reconcile")


def test_an_unknown_event_cannot_be_replayed(stripe_world):
    with pytest.raises(CommandError, match="no such event"):
        call_command("licensing_replay_event", "evt_none")


def test_a_burst_of_fifty_events_takes_one_fetch(stripe_world, alice, client, settings, monkeypatch):
    from wagtail_licensing import tasks

    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    event = stripe_world.events("customer.subscription.created")[0]
    rung = []
    with monkeypatch.context() as patch:
        patch.setattr(tasks, "ring", rung.append)
        for number in range(50):
            stripe_world.send(client, {**event, "id": f"evt_{number}"})
    fetches = []
    stripe_world.simulator.observers.append(
        lambda incoming, answer: fetches.append(incoming.path) if incoming.method == "GET" else None
    )
    for target_id in rung:
        tasks.ring(target_id)
    assert fetches == [f"/v1/subscriptions/{subscription['id']}"]
    assert License.objects.count() == 1


def test_more_than_ten_items_are_all_read(stripe_world, alice):
    from tests.conftest import make_product

    prices = [
        stripe_world.make_price(make_product(f"Module {n}"), 100, interval="month") for n in range(12)
    ]
    subscription = stripe_world.subscribe(alice, *prices)
    stripe_world.sync("subscription", subscription["id"])
    assert License.objects.count() == 12
    assert not BillingSubscription.objects.get().items.filter(is_removed=True).exists()


def test_applying_costs_few_queries(stripe_world, alice, django_assert_max_num_queries):
    from wagtail_licensing.billing.apply import apply_target
    from wagtail_licensing.billing.inbox import request_sync

    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    target_id = request_sync(
        kind="subscription",
        object_id=subscription["id"],
        account="default",
        at=stripe_world.now,
    )
    with django_assert_max_num_queries(40):
        apply_target(target_id=target_id, at=stripe_world.now, gateway=Gateway())
