"""What went wrong in other integrations with Stripe: the numbers are those of the list of pitfalls.

Those that are not here have their number in the docstring of the test that covers them.
"""

import datetime as dt
import json
from itertools import permutations

import pytest
from django.urls import reverse

from tests.conftest import gate_page, make_product
from wagtail_licensing.access import has_access
from wagtail_licensing.billing.checkout import AlreadyLicensed
from wagtail_licensing.models import (
    BillingCustomer,
    BillingPayment,
    BillingSubscription,
    License,
    StripeEvent,
    SyncTarget,
)

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def end_of(item):
    return dt.datetime.fromtimestamp(item["current_period_end"], dt.UTC)


def only_license(world, subscription):
    return world.license_of(subscription)


def states():
    return {license.product.name: license.state for license in License.objects.all()}


@pytest.fixture
def yearly_basic(stripe_world, basic):
    return stripe_world.make_price(basic, 9900, interval="year")


# --- items, plans, schedules --------------------------------------------------------------------


def test_items_of_one_subscription_end_each_at_its_own_time(stripe_world, alice, yearly_basic):
    """Pitfall 1: the period is that of the item, also with a month and a year in one subscription."""
    stripe_world.simulator.set_settings(default_billing_mode="flexible")
    subscription = stripe_world.subscribe(alice, stripe_world.monthly, yearly_basic)
    stripe_world.sync("subscription", subscription["id"])
    month, year = subscription["items"]["data"]
    ends = {row.product.name: row.ends_at for row in License.objects.all()}
    assert ends == {"Pro": end_of(month), "Basic": end_of(year)}
    assert ends["Basic"] - ends["Pro"] > 300 * DAY
    stripe_world.simulator.advance(days=32)
    stripe_world.sync("subscription", subscription["id"])
    later = {row.product.name: row.ends_at for row in License.objects.all()}
    assert later["Pro"] > ends["Pro"]
    assert later["Basic"] == ends["Basic"]


def test_an_upgrade_now_and_a_downgrade_at_the_end_of_the_period(stripe_world, alice, basic):
    """Up at once, down through a schedule: one license all the way, switched when Stripe switches."""
    small = stripe_world.make_price(basic, 500, interval="month")
    subscription = stripe_world.subscribe(alice, small)
    license = only_license(stripe_world, subscription)
    assert license.product == basic
    item = subscription["items"]["data"][0]["id"]
    stripe_world.post(f"/v1/subscription_items/{item}", price=stripe_world.monthly.stripe_price_id)
    assert only_license(stripe_world, subscription).product == stripe_world.pro

    schedule = stripe_world.post("/v1/subscription_schedules", from_subscription=subscription["id"])
    now = schedule["phases"][0]
    stripe_world.post(
        f"/v1/subscription_schedules/{schedule['id']}",
        phases=[
            {
                "items": [{"price": stripe_world.monthly.stripe_price_id, "quantity": 1}],
                "start_date": now["start_date"],
                "end_date": now["end_date"],
            },
            {"items": [{"price": small.stripe_price_id, "quantity": 1}]},
        ],
    )
    waiting = only_license(stripe_world, subscription)
    assert (waiting.product, waiting.renews) == (stripe_world.pro, True)
    stripe_world.simulator.advance(days=32)
    after = only_license(stripe_world, subscription)
    assert (after.pk, after.product, after.state) == (license.pk, basic, "active")
    assert [row.kind for row in after.events.all()].count("switched") == 2


def test_an_unknown_price_is_an_alarm_and_never_the_end(stripe_world, alice, caplog):
    """The last good product stays through renewals, until the price is entered here."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = only_license(stripe_world, subscription)
    stranger = stripe_world.make_price(stripe_world.pro, 100, interval="month", mapped=False)
    item = subscription["items"]["data"][0]["id"]
    stripe_world.post(f"/v1/subscription_items/{item}", price=stranger)
    stripe_world.simulator.advance(days=32)
    after = only_license(stripe_world, subscription)
    assert (after.pk, after.product, after.state) == (license.pk, stripe_world.pro, "active")
    assert after.ends_at > license.ends_at
    assert "no product has" in caplog.text


def test_two_subscriptions_for_one_product_are_the_union_of_both(stripe_world, alice, gated_article):
    """Pitfall 21: cancelling one ends the other for nobody."""
    first = stripe_world.subscribe(alice, stripe_world.monthly)
    second = stripe_world.subscribe(alice, stripe_world.yearly)
    for subscription in (first, second):
        stripe_world.license_of(subscription)
    assert License.objects.filter(user=alice, product=stripe_world.pro).count() == 2
    stripe_world.delete(f"/v1/subscriptions/{first['id']}")
    stripe_world.license_of(first)
    assert has_access(alice, gated_article)
    stripe_world.delete(f"/v1/subscriptions/{second['id']}")
    stripe_world.license_of(second)
    assert not has_access(alice, gated_article)


def test_nobody_is_sold_a_second_subscription_of_one_product(stripe_world, alice):
    stripe_world.license_of(stripe_world.subscribe(alice, stripe_world.monthly))
    with pytest.raises(AlreadyLicensed):
        stripe_world.checkout(alice, stripe_world.yearly)


# --- pauses and trials --------------------------------------------------------------------------


def test_the_three_doors_of_a_pause(stripe_world, alice, bob, charlie):
    """Pitfall 7: a pause closes, whichever way it came, and its end opens again."""
    asked = stripe_world.subscribe(alice, stripe_world.monthly)
    trial = stripe_world.subscribe(
        bob,
        stripe_world.monthly,
        card="none",
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": "pause"}},
    )
    stripe_world.simulator.set_settings(final_action="paused", retry_days=[1, 1])
    dunned = stripe_world.subscribe(charlie, stripe_world.monthly)
    for subscription in (asked, trial, dunned):
        assert stripe_world.license_of(subscription).state == "active"
    stripe_world.simulator.card(dunned["customer"], "decline")
    stripe_world.simulator.advance(days=8)
    stripe_world.post(f"/v1/subscriptions/{asked['id']}/pause", type="subscription")
    stripe_world.simulator.advance(days=28)
    for subscription in (asked, trial, dunned):
        theirs = stripe_world.get(f"/v1/subscriptions/{subscription['id']}")
        assert theirs["status"] == "paused", theirs["status_details"]
        license = stripe_world.license_of(subscription)
        assert (license.state, license.holds.get().kind) == ("suspended", "paused")
    stripe_world.simulator.card(asked["customer"], "ok")
    stripe_world.post(f"/v1/subscriptions/{asked['id']}/resume", billing_cycle_anchor={"type": "now"})
    assert stripe_world.license_of(asked).state == "active"


@pytest.mark.parametrize(
    ("behaviour", "card", "state"),
    [
        ("cancel", "none", "expired"),
        ("pause", "none", "suspended"),
        ("create_invoice", "none", "grace"),
        ("cancel", "ok", "active"),
        ("create_invoice", "decline", "grace"),
    ],
)
def test_each_end_of_a_trial(stripe_world, alice, behaviour, card, state):
    subscription = stripe_world.subscribe(
        alice,
        stripe_world.monthly,
        card=card,
        trial_period_days=7,
        trial_settings={"end_behavior": {"missing_payment_method": behaviour}},
    )
    assert stripe_world.license_of(subscription).is_trial
    stripe_world.simulator.advance(days=7, hours=3)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.is_trial) == (state, False)


# --- money --------------------------------------------------------------------------------------


def test_an_invoice_of_thirty_days_is_no_debt_before_its_day(stripe_world, alice):
    subscription = stripe_world.subscribe(
        alice, stripe_world.monthly, collection_method="send_invoice", days_until_due=30
    )
    license = stripe_world.license_of(subscription)
    assert (license.state, license.renews) == ("active", True)
    stripe_world.simulator.advance(days=29)
    assert stripe_world.license_of(subscription).state == "active"
    stripe_world.simulator.advance(days=2)
    license = stripe_world.license_of(subscription)
    # Meanwhile a second one was sent; the debt is as old as the first.
    second, invoice = stripe_world.get("/v1/invoices")["data"]
    due = dt.datetime.fromtimestamp(invoice["due_date"], dt.UTC)
    assert (license.state, license.access_until) == ("grace", due + 7 * DAY)
    assert license.access_until < stripe_world.now + 7 * DAY
    for row in (invoice, second):
        stripe_world.post(f"/v1/invoices/{row['id']}/pay", paid_out_of_band=True)
    assert stripe_world.license_of(subscription).state == "active"


@pytest.mark.parametrize(("currency", "amount"), [("JPY", 1200), ("KWD", 12340), ("EUR", 1200)])
def test_amounts_are_minor_units_of_whatever_currency(stripe_world, alice, deliver, currency, amount):
    """No decimals in yen, three in dinar: bought, refunded, and said in words."""
    price = stripe_world.make_price(stripe_world.course, amount, currency=currency)
    stripe_world.buy(alice, price)
    deliver()
    payment = BillingPayment.objects.get()
    assert (payment.amount, payment.currency) == (amount, currency)
    assert License.objects.get().state == "active"
    stripe_world.post("/v1/refunds", payment_intent=payment.stripe_id)
    deliver()
    payment.refresh_from_db()
    assert (payment.amount_refunded, License.objects.get().state) == (amount, "revoked")


def test_seats_and_people_stay_through_a_debt(stripe_world, alice, bob):
    """Pitfall 26: nobody's seat is taken while Stripe tries again."""
    from tests.conftest import STAFF
    from wagtail_licensing.licenses import assign_seat

    subscription = stripe_world.subscribe(alice, stripe_world.seats, quantity=3)
    license = stripe_world.license_of(subscription)
    assign_seat(license_id=license.pk, user=bob, at=stripe_world.now, by=STAFF)
    stripe_world.simulator.card(subscription["customer"], "decline")
    stripe_world.simulator.advance(days=31, hours=2)
    assert stripe_world.license_of(subscription).state == "grace"
    stripe_world.simulator.advance(days=8)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.seats_total) == ("suspended", 3)
    assert license.seats.filter(state="assigned").count() == 2


# --- who is who ---------------------------------------------------------------------------------


def test_the_event_of_a_subscription_comes_before_everything_else(stripe_world, alice, deliver):
    """Pitfall 12: nothing is lost when the webhook is first."""
    stripe_world.buy(alice, stripe_world.monthly)
    assert set(deliver("customer.subscription.created")) == {200}
    assert License.objects.get().user == alice
    deliver()
    assert License.objects.get().events.count() == 1


def test_one_event_at_two_endpoints_with_two_secrets_is_one_event(stripe_world, alice, client, settings):
    """Pitfall 13."""
    settings.WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = ["whsec_suite", "whsec_other"]
    stripe_world.subscribe(alice, stripe_world.monthly)
    (event,) = stripe_world.events("customer.subscription.created")
    for secret in ("whsec_suite", "whsec_other", "whsec_other"):
        assert stripe_world.send(client, event, secret=secret).status_code == 200
    assert StripeEvent.objects.count() == License.objects.count() == 1
    assert License.objects.get().events.count() == 1


def test_an_address_that_changes_hands_moves_no_license(stripe_world, alice, charlie, deliver):
    """Pitfalls 15 and 17: mail addresses link nobody, here or at Stripe."""
    stripe_world.buy(alice, stripe_world.monthly)
    old, alice.email = alice.email, "new@example.org"
    alice.save()
    charlie.email = old
    charlie.save()
    customer = BillingCustomer.objects.get()
    stripe_world.post(f"/v1/customers/{customer.stripe_id}", email="payer@example.com")
    deliver()
    assert License.objects.get().user == alice
    stripe_world.checkout(charlie, stripe_world.monthly)
    theirs = BillingCustomer.objects.get(user=charlie)
    assert theirs.stripe_id != customer.stripe_id


def test_a_checkout_names_the_customer_that_is_ours(stripe_world, alice):
    """Pitfall 18: no second customer for one person."""
    for price in (stripe_world.monthly, stripe_world.once):
        intent = stripe_world.checkout(alice, price)
        session = stripe_world.get(f"/v1/checkout/sessions/{intent.stripe_session_id}")
        assert session["customer"] == BillingCustomer.objects.get().stripe_id
    assert len(stripe_world.get("/v1/customers")["data"]) == 1


@pytest.mark.parametrize("order", list(permutations(range(2))))
def test_a_deleted_customer_in_whatever_order_it_is_told(stripe_world, alice, client, order):
    """Pitfall 22."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.delete(f"/v1/customers/{subscription['customer']}")
    events = [
        *stripe_world.events("customer.deleted"),
        *stripe_world.events("customer.subscription.deleted"),
    ]
    for number in order:
        assert stripe_world.send(client, events[number]).status_code == 200
    assert License.objects.get().state == "expired"
    assert BillingCustomer.objects.get().is_deleted
    assert not SyncTarget.objects.filter(is_dead=True).exists()


@pytest.mark.parametrize("fields", [{"livemode": True}, {"account": "acct_other"}])
def test_events_of_another_mode_or_account_leave_no_trace(stripe_world, alice, client, fields):
    """Pitfall 23."""
    stripe_world.subscribe(alice, stripe_world.monthly)
    (event,) = stripe_world.events("customer.subscription.created")
    assert stripe_world.send(client, {**event, **fields}).status_code == 200
    assert not StripeEvent.objects.exists()
    assert not License.objects.exists()


def test_rows_of_the_other_mode_are_another_world(stripe_world, alice, settings):
    """Pitfall 23: the same ids in live mode meet no row of test mode."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    BillingSubscription.objects.update(livemode=True)
    BillingCustomer.objects.update(livemode=True)
    stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    stripe_world.sync("subscription", subscription["id"])
    assert License.objects.get().state == "active"


def test_the_shape_in_an_event_does_not_matter(stripe_world, alice, client):
    """Pitfall 24: the object is read again, in the version that is pinned."""
    stripe_world.subscribe(alice, stripe_world.monthly)
    (event,) = stripe_world.events("customer.subscription.created")
    old = {
        "id": event["data"]["object"]["id"],
        "object": "subscription",
        "status": "canceled",
        "current_period_end": 1,
        "plan": {"id": "gold"},
    }
    event = {**event, "api_version": "2017-08-15", "data": {"object": old}}
    assert stripe_world.send(client, event).status_code == 200
    license = License.objects.get()
    assert (license.state, license.renews) == ("active", True)


def test_what_stripe_tells_of_entitlements_gives_and_takes_nothing(stripe_world, alice, client):
    """Pitfalls 4 to 7: our own rules decide, however long, short or without an id a summary is."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    summary = {
        "object": "entitlements.active_entitlement_summary",
        "customer": subscription["customer"],
        "entitlements": {"object": "list", "data": [], "has_more": True},
    }
    (event,) = stripe_world.events("customer.subscription.created")
    event = {
        **event,
        "id": "evt_summary",
        "type": "entitlements.active_entitlement_summary.updated",
        "data": {"object": summary},
    }
    assert stripe_world.send(client, event).status_code == 200
    assert StripeEvent.objects.get().status == "ignored"
    assert License.objects.get().state == "active"


def test_nothing_is_written_at_stripe_while_events_are_applied(stripe_world, alice, client):
    """Pitfall 32: an update of ours would bring the next event, and so on."""
    subscription = stripe_world.subscribe(alice, stripe_world.seats, quantity=4)
    item = subscription["items"]["data"][0]["id"]
    stripe_world.post(f"/v1/subscription_items/{item}", quantity=2)
    stripe_world.simulator.advance(days=32)
    stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    events = stripe_world.events()
    methods = []
    stripe_world.simulator.observers.append(lambda request, answer: methods.append(request.method))
    for event in events:
        assert stripe_world.send(client, event).status_code == 200
    assert methods
    assert set(methods) == {"GET"}


def test_an_invoice_that_is_not_there_yet_is_none_of_our_business(stripe_world, alice, client):
    """Pitfall 33: `invoice.upcoming` has no id."""
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    (paid,) = stripe_world.events("invoice.paid")
    upcoming = {**paid["data"]["object"]}
    del upcoming["id"]
    event = {**paid, "id": "evt_upcoming", "type": "invoice.upcoming", "data": {"object": upcoming}}
    assert stripe_world.send(client, event).status_code == 200
    without = {**event, "id": "evt_nothing", "data": {"object": {"object": "invoice"}}}
    assert stripe_world.send(client, without).status_code == 200
    assert StripeEvent.objects.get(event_id="evt_nothing").status == "ignored"
    assert License.objects.get().billing_item.subscription.stripe_id == subscription["id"]


@pytest.mark.parametrize("nonce", ["{CHECKOUT_SESSION_ID}", "%7BCHECKOUT_SESSION_ID%7D", "cs_test_1"])
def test_a_placeholder_that_nobody_filled_in_is_a_friendly_404(client, alice, nonce):
    """Pitfalls 16 and 36: a session id opens nothing, whoever shows it."""
    client.force_login(alice)
    url = reverse("wagtail_licensing:checkout_return", args=["X"]).replace("X", nonce)
    assert client.get(url).status_code == 404


def test_a_product_of_another_shop_makes_nobody_a_member(stripe_world, alice, client):
    """Pitfall 19: every event of a foreign sale is a 200 and leaves no customer, license or user."""
    from django.contrib.auth import get_user_model

    foreign = stripe_world.post("/v1/customers", email="stranger@example.org")
    stripe_world.simulator.card(foreign["id"], "ok")
    price = stripe_world.make_price(make_product("Mug"), 500, interval="month", mapped=False)
    stripe_world.post("/v1/subscriptions", customer=foreign["id"], items=[{"price": price}])
    people = get_user_model().objects.count()
    for event in stripe_world.events():
        assert stripe_world.send(client, event).status_code == 200
    assert get_user_model().objects.count() == people
    for model in (BillingCustomer, BillingSubscription, BillingPayment, License):
        assert not model.objects.exists()
    assert not SyncTarget.objects.filter(is_dead=True).exists()


def test_a_body_that_was_read_and_written_again_is_refused(stripe_world, alice, client):
    """Pitfall 37: the signature is of the bytes."""
    from tests.billing.world import sign

    stripe_world.subscribe(alice, stripe_world.monthly)
    (event,) = stripe_world.events("customer.subscription.created")
    signed, sent = json.dumps(event), json.dumps(event, separators=(",", ":"))
    url = reverse("wagtail_licensing:stripe_webhook", args=["default"])
    header = {"Stripe-Signature": sign(signed)}
    answer = client.post(url, sent, content_type="application/json", headers=header)
    assert (answer.status_code, StripeEvent.objects.count()) == (400, 0)
    assert client.post(url, signed, content_type="application/json", headers=header).status_code == 200


def test_a_gate_does_not_open_by_a_price_that_is_not_ours(stripe_world, alice, article):
    """Pitfall 6: what counts is our own table of prices and products."""
    gate_page(article, stripe_world.pro)
    price = stripe_world.make_price(stripe_world.pro, 1, interval="month", mapped=False)
    subscription = stripe_world.subscribe(alice, price)
    stripe_world.sync("subscription", subscription["id"])
    assert not has_access(alice, article)


def test_a_dispute_that_nobody_told_of_is_found_after_its_events_are_gone(stripe_world, alice):
    """Pitfall 28: objects are read again, not events."""
    from wagtail_licensing.billing.reconcile import reconcile
    from wagtail_licensing.tasks import ring

    subscription = stripe_world.subscribe(alice, stripe_world.yearly)
    stripe_world.license_of(subscription)
    stripe_world.buy(alice, stripe_world.once)
    stripe_world.sync("checkout.session", stripe_world.get("/v1/checkout/sessions")["data"][0]["id"])
    bought, paid = (row["id"] for row in stripe_world.get("/v1/payment_intents")["data"])
    charge = stripe_world.get(f"/v1/payment_intents/{paid}")["latest_charge"]
    row = stripe_world.simulator.dispute(charge)
    stripe_world.simulator.decide_dispute(row["id"], status="lost")
    stripe_world.post("/v1/refunds", payment_intent=bought)
    stripe_world.simulator.advance(days=40)
    assert not stripe_world.events("charge.dispute.", "refund.")

    assert set(states().values()) == {"active"}
    for target_id in reconcile(at=stripe_world.now).targets:
        ring(target_id)
    assert states() == {"Pro": "revoked", "Course": "revoked"}
    again = reconcile(at=stripe_world.now)
    assert (again.differing, again.targets) == (0, [])


def test_the_suite_speaks_to_a_server_and_not_to_doubles(stripe_world):
    """Pitfall 25: what is read is raw JSON from the wire, never an object of the SDK."""
    import stripe

    asked = []
    stripe_world.simulator.observers.append(lambda request, answer: asked.append(request.path))
    answer = stripe_world.get("/v1/customers")
    assert isinstance(answer, dict)
    assert not isinstance(answer, stripe.StripeObject)
    assert asked == ["/v1/customers"]


def test_each_change_of_seats_at_stripe_arrives_and_none_is_written_back(stripe_world, alice, deliver):
    """Pitfall 31: the quantity is Stripe's; back to an earlier number is a change like any other."""
    subscription = stripe_world.subscribe(alice, stripe_world.seats, quantity=3)
    item = subscription["items"]["data"][0]["id"]
    for quantity in (4, 3, 4):
        stripe_world.post(f"/v1/subscription_items/{item}", quantity=quantity)
        deliver()
        assert License.objects.get().seats_total == quantity
