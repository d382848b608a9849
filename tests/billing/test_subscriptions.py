"""What a subscription at Stripe makes of a license here, over the wire."""

import datetime as dt

import pytest

from wagtail_licensing.models import BillingSubscription, License, LicenseEvent

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def kinds(license):
    return list(license.events.order_by("pk").values_list("kind", flat=True))


def end_of(subscription, item=0):
    seconds = subscription["items"]["data"][item]["current_period_end"]
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def test_an_active_subscription_gives_a_license_with_slack(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = stripe_world.license_of(subscription)
    assert (license.user, license.product, license.state) == (alice, stripe_world.pro, "active")
    assert license.ends_at == end_of(subscription)
    assert license.access_until == license.ends_at + 3 * DAY
    assert license.renews
    assert kinds(license) == ["issued"]


def test_the_same_state_a_hundred_times_writes_nothing_new(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    for _ in range(100):
        stripe_world.license_of(subscription)
    assert LicenseEvent.objects.count() == 1


def test_a_trial_is_active_and_becomes_paid(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly, trial_period_days=14)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.is_trial) == ("active", True)
    assert license.ends_at == end_of(subscription)
    stripe_world.simulator.advance(days=14, hours=2)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.is_trial) == ("active", False)
    assert kinds(license) == ["issued", "trial_ended"]


def test_a_renewal_moves_the_end(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    first = stripe_world.license_of(subscription).ends_at
    stripe_world.simulator.advance(days=32)
    license = stripe_world.license_of(subscription)
    assert license.ends_at > first + 27 * DAY
    assert kinds(license) == ["issued", "renewed"]


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_a_cancellation_in_the_portal_ends_exactly_in_both_of_stripes_shapes(stripe_world, alice, mode):
    """Pitfall 3."""
    stripe_world.simulator.set_settings(default_billing_mode=mode)
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    if mode == "classic":
        stripe_world.post(f"/v1/subscriptions/{subscription['id']}", cancel_at_period_end=True)
    else:
        seconds = subscription["items"]["data"][0]["current_period_end"]
        changed = stripe_world.post(f"/v1/subscriptions/{subscription['id']}", cancel_at=seconds)
        assert changed["cancel_at_period_end"] is False
    license = stripe_world.license_of(subscription)
    assert (license.state, license.renews) == ("active", False)
    assert license.ends_at == license.access_until == end_of(subscription)
    assert kinds(license) == ["issued", "cancel_scheduled"]
    stripe_world.simulator.advance(days=32)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.access_until) == ("expired", end_of(subscription))


def test_a_withdrawn_cancellation_renews_again(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    path = f"/v1/subscriptions/{subscription['id']}"
    stripe_world.post(path, cancel_at_period_end=True)
    assert not stripe_world.license_of(subscription).renews
    stripe_world.post(path, cancel_at_period_end=False)
    license = stripe_world.license_of(subscription)
    assert license.renews
    assert license.access_until == license.ends_at + 3 * DAY


def test_a_cancellation_now_ends_the_license_at_that_instant(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.simulator.advance(days=3)
    gone = stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    license = stripe_world.license_of(subscription)
    assert license.state == "expired"
    assert license.access_until == dt.datetime.fromtimestamp(gone["ended_at"], dt.UTC)


def test_grace_begins_at_the_first_failure_and_no_retry_extends_it(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.simulator.card(subscription["customer"], "decline")
    stripe_world.simulator.advance(days=31, hours=2)
    license = stripe_world.license_of(subscription)
    assert license.state == "grace"
    deadline = license.access_until
    mirror = BillingSubscription.objects.get()
    assert deadline == mirror.past_due_since + 7 * DAY
    assert end_of(subscription) <= mirror.past_due_since <= end_of(subscription) + DAY / 12
    stripe_world.simulator.advance(days=4)
    assert stripe_world.license_of(subscription).access_until == deadline
    stripe_world.simulator.advance(days=4)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.access_until) == ("suspended", deadline)
    assert [hold.kind for hold in license.holds.all()] == ["billing"]
    assert kinds(license) == ["issued", "payment_failed", "suspended"]


def test_a_second_unpaid_invoice_does_not_begin_grace_again(stripe_world, alice):
    stripe_world.simulator.set_settings(final_action="past_due")
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.simulator.card(subscription["customer"], "decline")
    stripe_world.simulator.advance(days=31, hours=2)
    deadline = stripe_world.license_of(subscription).access_until
    stripe_world.simulator.advance(days=31)
    assert stripe_world.license_of(subscription).access_until == deadline


def test_a_payment_in_grace_makes_the_license_good_again(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.simulator.card(subscription["customer"], "decline")
    stripe_world.simulator.advance(days=31, hours=2)
    assert stripe_world.license_of(subscription).state == "grace"
    stripe_world.simulator.card(subscription["customer"], "ok")
    stripe_world.simulator.advance(days=4)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.renews) == ("active", True)
    assert license.access_until > stripe_world.now + 20 * DAY


def test_an_unpaid_subscription_is_held_and_paying_lifts_the_hold(stripe_world, alice):
    stripe_world.simulator.set_settings(final_action="unpaid", retry_days=[1, 1])
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.simulator.card(subscription["customer"], "decline")
    stripe_world.simulator.advance(days=35)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.unheld_state) == ("suspended", "grace")
    stripe_world.simulator.card(subscription["customer"], "ok")
    invoice = stripe_world.get(f"/v1/subscriptions/{subscription['id']}")["latest_invoice"]
    stripe_world.post(f"/v1/invoices/{invoice}/pay")
    license = stripe_world.license_of(subscription)
    assert license.state == "active"
    assert not license.holds.exists()


def test_quantity_is_the_number_of_seats(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.seats, quantity=3)
    license = stripe_world.license_of(subscription)
    assert (license.seats_total, license.uses_seats) == (3, True)
    assert [seat.user for seat in license.seats.all()] == [alice]
    item = subscription["items"]["data"][0]["id"]
    stripe_world.post(f"/v1/subscription_items/{item}", quantity=8)
    license = stripe_world.license_of(subscription)
    assert license.seats_total == 8
    assert kinds(license) == ["issued", "seats_changed"]


def test_a_quantity_of_a_personal_product_adds_no_seats(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly, quantity=5)
    assert stripe_world.license_of(subscription).seats_total == 1


def test_a_plan_switch_keeps_the_license(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    before = stripe_world.license_of(subscription)
    item = subscription["items"]["data"][0]["id"]
    stripe_world.post(f"/v1/subscription_items/{item}", price=stripe_world.seats.stripe_price_id)
    after = stripe_world.license_of(subscription)
    assert after.pk == before.pk
    assert after.product == stripe_world.team
    assert "switched" in kinds(after)


def test_an_item_that_is_replaced_keeps_the_license(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    before = stripe_world.license_of(subscription)
    old = subscription["items"]["data"][0]["id"]
    stripe_world.post(
        f"/v1/subscriptions/{subscription['id']}",
        items=[{"id": old, "deleted": True}, {"price": stripe_world.yearly.stripe_price_id}],
    )
    after = stripe_world.license_of(subscription)
    assert (after.pk, after.state) == (before.pk, "active")
    assert License.objects.count() == 1


def test_an_unknown_price_keeps_the_last_good_state(stripe_world, alice, caplog):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stranger = stripe_world.make_price(stripe_world.pro, 100, interval="month", mapped=False)
    item = subscription["items"]["data"][0]["id"]
    stripe_world.post(f"/v1/subscription_items/{item}", price=stranger)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.product) == ("active", stripe_world.pro)
    assert "no product has" in caplog.text


def test_a_price_that_is_not_ours_gives_nothing(stripe_world, alice):
    stranger = stripe_world.make_price(stripe_world.pro, 100, interval="month", mapped=False)
    subscription = stripe_world.subscribe(alice, stranger)
    stripe_world.sync("subscription", subscription["id"])
    assert not License.objects.exists()


def test_each_mapped_item_has_its_own_license_and_ends_alone(stripe_world, alice):
    """Pitfall 20."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly, stripe_world.seats)
    stripe_world.sync("subscription", subscription["id"])
    assert {license.product for license in License.objects.all()} == {
        stripe_world.pro,
        stripe_world.team,
    }
    team_item = subscription["items"]["data"][1]["id"]
    stripe_world.post(
        f"/v1/subscriptions/{subscription['id']}", items=[{"id": team_item, "deleted": True}]
    )
    stripe_world.sync("subscription", subscription["id"])
    states = {license.product.name: license.state for license in License.objects.all()}
    assert states == {"Pro": "active", "Team": "expired"}


def test_a_subscription_of_a_foreign_customer_gives_nobody_anything(stripe_world, alice):
    foreign = stripe_world.post("/v1/customers", email=alice.email)
    stripe_world.simulator.card(foreign["id"], "ok")
    subscription = stripe_world.post(
        "/v1/subscriptions",
        customer=foreign["id"],
        items=[{"price": stripe_world.monthly.stripe_price_id}],
        metadata={"user": str(alice.pk), "wagtail_licensing_user": str(alice.pk)},
    )
    stripe_world.sync("subscription", subscription["id"])
    assert not License.objects.exists()
    assert not BillingSubscription.objects.exists()


def test_a_subscription_that_was_never_paid_waits_and_then_lapses(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly, card="decline")
    assert subscription["status"] == "incomplete"
    license = stripe_world.license_of(subscription)
    assert (license.state, license.pending_reason) == ("pending", "payment")
    stripe_world.simulator.advance(days=1)
    license = stripe_world.license_of(subscription)
    assert license.state == "expired"
    assert kinds(license) == ["issued", "lapsed"]


def test_a_paused_subscription_is_held_and_resumes(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    path = f"/v1/subscriptions/{subscription['id']}"
    stripe_world.post(f"{path}/pause", type="subscription")
    license = stripe_world.license_of(subscription)
    assert license.state == "suspended"
    assert [hold.kind for hold in license.holds.all()] == ["paused"]
    stripe_world.post(f"{path}/resume", billing_cycle_anchor={"type": "now"})
    assert stripe_world.license_of(subscription).state == "active"


def test_paused_collection_changes_nothing(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.post(f"/v1/subscriptions/{subscription['id']}", pause_collection={"behavior": "void"})
    license = stripe_world.license_of(subscription)
    assert (license.state, kinds(license)) == ("active", ["issued"])
    assert BillingSubscription.objects.get().paused_collection


def test_cancelling_one_of_two_subscriptions_leaves_the_other(stripe_world, alice):
    first = stripe_world.subscribe(alice, stripe_world.monthly)
    second = stripe_world.subscribe(alice, stripe_world.yearly)
    stripe_world.license_of(first)
    stripe_world.license_of(second)
    stripe_world.delete(f"/v1/subscriptions/{first['id']}")
    assert stripe_world.license_of(first).state == "expired"
    assert stripe_world.license_of(second).state == "active"


def test_a_subscription_that_is_gone_ends_its_license(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    with stripe_world.simulator.world.lock:
        del stripe_world.simulator.world.store.kinds["subscription"][subscription["id"]]
    license = stripe_world.license_of(subscription)
    assert license.state == "expired"
    assert BillingSubscription.objects.get().is_gone


def test_a_deleted_customer_loses_subscriptions_and_keeps_the_rows(stripe_world, alice):
    """Pitfall 22."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.delete(f"/v1/customers/{subscription['customer']}")
    stripe_world.sync("customer", subscription["customer"])
    license = License.objects.get()
    assert license.state == "expired"
    customer = BillingSubscription.objects.get().customer
    assert customer.is_deleted
    assert stripe_world.customer(alice).pk != customer.pk


def set_status(stripe_world, subscription, **fields):
    """Let Stripe say something that it does not say today."""
    world = stripe_world.simulator.world
    with world.lock:
        world.store.get("subscription", subscription["id"]).update(fields)


def test_a_status_that_nobody_knows_keeps_the_last_good_state(stripe_world, alice, caplog):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    before = stripe_world.license_of(subscription)
    set_status(stripe_world, subscription, status="hibernating")
    after = stripe_world.license_of(subscription)
    assert (after.state, after.access_until) == (before.state, before.access_until)
    assert "unknown status hibernating" in caplog.text


def test_a_status_that_nobody_knows_gives_nothing_new(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    set_status(stripe_world, subscription, status="hibernating")
    stripe_world.sync("subscription", subscription["id"])
    assert not License.objects.exists()


def test_incomplete_again_does_not_take_a_license_back(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    set_status(stripe_world, subscription, status="incomplete")
    assert stripe_world.license_of(subscription).state == "active"


def test_a_subscription_that_ended_before_we_saw_it_gives_nothing(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    stripe_world.sync("subscription", subscription["id"])
    assert not License.objects.exists()
    assert BillingSubscription.objects.get().status == "canceled"


def test_a_hold_by_staff_survives_what_stripe_says(stripe_world, alice):
    from tests.conftest import STAFF
    from wagtail_licensing.domain.states import Hold
    from wagtail_licensing.licenses import lift_hold, place_hold

    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = stripe_world.license_of(subscription)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=stripe_world.now, by=STAFF)
    stripe_world.simulator.advance(days=32)
    license = stripe_world.license_of(subscription)
    assert license.state == "suspended"
    assert license.ends_at > stripe_world.now
    lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=stripe_world.now, by=STAFF)
    license.refresh_from_db()
    assert license.state == "active"


def test_a_revoked_license_is_not_brought_back_by_a_renewal(stripe_world, alice):
    from tests.conftest import STAFF
    from wagtail_licensing.licenses import revoke_license

    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = stripe_world.license_of(subscription)
    revoke_license(license_id=license.pk, at=stripe_world.now, by=STAFF)
    stripe_world.simulator.advance(days=32)
    assert stripe_world.license_of(subscription).state == "revoked"


def test_a_license_that_ran_out_unheard_comes_back_with_the_news(stripe_world, alice):
    """Pitfall 39: nobody pays without access."""
    from wagtail_licensing.licenses import end_due_licenses

    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.simulator.advance(days=40)
    end_due_licenses(at=stripe_world.now)
    assert License.objects.get().state == "expired"
    assert stripe_world.license_of(subscription).state == "active"


def test_an_invoice_that_is_sent_is_past_due_from_its_due_date(stripe_world, alice):
    subscription = stripe_world.subscribe(
        alice, stripe_world.monthly, collection_method="send_invoice", days_until_due=10
    )
    assert stripe_world.license_of(subscription).state == "active"
    stripe_world.simulator.advance(days=12)
    license = stripe_world.license_of(subscription)
    invoice = stripe_world.get("/v1/invoices")["data"][0]
    due = dt.datetime.fromtimestamp(invoice["due_date"], dt.UTC)
    assert license.state == "grace"
    assert license.access_until == due + 7 * DAY


def test_a_customer_row_without_an_owner_gives_nobody_anything(stripe_world, alice):
    from wagtail_licensing.models import BillingCustomer

    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    BillingCustomer.objects.update(user=None)
    stripe_world.sync("subscription", subscription["id"])
    assert not License.objects.exists()


def test_an_organization_holds_what_its_customer_pays(stripe_world, alice):
    from wagtail_licensing.models import BillingCustomer, Organization

    acme = Organization.objects.create(name="Acme", slug="acme", owner=alice)
    subscription = stripe_world.subscribe(alice, stripe_world.seats, quantity=3)
    BillingCustomer.objects.update(user=None, organization=acme)
    license = stripe_world.license_of(subscription)
    assert (license.organization, license.user, license.seats_total) == (acme, None, 3)
    assert not license.seats.exists()


def test_the_grace_that_was_promised_holds(stripe_world, alice, pro):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    type(pro).objects.update(grace_days=1)
    stripe_world.simulator.card(subscription["customer"], "decline")
    stripe_world.simulator.advance(days=31, hours=2)
    license = stripe_world.license_of(subscription)
    assert license.access_until == BillingSubscription.objects.get().past_due_since + 7 * DAY
