"""Buying: what is offered, what a second click does, who gets what was paid."""

import datetime as dt

import pytest

from tests.conftest import give, make_product
from wagtail_licensing.billing.checkout import (
    AlreadyLicensed,
    BillingUnavailable,
    NotForSale,
    PaymentUnderWay,
    TooManyAttempts,
    confirm_checkout,
    safe_path,
)
from wagtail_licensing.billing.customer_portal import NoBillingCustomer, portal_session_url
from wagtail_licensing.models import (
    BillingCustomer,
    BillingPayment,
    CheckoutIntent,
    License,
    ProductPrice,
    SyncTarget,
)

pytestmark = pytest.mark.django_db


def session_of(stripe_world, intent):
    return stripe_world.get(f"/v1/checkout/sessions/{intent.stripe_session_id}", expand=["line_items"])


def test_a_checkout_sends_our_customer_our_price_and_a_nonce(stripe_world, alice):
    intent = stripe_world.checkout(alice, stripe_world.monthly, return_path="/article/")
    session = session_of(stripe_world, intent)
    customer = BillingCustomer.objects.get(user=alice)
    assert session["customer"] == customer.stripe_id
    assert session["client_reference_id"] == intent.nonce
    assert session["mode"] == "subscription"
    assert session["success_url"] == f"http://testserver/licensing/checkout/{intent.nonce}/"
    assert session["line_items"]["data"][0]["price"]["id"] == stripe_world.monthly.stripe_price_id
    assert session["metadata"] == {"wagtail_licensing_intent": str(intent.pk)}
    assert intent.session_url == session["url"]
    assert intent.return_path == "/article/"


def test_a_second_click_gets_the_same_session(stripe_world, alice):
    first = stripe_world.checkout(alice, stripe_world.monthly)
    second = stripe_world.checkout(alice, stripe_world.monthly)
    assert (second.pk, second.session_url) == (first.pk, first.session_url)
    assert CheckoutIntent.objects.count() == 1


def test_another_price_gets_another_session(stripe_world, alice):
    first = stripe_world.checkout(alice, stripe_world.monthly)
    second = stripe_world.checkout(alice, stripe_world.yearly)
    assert second.stripe_session_id != first.stripe_session_id
    assert BillingCustomer.objects.count() == 1


def test_a_session_that_ran_out_is_replaced(stripe_world, alice):
    first = stripe_world.checkout(alice, stripe_world.monthly)
    stripe_world.simulator.advance(hours=25)
    second = stripe_world.checkout(alice, stripe_world.monthly)
    assert second.pk != first.pk


def test_a_click_after_paying_finds_the_license(stripe_world, alice):
    stripe_world.buy(alice, stripe_world.monthly)
    with pytest.raises(AlreadyLicensed):
        stripe_world.checkout(alice, stripe_world.monthly)
    assert License.objects.get().state == "active"


def test_who_pays_for_a_product_cannot_buy_it_again(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    with pytest.raises(AlreadyLicensed):
        stripe_world.checkout(alice, stripe_world.yearly)


def test_who_owns_a_product_for_ever_cannot_buy_it_again(stripe_world, alice):
    intent = stripe_world.buy(alice, stripe_world.once)
    confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    with pytest.raises(AlreadyLicensed):
        stripe_world.checkout(alice, stripe_world.once)


def test_who_was_given_a_product_may_buy_it(stripe_world, alice):
    give(alice, stripe_world.pro, at=stripe_world.now)
    assert stripe_world.checkout(alice, stripe_world.monthly).session_url


def test_after_the_end_it_can_be_bought_again_without_a_second_trial(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.tried, trial_period_days=14)
    stripe_world.license_of(subscription)
    stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    stripe_world.license_of(subscription)
    intent = stripe_world.buy(alice, stripe_world.tried)
    confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    assert not License.objects.get(state="active").is_trial


def test_the_first_purchase_of_a_price_with_a_trial_is_a_trial(stripe_world, alice):
    intent = stripe_world.buy(alice, stripe_world.tried)
    confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    license = License.objects.get()
    assert license.is_trial
    assert license.ends_at - stripe_world.now > dt.timedelta(days=13)


@pytest.mark.parametrize(
    ("change", "quantity"),
    [
        ({"is_archived": True}, 1),
        ({"livemode": True}, 1),
        ({"account": "other"}, 1),
        ({}, 0),
        ({}, -1),
        ({}, 2),
        ({}, 10**9),
    ],
    ids=["archived", "live", "other account", "none", "negative", "two of one", "a billion"],
)
def test_what_is_not_on_offer_is_refused_before_stripe_hears_of_it(
    stripe_world, alice, change, quantity
):
    ProductPrice.objects.filter(pk=stripe_world.monthly.pk).update(**change)
    price = ProductPrice.objects.get(pk=stripe_world.monthly.pk)
    with pytest.raises(NotForSale):
        stripe_world.checkout(alice, price, quantity=quantity)
    assert not BillingCustomer.objects.exists()


@pytest.mark.parametrize("change", [{"is_archived": True}, {"issue_mode": "by_hand"}])
def test_a_product_that_is_not_sold_is_refused(stripe_world, alice, change):
    type(stripe_world.pro).objects.filter(pk=stripe_world.pro.pk).update(**change)
    price = ProductPrice.objects.get(pk=stripe_world.monthly.pk)
    with pytest.raises(NotForSale):
        stripe_world.checkout(alice, price)


def test_a_price_that_stripe_no_longer_sells_is_refused(stripe_world, alice):
    stripe_world.post(f"/v1/prices/{stripe_world.monthly.stripe_price_id}", active=False)
    with pytest.raises(NotForSale):
        stripe_world.checkout(alice, stripe_world.monthly)
    assert CheckoutIntent.objects.get().state == "failed"


def test_a_price_that_costs_something_else_at_stripe_is_not_sold(stripe_world, alice):
    ProductPrice.objects.filter(pk=stripe_world.once.pk).update(unit_amount=100)
    price = ProductPrice.objects.get(pk=stripe_world.once.pk)
    with pytest.raises(NotForSale):
        stripe_world.checkout(alice, price)


def test_seats_are_bought_in_a_quantity(stripe_world, alice):
    intent = stripe_world.buy(alice, stripe_world.seats, quantity=4)
    confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    assert License.objects.get().seats_total == 4


@pytest.mark.parametrize(
    "fault",
    [{"status": 500, "count": 9}, {"status": 429, "count": 9}, {"status": 401, "count": 9}],
    ids=["500", "429", "401"],
)
def test_an_outage_says_that_nothing_was_charged(stripe_world, alice, fault):
    stripe_world.simulator.set_faults(api=[fault])
    with pytest.raises(BillingUnavailable, match="Nothing was charged"):
        stripe_world.checkout(alice, stripe_world.monthly)


def test_without_a_key_nothing_can_be_bought(stripe_world, alice, settings):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""
    with pytest.raises(BillingUnavailable):
        stripe_world.checkout(alice, stripe_world.monthly)


def test_an_answer_that_got_lost_makes_no_second_session(stripe_world, alice):
    stripe_world.customer(alice)
    stripe_world.simulator.set_faults(
        api=[{"path": "/v1/checkout/sessions", "kind": "reset", "after": True, "count": 9}]
    )
    with pytest.raises(BillingUnavailable):
        stripe_world.checkout(alice, stripe_world.monthly)
    stripe_world.simulator.clear_faults()
    stripe_world.checkout(alice, stripe_world.monthly)
    sessions = stripe_world.get("/v1/checkout/sessions")["data"]
    assert len(sessions) == 1
    assert CheckoutIntent.objects.count() == 1


def test_a_customer_whose_creation_got_lost_is_not_created_twice(stripe_world, alice):
    stripe_world.simulator.set_faults(
        api=[{"path": "/v1/customers", "kind": "reset", "after": True, "count": 9}]
    )
    with pytest.raises(BillingUnavailable):
        stripe_world.checkout(alice, stripe_world.monthly)
    stripe_world.simulator.clear_faults()
    stripe_world.checkout(alice, stripe_world.monthly)
    assert len(stripe_world.get("/v1/customers")["data"]) == 1


def test_a_customer_deleted_at_stripe_is_replaced(stripe_world, alice):
    old = stripe_world.customer(alice)
    stripe_world.delete(f"/v1/customers/{old.stripe_id}")
    intent = stripe_world.checkout(alice, stripe_world.monthly)
    assert session_of(stripe_world, intent)["customer"] != old.stripe_id
    assert BillingCustomer.objects.get(pk=old.pk).is_deleted


def test_a_changed_mail_address_keeps_the_customer(stripe_world, alice, bob):
    """Pitfall 15."""
    stripe_world.customer(alice)
    alice.email, bob.email = "new@example.org", "alice@example.org"
    alice.save()
    bob.save()
    assert stripe_world.customer(alice).pk != stripe_world.customer(bob).pk
    assert BillingCustomer.objects.count() == 2


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example",
        "javascript:alert(1)",
        "article/",
        "/x\n//evil.example",
        "/" + "x" * 3000,
        " //evil.example",
    ],
)
def test_a_return_path_that_leaves_the_site_is_dropped(path):
    assert safe_path(path) == ""


def test_a_return_path_of_this_site_is_kept():
    assert safe_path("/article/?page=2#end") == "/article/?page=2#end"


# --- coming back --------------------------------------------------------------------------------


def test_the_return_page_activates_before_the_webhook_does(stripe_world, alice, deliver):
    intent = stripe_world.buy(alice, stripe_world.monthly)
    confirmed = confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    assert (confirmed.state, confirmed.payment_status) == ("completed", "paid")
    license = License.objects.get()
    assert (license.user, license.state) == (alice, "active")
    assert set(deliver()) == {200}
    assert License.objects.count() == 1
    assert license.events.count() == 1


def test_the_webhook_activates_before_the_return_page_does(stripe_world, alice, deliver):
    intent = stripe_world.buy(alice, stripe_world.monthly)
    assert set(deliver()) == {200}
    license = License.objects.get()
    assert (license.user, license.state, license.events.count()) == (alice, "active", 1)
    confirmed = confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    assert confirmed.state == "completed"
    assert license.events.count() == 1


def test_coming_back_without_paying_gives_nothing(stripe_world, alice):
    intent = stripe_world.checkout(alice, stripe_world.monthly)
    confirmed = confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    assert confirmed.state == "open"
    assert not License.objects.exists()


def test_somebody_elses_nonce_is_unknown(stripe_world, alice, charlie):
    """Pitfall 16."""
    intent = stripe_world.buy(alice, stripe_world.monthly)
    with pytest.raises(CheckoutIntent.DoesNotExist):
        confirm_checkout(user=charlie, nonce=intent.nonce, at=stripe_world.now)
    assert not License.objects.exists()


@pytest.mark.parametrize("kind", ["hang", "status", "reset", "html"])
def test_an_outage_on_the_return_page_leaves_the_intent_open_within_the_budget(
    stripe_world, alice, kind
):
    import time

    intent = stripe_world.buy(alice, stripe_world.monthly)
    stripe_world.simulator.set_faults(api=[{"kind": kind, "seconds": 6, "count": 5}])
    begun = time.monotonic()
    confirmed = confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    assert time.monotonic() - begun < 4
    assert confirmed.state == "open"
    stripe_world.simulator.clear_faults()
    later = stripe_world.now + dt.timedelta(minutes=2)
    assert confirm_checkout(user=alice, nonce=intent.nonce, at=later).state == "completed"
    assert License.objects.count() == 1


# --- one-off payments ---------------------------------------------------------------------------


def test_a_one_off_payment_gives_a_license_without_end_once(stripe_world, alice, deliver):
    intent = stripe_world.buy(alice, stripe_world.once)
    for _ in range(3):
        confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    deliver()
    license = License.objects.get()
    assert (license.user, license.product, license.state) == (alice, stripe_world.course, "active")
    assert (license.access_until, license.source) == (None, "purchase")
    payment = BillingPayment.objects.get()
    assert (payment.amount, payment.currency, payment.license) == (4900, "EUR", license)


def test_a_fixed_term_ends_after_its_days(stripe_world, alice):
    intent = stripe_world.buy(alice, stripe_world.year_pass)
    confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    license = License.objects.get()
    assert license.access_until == license.starts_at + dt.timedelta(days=365)
    assert not license.renews


def test_a_fixed_term_can_be_bought_again(stripe_world, alice):
    for _ in range(2):
        intent = stripe_world.buy(alice, stripe_world.year_pass)
        confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    first, second = License.objects.order_by("pk")
    assert second.starts_at == first.ends_at
    assert second.ends_at == first.ends_at + dt.timedelta(days=365)
    assert (first.state, second.state, second.pending_reason) == ("active", "pending", "start")
    assert second.facts.entitles(second.starts_at)
    assert not second.facts.entitles(second.starts_at - dt.timedelta(microseconds=1))


def test_the_refund_of_an_early_renewal_takes_that_term_alone(stripe_world, alice, deliver):
    for _ in range(2):
        stripe_world.buy(alice, stripe_world.year_pass)
        deliver()
    first, second = BillingPayment.objects.order_by("pk")
    refund(stripe_world, second)
    deliver()
    assert [row.state for row in License.objects.order_by("pk")] == ["active", "revoked"]
    assert first.license.state == "active"


@pytest.mark.parametrize("succeed", [True, False])
def test_a_debit_that_takes_days_gives_access_when_it_is_there(stripe_world, alice, deliver, succeed):
    """Pitfall 14."""
    intent = stripe_world.buy(alice, stripe_world.once, card="delayed")
    deliver()
    intent.refresh_from_db()
    assert (intent.state, intent.payment_status) == ("open", "processing")
    assert not License.objects.exists()
    stripe_world.simulator.settle_checkout(intent.stripe_session_id, succeed=succeed)
    deliver()
    intent.refresh_from_db()
    assert intent.state == ("completed" if succeed else "failed")
    assert License.objects.count() == int(succeed)


def test_a_session_that_expires_closes_the_intent(stripe_world, alice, deliver):
    intent = stripe_world.checkout(alice, stripe_world.once)
    stripe_world.post(f"/v1/checkout/sessions/{intent.stripe_session_id}/expire")
    deliver()
    intent.refresh_from_db()
    assert intent.state == "expired"


def rogue_session(stripe_world, *, customer, nonce, price=None, **params):
    """A paid session that was made in the dashboard, or by somebody with the key."""
    session = stripe_world.post(
        "/v1/checkout/sessions",
        mode="payment",
        customer=customer,
        client_reference_id=nonce,
        line_items=params.pop(
            "line_items", [{"price": (price or stripe_world.once).stripe_price_id, "quantity": 1}]
        ),
        success_url="http://testserver/",
        **params,
    )
    stripe_world.simulator.pay_checkout(session["id"])
    return session["id"]


def waiting_intent(stripe_world, user):
    """An intent whose session id we never heard, so that the nonce alone speaks for it."""
    intent = stripe_world.checkout(user, stripe_world.once)
    CheckoutIntent.objects.filter(pk=intent.pk).update(stripe_session_id="")
    return intent


def test_a_session_with_somebody_elses_customer_gives_nothing(stripe_world, alice, charlie):
    intent = waiting_intent(stripe_world, alice)
    customer = stripe_world.customer(charlie).stripe_id
    session = rogue_session(stripe_world, customer=customer, nonce=intent.nonce)
    stripe_world.sync("checkout.session", session)
    assert not License.objects.exists()
    intent.refresh_from_db()
    assert intent.state == "open"


@pytest.mark.parametrize("nonce", ["", "made-up", "' OR 1=1"])
def test_a_session_with_a_made_up_reference_gives_nothing(stripe_world, alice, nonce):
    customer = stripe_world.customer(alice).stripe_id
    session = rogue_session(stripe_world, customer=customer, nonce=nonce or "x")
    stripe_world.sync("checkout.session", session)
    assert not License.objects.exists()


def test_a_session_with_another_price_gives_nothing(stripe_world, alice):
    intent = waiting_intent(stripe_world, alice)
    customer = stripe_world.customer(alice).stripe_id
    cheap = stripe_world.make_price(make_product("Cheap", kind="perpetual"), 100)
    session = rogue_session(stripe_world, customer=customer, nonce=intent.nonce, price=cheap)
    stripe_world.sync("checkout.session", session)
    assert not License.objects.exists()


def test_a_session_with_an_amount_made_up_gives_nothing(stripe_world, alice):
    intent = waiting_intent(stripe_world, alice)
    line = {
        "quantity": 1,
        "price_data": {"currency": "eur", "unit_amount": 1, "product_data": {"name": "Course"}},
    }
    session = rogue_session(
        stripe_world,
        customer=stripe_world.customer(alice).stripe_id,
        nonce=intent.nonce,
        line_items=[line],
    )
    stripe_world.sync("checkout.session", session)
    assert not License.objects.exists()


def test_a_session_with_another_quantity_gives_nothing(stripe_world, alice):
    intent = waiting_intent(stripe_world, alice)
    session = rogue_session(
        stripe_world,
        customer=stripe_world.customer(alice).stripe_id,
        nonce=intent.nonce,
        line_items=[{"price": stripe_world.once.stripe_price_id, "quantity": 2}],
    )
    stripe_world.sync("checkout.session", session)
    assert not License.objects.exists()


def test_the_same_session_under_the_right_reference_gives_the_license(stripe_world, alice):
    intent = waiting_intent(stripe_world, alice)
    session = rogue_session(
        stripe_world, customer=stripe_world.customer(alice).stripe_id, nonce=intent.nonce
    )
    stripe_world.sync("checkout.session", session)
    assert License.objects.get().user == alice


def test_a_second_paid_session_for_one_intent_gives_no_second_license(stripe_world, alice):
    intent = stripe_world.buy(alice, stripe_world.once)
    confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    customer = stripe_world.customer(alice).stripe_id
    session = rogue_session(stripe_world, customer=customer, nonce=intent.nonce)
    stripe_world.sync("checkout.session", session)
    assert License.objects.count() == 1


# --- money that goes back -----------------------------------------------------------------------


@pytest.fixture
def bought(stripe_world, alice):
    """The payment of a course that Alice bought."""
    intent = stripe_world.buy(alice, stripe_world.once)
    confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    return BillingPayment.objects.get()


def refund(stripe_world, payment, amount=None):
    params = {"amount": amount} if amount else {}
    return stripe_world.post("/v1/refunds", payment_intent=payment.stripe_id, **params)


def state():
    return License.objects.get().state


def test_a_full_refund_revokes_and_the_history_names_the_event(stripe_world, bought, deliver):
    deliver()
    refund(stripe_world, bought)
    deliver()
    assert state() == "revoked"
    line = License.objects.get().events.last()
    assert line.kind == "revoked"
    assert line.reason
    assert line.stripe_event_id.startswith("evt_")


def test_a_partial_refund_is_noted_and_takes_nothing(stripe_world, bought, deliver):
    refund(stripe_world, bought, 1000)
    deliver()
    bought.refresh_from_db()
    assert (state(), bought.amount_refunded) == ("active", 1000)


def test_two_partial_refunds_of_everything_revoke(stripe_world, bought, deliver):
    refund(stripe_world, bought, 1000)
    refund(stripe_world, bought, 3900)
    deliver()
    assert state() == "revoked"


def test_a_refund_before_the_purchase_was_seen_revokes(stripe_world, alice, deliver):
    stripe_world.buy(alice, stripe_world.once)
    intent = stripe_world.get("/v1/payment_intents")["data"][0]["id"]
    stripe_world.post("/v1/refunds", payment_intent=intent)
    deliver("charge.", "refund.")
    assert not License.objects.exists()
    deliver()
    assert state() == "revoked"


def charge_of(stripe_world, payment):
    return stripe_world.get(f"/v1/payment_intents/{payment.stripe_id}")["latest_charge"]


def dispute(stripe_world, payment, status="needs_response"):
    return stripe_world.simulator.dispute(charge_of(stripe_world, payment), status=status)


def decide(stripe_world, row, status):
    stripe_world.simulator.decide_dispute(row["id"], status=status)


def test_a_dispute_holds_and_winning_it_lifts_the_hold(stripe_world, bought, deliver):
    row = dispute(stripe_world, bought)
    deliver()
    assert state() == "suspended"
    decide(stripe_world, row, "under_review")
    deliver()
    assert state() == "suspended"
    decide(stripe_world, row, "won")
    deliver()
    assert state() == "active"


def test_a_lost_dispute_revokes(stripe_world, bought, deliver):
    row = dispute(stripe_world, bought)
    deliver()
    decide(stripe_world, row, "lost")
    deliver()
    assert state() == "revoked"


def test_an_inquiry_holds_nothing(stripe_world, bought, deliver):
    row = dispute(stripe_world, bought, "warning_needs_response")
    deliver()
    assert state() == "active"
    decide(stripe_world, row, "warning_closed")
    deliver()
    assert state() == "active"
    kinds = License.objects.get().events.values_list("kind", flat=True)
    assert list(kinds) == ["issued", "flagged", "flag_lifted"]


@pytest.mark.parametrize(("rule", "mark"), [("flag", "refunded"), ("keep", "")])
def test_a_full_refund_keeps_the_license_where_that_was_promised(
    stripe_world, alice, deliver, rule, mark
):
    stripe_world.course.full_refund = rule
    stripe_world.course.save()
    intent = stripe_world.buy(alice, stripe_world.once)
    confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    refund(stripe_world, BillingPayment.objects.get())
    deliver()
    license = License.objects.get()
    assert (license.state, license.flag) == ("active", mark)


# --- the portal ---------------------------------------------------------------------------------


def test_the_portal_opens_for_ones_own_customer(stripe_world, alice, bob):
    stripe_world.customer(bob)
    mine = stripe_world.customer(alice)
    url = portal_session_url(user=alice, return_url="http://testserver/licensing/account/")
    assert url.startswith(stripe_world.simulator.base_url)
    world = stripe_world.simulator.world
    sessions = world.store.all("billing_portal.session")
    assert [row["customer"] for row in sessions] == [mine.stripe_id]


def test_who_never_bought_has_no_portal(stripe_world, charlie):
    with pytest.raises(NoBillingCustomer):
        portal_session_url(user=charlie, return_url="http://testserver/")


def test_the_portal_is_unavailable_during_an_outage(stripe_world, alice):
    stripe_world.customer(alice)
    stripe_world.simulator.set_faults(api=[{"status": 500, "count": 9}])
    with pytest.raises(BillingUnavailable):
        portal_session_url(user=alice, return_url="http://testserver/")


def test_nobody_pays_twice_while_a_debit_is_under_way(stripe_world, alice, deliver):
    intent = stripe_world.buy(alice, stripe_world.once, card="delayed")
    with pytest.raises(PaymentUnderWay):
        stripe_world.checkout(alice, stripe_world.once)
    stripe_world.simulator.advance(days=2)
    with pytest.raises(PaymentUnderWay):
        stripe_world.checkout(alice, stripe_world.once)
    stripe_world.simulator.settle_checkout(intent.stripe_session_id, succeed=False)
    deliver()
    assert stripe_world.checkout(alice, stripe_world.once).session_url


def test_trying_out_cards_comes_to_an_end(stripe_world, alice, charlie):
    for _ in range(30):
        CheckoutIntent.objects.create(
            user=charlie,
            price=stripe_world.once,
            created_at=stripe_world.now,
            expires_at=stripe_world.now,
            state="failed",
        )
    with pytest.raises(TooManyAttempts):
        stripe_world.checkout(charlie, stripe_world.once)
    assert stripe_world.checkout(alice, stripe_world.once).session_url
    stripe_world.simulator.advance(hours=1, seconds=1)
    assert stripe_world.checkout(charlie, stripe_world.once).session_url


def test_an_inactive_user_buys_nothing(stripe_world, alice):
    alice.is_active = False
    with pytest.raises(NotForSale):
        stripe_world.checkout(alice, stripe_world.once)


def test_a_purchase_without_anything_to_pay_gives_the_license(stripe_world, alice):
    free = stripe_world.make_price(make_product("Free course", kind="perpetual"), 0)
    intent = stripe_world.buy(alice, free)
    confirmed = confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    assert confirmed.payment_status == "no_payment_required"
    payment = BillingPayment.objects.get()
    assert (payment.stripe_id, payment.license.state) == (intent.stripe_session_id, "active")


def test_a_coupon_of_the_owner_takes_nothing_from_the_license(stripe_world, alice):
    intent = waiting_intent(stripe_world, alice)
    coupon = stripe_world.post("/v1/coupons", percent_off=50, duration="once")
    session = rogue_session(
        stripe_world,
        customer=stripe_world.customer(alice).stripe_id,
        nonce=intent.nonce,
        discounts=[{"coupon": coupon["id"]}],
    )
    stripe_world.sync("checkout.session", session)
    assert License.objects.get().user == alice
    assert BillingPayment.objects.get().amount == 2450


def test_a_subscription_sold_once_gives_nothing(stripe_world, alice, caplog):
    wrong = stripe_world.make_price(stripe_world.pro, 900)
    with pytest.raises(NotForSale):
        stripe_world.checkout(alice, wrong)
    intent = waiting_intent(stripe_world, alice)
    CheckoutIntent.objects.filter(pk=intent.pk).update(price=wrong)
    session = rogue_session(
        stripe_world,
        customer=stripe_world.customer(alice).stripe_id,
        nonce=intent.nonce,
        price=wrong,
    )
    stripe_world.sync("checkout.session", session)
    assert not License.objects.exists()


def test_what_was_revoked_for_a_refund_stays_revoked_when_that_fails_later(
    stripe_world, bought, deliver
):
    refund(stripe_world, bought)
    deliver()
    (row,) = stripe_world.get("/v1/refunds")["data"]
    stripe_world.simulator.fail_refund(row["id"])
    revoked = License.objects.get()
    deliver()
    bought.refresh_from_db()
    revoked.refresh_from_db()
    assert (revoked.state, bought.amount_refunded) == ("revoked", 0)
    # It is followed by another one: tests/billing/test_come_back.py
    assert bought.license != revoked


def test_a_customer_whose_creation_got_lost_and_whose_address_changed_is_created(stripe_world, alice):
    stripe_world.simulator.set_faults(
        api=[{"path": "/v1/customers", "kind": "reset", "after": True, "count": 9}]
    )
    with pytest.raises(BillingUnavailable):
        stripe_world.checkout(alice, stripe_world.monthly)
    stripe_world.simulator.clear_faults()
    alice.email = "new@example.org"
    assert stripe_world.checkout(alice, stripe_world.monthly).session_url


def test_a_customer_that_is_not_deleted_stays(stripe_world, alice):
    customer = stripe_world.customer(alice)
    stripe_world.sync("customer", customer.stripe_id)
    stripe_world.sync("customer", "cus_of_nobody")
    customer.refresh_from_db()
    assert not customer.is_deleted


@pytest.mark.parametrize(
    ("kind", "object_id"),
    [
        ("checkout.session", "cs_test_gone"),
        ("payment_intent", "pi_gone"),
        ("subscription", "sub_gone"),
    ],
)
def test_what_never_was_here_and_is_gone_there_is_done(stripe_world, kind, object_id):
    stripe_world.sync(kind, object_id)
    target = SyncTarget.objects.get()
    assert (target.applied, target.error) == (1, "")


def test_a_payment_that_is_gone_takes_nothing(stripe_world, bought):
    with stripe_world.simulator.world.lock:
        del stripe_world.simulator.world.store.kinds["payment_intent"][bought.stripe_id]
    stripe_world.sync("payment_intent", bought.stripe_id)
    assert state() == "active"
