"""What a browser may say about a purchase: which price, how many, where to go back to. Nothing else.

Everything runs against the simulator of Stripe; ``tests/billing/test_checkout.py`` has more sessions.
"""

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import make_product
from wagtail_licensing.models import (
    BillingCustomer,
    BillingPayment,
    CheckoutIntent,
    License,
    LicenseClaim,
)

pytestmark = pytest.mark.django_db

#: What a form of ours never sends, and Stripe would understand.
FORGED = {
    "price": "price_of_somebody",
    "price_id": "1",
    "unit_amount": "1",
    "amount": "1",
    "amount_total": "1",
    "currency": "JPY",
    "coupon": "HALF",
    "promotion_code": "HALF",
    "discounts[0][coupon]": "HALF",
    "allow_promotion_codes": "false",
    "trial_period_days": "365",
    "subscription_data[trial_period_days]": "365",
    "subscription_data[trial_end]": "4000000000",
    "customer": "cus_of_somebody",
    "customer_email": "victim@example.org",
    "client_reference_id": "nonce-of-somebody",
    "metadata[wagtail_licensing_intent]": "1",
    "mode": "setup",
    "line_items[0][quantity]": "1000",
    "payment_method_collection": "if_required",
    "success_url": "https://evil.example/",
    "cancel_url": "https://evil.example/",
    "user": "1",
    "user_id": "1",
    "nonce": "known-beforehand",
    "state": "completed",
    "payment_status": "paid",
    "livemode": "true",
}

#: What is compared of two sessions at Stripe.
SAME = (
    "mode",
    "amount_subtotal",
    "amount_total",
    "currency",
    "customer",
    "customer_email",
    "discounts",
    "allow_promotion_codes",
    "payment_method_collection",
    "payment_status",
)


@pytest.fixture(autouse=True)
def guests_may_buy(settings):
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    settings.WAGTAIL_LICENSING_SOURCE_LIMIT = 0
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"


@pytest.fixture(params=["member", "guest"])
def buyer(request, alice) -> Client:
    browser = Client()
    if request.param == "member":
        browser.force_login(alice)
    return browser


def buy_url(price):
    return reverse("wagtail_licensing:buy", args=[price.pk])


def return_url(nonce):
    return reverse("wagtail_licensing:checkout_return", args=[nonce])


def session_of(world, intent):
    return world.get(f"/v1/checkout/sessions/{intent.stripe_session_id}", expand=["line_items"])


def begin(browser, price, /, **fields) -> CheckoutIntent:
    answer = browser.post(buy_url(price), fields)
    assert answer.status_code == 303
    return CheckoutIntent.objects.latest("pk")


# --- the button ---------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["once", "monthly", "seats"])
def test_what_a_form_adds_changes_nothing(stripe_world, buyer, which):
    price = getattr(stripe_world, which)
    forged = begin(buyer, price, quantity="1", **FORGED)
    found = session_of(stripe_world, forged)
    assert (forged.price, forged.quantity, forged.trial_days) == (price, 1, 0)
    assert (forged.nonce, forged.state) == (found["client_reference_id"], "open")
    assert forged.nonce not in FORGED.values()
    assert found["success_url"] == f"http://testserver{return_url(forged.nonce)}"
    assert found["cancel_url"].startswith("http://testserver/")
    assert found["metadata"] == {"wagtail_licensing_intent": str(forged.pk)}
    (line,) = found["line_items"]["data"]
    assert (line["price"]["id"], line["quantity"]) == (price.stripe_price_id, 1)
    CheckoutIntent.objects.update(state="failed")  # or the member gets the same one again
    plain = session_of(stripe_world, begin(buyer, price, quantity="1"))
    assert {name: found.get(name) for name in SAME} == {name: plain.get(name) for name in SAME}


@pytest.mark.parametrize(
    "quantity", ["0", "-1", "1.5", "1e3", "1000000000", "\uff11", "0x2", "1;2", " ", "NaN"]
)
def test_a_quantity_that_is_none_begins_nothing(stripe_world, buyer, quantity):
    assert buyer.post(buy_url(stripe_world.seats), {"quantity": quantity}).status_code == 400
    assert not CheckoutIntent.objects.exists()


def test_two_quantities_are_one(stripe_world, buyer):
    buyer.post(f"{buy_url(stripe_world.seats)}?quantity=900", {"quantity": ["900", "2"]})
    assert CheckoutIntent.objects.get().quantity == 2


NOT_OURS = ({"is_archived": True}, {"account": "other"}, {"livemode": True}, {"interval": "month"})


@pytest.mark.parametrize("change", NOT_OURS)
def test_a_price_that_is_not_on_offer_is_none_whoever_names_it(stripe_world, buyer, change):
    price = stripe_world.once
    type(price).objects.filter(pk=price.pk).update(**change)
    assert buyer.post(buy_url(price)).status_code == 404
    assert not CheckoutIntent.objects.exists()


@pytest.mark.parametrize("mode", ["by_hand", "registration", "approval"])
def test_what_is_not_sold_cannot_be_bought_by_its_number(stripe_world, buyer, mode):
    product = stripe_world.course
    type(product).objects.filter(pk=product.pk).update(issue_mode=mode)
    assert buyer.post(buy_url(stripe_world.once)).status_code == 404
    assert not CheckoutIntent.objects.exists()


def test_a_promotion_code_takes_off_what_stripe_says_and_gives_the_same_license(
    stripe_world, client, alice
):
    coupon = stripe_world.post("/v1/coupons", percent_off=100, duration="once")
    stripe_world.post(
        "/v1/promotion_codes", promotion={"type": "coupon", "coupon": coupon["id"]}, code="ALL"
    )
    client.force_login(alice)
    intent = begin(client, stripe_world.once, promotion_code="ALL")
    stripe_world.simulator.pay_checkout(intent.stripe_session_id)
    client.get(return_url(intent.nonce))
    assert BillingPayment.objects.get().amount == 4900  # typed into our form it means nothing
    assert [license.product for license in License.objects.all()] == [stripe_world.course]


# --- the way back -------------------------------------------------------------------------------


def everything():
    """What a look at a page must not have changed."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (License, LicenseClaim, CheckoutIntent, BillingPayment, BillingCustomer)
    ]


@pytest.fixture
def paid(stripe_world, alice):
    """Alice has paid and did not come back yet."""
    return stripe_world.buy(alice, stripe_world.once)


@pytest.mark.parametrize("query", ["", "?session_id=cs_test_1", "?look=9&nonce=x&user=1"])
def test_the_checkout_of_another_is_as_one_that_never_was(stripe_world, paid, charlie, query):
    browser = Client()
    browser.force_login(charlie)
    before = everything()
    others = browser.get(return_url(paid.nonce) + query)
    never = browser.get(return_url("x" * len(paid.nonce)) + query)
    assert (others.status_code, never.status_code) == (404, 404)
    assert others.content.replace(paid.nonce.encode(), b"x" * len(paid.nonce)) == never.content
    assert {*others.headers} == {*never.headers}
    assert everything() == before


def test_ones_own_checkout_with_the_session_of_another_gives_nothing(stripe_world, paid, charlie):
    browser = Client()
    browser.force_login(charlie)
    own = begin(browser, stripe_world.once)
    page = browser.get(f"{return_url(own.nonce)}?session_id={paid.stripe_session_id}")
    assert page.status_code == 200
    assert "ready" not in page.content.decode()
    assert not License.objects.exists()
    paid.refresh_from_db()
    assert paid.state == "open"


def test_a_guest_sees_no_checkout_of_another_guest(stripe_world):
    one, other = Client(), Client()
    intent = begin(one, stripe_world.once)
    begin(other, stripe_world.once)
    stripe_world.simulator.pay_checkout(intent.stripe_session_id, email="ada@example.org")
    before = everything()
    assert other.get(return_url(intent.nonce)).status_code == 302
    for name in ("resume_checkout", "checkout_return"):
        answer = other.get(reverse(f"wagtail_licensing:{name}", args=[intent.nonce]))
        assert intent.session_url not in str(answer.headers)
        assert b"ada" not in answer.content.lower()
    assert everything() == before


def test_signing_in_takes_no_checkout_of_a_guest_along(stripe_world, charlie):
    browser = Client()
    intent = begin(browser, stripe_world.once)
    stripe_world.simulator.pay_checkout(intent.stripe_session_id, email="ada@example.org")
    browser.force_login(charlie)
    browser.get(return_url(intent.nonce))
    assert License.objects.get().user is None
    assert LicenseClaim.objects.get().email == "ada@example.org"


@pytest.mark.parametrize(
    "nonce", ["", "x", "cs_test_1", "%00", "..%2f", "a" * 3000, "' OR 1=1 --", "{nonce}", "é"]
)
def test_a_nonce_that_is_none_is_not_found(paid, charlie, nonce):
    browser = Client(raise_request_exception=False)
    browser.force_login(charlie)
    assert browser.get(f"/licensing/checkout/{nonce}/").status_code == 404
    assert not License.objects.exists()


# --- sessions that do not fit -------------------------------------------------------------------


def rogue(world, alice, **params):
    """A paid session of Alice's customer with the nonce of an intent of hers, as ``params`` want it."""
    intent = world.checkout(alice, world.once)
    CheckoutIntent.objects.filter(pk=intent.pk).update(stripe_session_id="")
    session = world.post(
        "/v1/checkout/sessions",
        **{
            "mode": "payment",
            "customer": world.customer(alice).stripe_id,
            "client_reference_id": intent.nonce,
            "line_items": [{"price": world.once.stripe_price_id, "quantity": 1}],
            "success_url": "http://testserver/",
            **params,
        },
    )
    world.simulator.pay_checkout(session["id"])
    world.sync("checkout.session", session["id"])
    return intent


def test_a_session_that_fits_gives_the_license(stripe_world, alice):
    rogue(stripe_world, alice)
    assert License.objects.get().user == alice


@pytest.mark.parametrize("lie", ["yen", "subscription", "two lines", "the same line twice"])
def test_a_session_that_does_not_fit_gives_nothing(stripe_world, alice, lie):
    yen = stripe_world.make_price(make_product("Yen", kind="perpetual"), 4900, currency="JPY")
    line = {"price": stripe_world.once.stripe_price_id, "quantity": 1}
    params = {
        "yen": {"line_items": [{"price": yen.stripe_price_id, "quantity": 1}]},
        "subscription": {
            "mode": "subscription",
            "line_items": [{"price": stripe_world.monthly.stripe_price_id, "quantity": 1}],
        },
        "two lines": {
            "line_items": [line, {"price": stripe_world.year_pass.stripe_price_id, "quantity": 1}]
        },
        "the same line twice": {"line_items": [line, line]},
    }[lie]
    intent = rogue(stripe_world, alice, **params)
    assert not License.objects.exists()
    intent.refresh_from_db()
    assert intent.state == "open"


def test_the_metadata_of_another_purchase_means_nothing(stripe_world, alice, charlie):
    others = stripe_world.checkout(charlie, stripe_world.year_pass)
    rogue(stripe_world, alice, metadata={"wagtail_licensing_intent": str(others.pk)})
    license = License.objects.get()
    assert (license.user, license.product) == (alice, stripe_world.course)
    others.refresh_from_db()
    assert others.state == "open"
