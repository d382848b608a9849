"""kill -9 at every marked point: after a restart nothing is lost and nothing is doubled.

Most points run only in a deep run; one of each way is always tried.
"""

import datetime as dt

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from tests.conftest import STAFF, give, make_user
from tests.crash.killing import Point, die_at
from wagtail_licensing.billing import batch, cursors
from wagtail_licensing.billing import client as line
from wagtail_licensing.billing.importing import import_from_stripe
from wagtail_licensing.billing.inbox import keep_many
from wagtail_licensing.billing.reconcile import reconcile
from wagtail_licensing.conf import now
from wagtail_licensing.licenses import assign_seat
from wagtail_licensing.models import (
    BillingCustomer,
    BillingSubscription,
    CheckoutIntent,
    License,
    LicenseEvent,
    LicenseSeat,
    ProductUserPermission,
    StripeEvent,
    SyncCursor,
    SyncTarget,
)

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = dt.timedelta(minutes=1)


def points(*all_points, always):
    """Return the points as parameters: those in ``always`` in every run, the rest in a deep one."""
    return [
        pytest.param(point, id=str(point), marks=() if number in always else pytest.mark.deep)
        for number, point in enumerate(all_points)
    ]


def a_while_passes():
    """Two minutes: leases are over, and dead runs are known to be dead."""
    SyncTarget.objects.filter(lease_until__isnull=False).update(lease_until=now() - MINUTE)
    SyncCursor.objects.filter(started_at__isnull=False).update(started_at=now() - 3 * MINUTE)


def sweep_until_done():
    for _ in range(5):
        call_command("licensing_sweep")
    waiting = [target for target in SyncTarget.objects.all() if target.requested > target.applied]
    assert waiting == []


def assert_one_license_of(user):
    license = License.objects.get(user=user)
    assert license.state == "active"
    assert [event.kind for event in license.events.all()] == ["issued"]
    assert ProductUserPermission.objects.filter(user=user, license=license).count() == 1
    assert not StripeEvent.objects.filter(status__in=["new", "dead"]).exists()


RECEIVING = points(
    Point("billing.inbox", "insert_unless_known", after=False),
    Point("billing.inbox", "insert_unless_known"),
    Point("billing.inbox", "request_many"),
    Point("tasks", "ring", after=False),
    Point("billing.lease", "take"),
    Point("billing.apply", "_fetch"),
    Point("billing.lease", "confirm"),
    Point("billing.apply", "write_subscription"),
    Point("billing.lease", "finish"),
    Point("billing.apply", "_write"),
    always={1, 3, 8},
)


@pytest.mark.parametrize("point", RECEIVING)
def test_an_event_on_its_way_to_a_license(stripe_world, alice, point):
    """Stripe sends again what it got no answer to; what was committed is found by the sweep alone."""
    stripe_world.subscribe(alice, stripe_world.monthly)
    event = stripe_world.events("customer.subscription.created")[0]
    die_at(point, lambda: stripe_world.send(Client(), event))
    # All or nothing: an event is never kept without its target.
    assert StripeEvent.objects.count() == SyncTarget.objects.count()
    assert License.objects.count() == BillingSubscription.objects.count() == LicenseEvent.objects.count()
    a_while_passes()
    if not StripeEvent.objects.exists():
        assert stripe_world.send(Client(), event).status_code == 200
    sweep_until_done()
    assert_one_license_of(alice)
    # Stripe had no answer in any case: it sends the event again, and that changes nothing.
    assert stripe_world.send(Client(), event).status_code == 200
    assert_one_license_of(alice)


BUYING = points(
    Point("billing.customers", "_create_at_stripe"),
    Point("billing.checkout", "ensure_customer"),
    Point("billing.checkout", "_open_intent"),
    Point("billing.checkout_session", "_require_our_price"),
    Point("billing.checkout", "create_session"),
    always={0, 3},
)


@pytest.mark.parametrize("point", BUYING)
def test_a_checkout_on_its_way_to_stripe(stripe_world, alice, point):
    """Somebody who tries again gets the same customer and the same checkout page."""
    client = Client()
    client.force_login(alice)
    buy = reverse("wagtail_licensing:buy", args=[stripe_world.monthly.pk])
    die_at(point, lambda: client.post(buy))
    assert client.post(buy).status_code == 303
    assert len(stripe_world.get("/v1/customers")["data"]) == 1
    assert len(stripe_world.get("/v1/checkout/sessions")["data"]) == 1
    assert BillingCustomer.objects.get().user == alice
    intent = CheckoutIntent.objects.get()
    stripe_world.simulator.pay_checkout(intent.stripe_session_id)
    client.get(reverse("wagtail_licensing:checkout_return", args=[intent.nonce]))
    sweep_until_done()
    assert_one_license_of(alice)


SEATING = points(
    Point("licenses.seats", "_free_slot"),
    Point("licenses.history", "sync_grants"),
    always={1},
)


@pytest.mark.parametrize("point", SEATING)
def test_a_seat_on_its_way_to_a_person(team, alice, bob, point):
    license = give(alice, team, at=now(), seats=3)
    taken, lines = LicenseSeat.objects.count(), LicenseEvent.objects.count()

    def assign():
        return assign_seat(license_id=license.pk, user=bob, at=now(), by=STAFF)

    die_at(point, assign)
    assert (LicenseSeat.objects.count(), LicenseEvent.objects.count()) == (taken, lines)
    assert not ProductUserPermission.objects.filter(user=bob).exists()
    assign()
    assert LicenseSeat.objects.get(user=bob).state == "assigned"
    assert ProductUserPermission.objects.filter(user=bob).count() == 1
    assert LicenseEvent.objects.count() == lines + 1


@pytest.fixture
def subscribers(stripe_world, monkeypatch):
    """Three people at Stripe, of whom the site knows nothing, on pages of one each."""
    monkeypatch.setattr(line, "PAGE", 1)
    links = {}
    for number in range(3):
        customer = stripe_world.post("/v1/customers", email=f"{number}@example.org")["id"]
        stripe_world.simulator.card(customer, "ok")
        stripe_world.post(
            "/v1/subscriptions",
            customer=customer,
            items=[{"price": stripe_world.monthly.stripe_price_id}],
        )
        links[customer] = make_user(f"person{number}").username
    return links


IMPORTING = points(
    Point("billing.importing", "compare_page"),
    Point("billing.importing", "request_many", call=2),
    Point("billing.cursors", "move", after=False, call=2),
    Point("billing.cursors", "move", call=2),
    Point("billing.cursors", "finish", after=False),
    always={2},
)


@pytest.mark.parametrize("point", IMPORTING)
def test_an_import_on_its_way_through_the_list(stripe_world, subscribers, point):
    die_at(point, lambda: import_from_stripe(at=now(), links=subscribers))
    a_while_passes()
    import_from_stripe(at=now(), links=subscribers)
    sweep_until_done()
    assert BillingCustomer.objects.count() == License.objects.count() == 3
    assert LicenseEvent.objects.count() == 3
    assert cursors.known(cursors.IMPORT).position == {}
    import_from_stripe(at=now(), links=subscribers)
    assert LicenseEvent.objects.count() == 3


COMPARING = points(
    Point("billing.reconcile", "keep_many"),
    Point("billing.cursors", "finish", after=False),
    Point("billing.reconcile", "request_many"),
    Point("billing.full_run", "compare_page", call=2),
    Point("billing.cursors", "move", after=False, call=2),
    Point("billing.cursors", "move", call=2),
    Point("billing.full_run", "_look_for_the_unlisted", after=False),
    always={0, 4},
)


@pytest.mark.parametrize("point", COMPARING)
def test_a_comparison_on_its_way_through_the_list(stripe_world, alice, bob, charlie, monkeypatch, point):
    monkeypatch.setattr(line, "PAGE", 1)
    people = (alice, bob, charlie)
    subscriptions = [stripe_world.subscribe(who, stripe_world.monthly) for who in people]
    gone = stripe_world.subscribe(make_user("gone"), stripe_world.monthly)
    license = stripe_world.license_of(gone)
    with stripe_world.simulator.world.lock:
        del stripe_world.simulator.world.store.kinds["subscription"][gone["id"]]
    die_at(point, lambda: reconcile(at=now()))
    a_while_passes()
    reconcile(at=now())
    sweep_until_done()
    for who in people:
        assert [event.kind for event in License.objects.get(user=who).events.all()] == ["issued"]
    license.refresh_from_db()
    assert license.state == "expired"
    assert BillingSubscription.objects.count() == len(subscriptions) + 1
    lines = LicenseEvent.objects.count()
    reconcile(at=now())
    sweep_until_done()
    assert LicenseEvent.objects.count() == lines


WORKING_OFF = points(
    Point("billing.claims", "_take_rows"),
    Point("billing.claims", "take_many"),
    Point("billing.batch", "complete_subscription", call=3),
    Point("billing.claims", "confirm_many", call=2),
    Point("billing.license_writes", "issue_many", call=2),
    Point("billing.claims", "finish_many", call=2),
    Point("billing.batch", "write_read", call=2),
    always={4},
)


@pytest.mark.parametrize("point", WORKING_OFF)
def test_a_backlog_on_its_way_through_a_batch(stripe_world, monkeypatch, point):
    """The first two of five are written together, then it dies."""
    monkeypatch.setattr(batch, "CHUNK", 2)
    people = [make_user(f"person{number}") for number in range(5)]
    for who in people:
        stripe_world.subscribe(who, stripe_world.monthly)
    keep_many(events=stripe_world.events(), account="default", at=now())
    die_at(point, lambda: batch.apply_batch(at=now()))
    assert License.objects.count() == BillingSubscription.objects.count() == LicenseEvent.objects.count()
    a_while_passes()
    sweep_until_done()
    for who in people:
        assert_one_license_of(who)


def test_a_point_that_nobody_passes_is_told(db):
    """The control: a name that is never called would prove nothing."""
    with pytest.raises(AssertionError, match="was not on its way"):
        die_at(Point("billing.lease", "crash"), lambda: None)
