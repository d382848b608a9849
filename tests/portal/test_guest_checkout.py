"""Bought without an account: it waits for whoever reads the mail to the address typed at Stripe."""

import datetime as dt
import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.conftest import make_user
from wagtail_licensing.models import (
    BillingCustomer,
    CheckoutIntent,
    License,
    LicenseClaim,
    OutboxMessage,
)

pytestmark = pytest.mark.django_db

BACK = "/how-to-sell/"
BUYER = "Ada@Example.org"


@pytest.fixture(autouse=True)
def guests_may_buy(settings):
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"


def begin(browser, price, **fields) -> CheckoutIntent:
    answer = browser.post(reverse("wagtail_licensing:buy", args=[price.pk]), fields)
    assert answer.status_code == 303, answer.content.decode()
    return CheckoutIntent.objects.latest("pk")


def come_back(browser, intent):
    return browser.get(reverse("wagtail_licensing:checkout_return", args=[intent.nonce]))


def buy(world, browser, price, *, email=BUYER, **fields) -> CheckoutIntent:
    """Buy as a guest, pay at Stripe and come back."""
    intent = begin(browser, price, **fields)
    world.simulator.pay_checkout(intent.stripe_session_id, email=email)
    come_back(browser, intent)
    intent.refresh_from_db()
    return intent


def send_mails(world):
    from wagtail_licensing.notices.send import send_waiting

    send_waiting(at=world.now)


def link_in(message) -> str:
    """Return the path of the link that a mail leads to."""
    return re.search(r"http://testserver(/licensing/claim/\S+)", message.body)[1]


@pytest.fixture
def bought(stripe_world, client):
    """Something paid once by a guest, and the link that was sent."""
    intent = buy(stripe_world, client, stripe_world.year_pass, next=BACK)
    send_mails(stripe_world)
    return intent, link_in(mail.outbox[-1])


# --- paying --------------------------------------------------------------------------------------


def test_a_guest_is_sent_to_stripe_without_signing_in(stripe_world, client):
    intent = begin(client, stripe_world.once, next=BACK)
    assert (intent.user, intent.return_path) == (None, BACK)
    session = stripe_world.get(f"/v1/checkout/sessions/{intent.stripe_session_id}")
    assert session["customer"] is None
    assert session["customer_creation"] == "always"


def test_a_site_that_does_not_sell_to_guests_asks_them_to_sign_in(stripe_world, client, settings):
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = False
    answer = client.post(reverse("wagtail_licensing:buy", args=[stripe_world.once.pk]))
    assert answer.url.startswith("/login/")
    assert not CheckoutIntent.objects.exists()


def test_a_trial_needs_an_account(stripe_world, client):
    url = reverse("wagtail_licensing:buy", args=[stripe_world.tried.pk])
    assert client.post(url, {"trial": "1"}).url.startswith("/login/")
    begin(client, stripe_world.tried)
    assert CheckoutIntent.objects.get().trial_days == 0


@pytest.mark.parametrize("which", ["year_pass", "once", "monthly"])
def test_what_a_guest_paid_waits_and_opens_nothing(stripe_world, client, which):
    intent = buy(stripe_world, client, getattr(stripe_world, which))
    license = License.objects.get()
    assert (license.state, license.pending_reason, license.user) == ("pending", "claim", None)
    assert not license.facts.entitles(stripe_world.now)
    assert license.claim.email == BUYER
    page = come_back(client, intent).content.decode()
    assert "look into your mail" in page
    assert "A…@Example.org" in page
    assert "/claim/" not in page


def test_a_guests_subscription_stays_waiting_when_stripe_says_it_is_active(stripe_world, client):
    buy(stripe_world, client, stripe_world.monthly)
    license = License.objects.get()
    stripe_world.sync("subscription", license.billing_item.subscription.stripe_id)
    license.refresh_from_db()
    assert (license.state, license.pending_reason) == ("pending", "claim")
    assert License.objects.count() == 1


def test_an_account_with_the_address_is_not_linked(stripe_world, client):
    ada = make_user("ada")
    buy(stripe_world, client, stripe_world.once, email="ada@example.org")
    assert not License.objects.filter(user=ada).exists()
    assert not BillingCustomer.objects.filter(user=ada).exists()
    send_mails(stripe_world)
    assert mail.outbox[-1].to == ["ada@example.org"]


def test_the_return_page_of_a_guest_is_for_the_browser_that_paid(stripe_world, client, alice):
    intent = buy(stripe_world, client, stripe_world.once)
    stranger = Client()
    assert come_back(stranger, intent).url.startswith("/login/")
    stranger.force_login(alice)
    assert come_back(stranger, intent).status_code == 404
    assert not License.objects.filter(user=alice).exists()


def test_the_checkout_of_a_member_is_not_shown_to_a_guest(stripe_world, client, alice):
    intent = stripe_world.buy(alice, stripe_world.once)
    session = client.session
    session["wagtail_licensing_checkouts"] = [intent.nonce]
    session.save()
    assert come_back(client, intent).status_code == 404


@pytest.mark.parametrize("lie", ["price", "quantity", "reference", "session"])
def test_a_session_that_was_tampered_with_gives_nothing(stripe_world, client, lie):
    intent = begin(client, stripe_world.once)
    right, wrong = stripe_world.once, stripe_world.year_pass
    other = begin(Client(), wrong)
    if lie == "session":
        CheckoutIntent.objects.filter(pk=intent.pk).update(stripe_session_id=other.stripe_session_id)
        stripe_world.simulator.pay_checkout(other.stripe_session_id, email=BUYER)
    else:
        params = {
            "mode": "payment",
            "client_reference_id": intent.nonce if lie != "reference" else "another",
            "customer_creation": "always",
            "success_url": "http://testserver/",
            "line_items": [
                {
                    "price": (wrong if lie == "price" else right).stripe_price_id,
                    "quantity": 3 if lie == "quantity" else 1,
                }
            ],
        }
        made = stripe_world.post("/v1/checkout/sessions", **params)
        stripe_world.simulator.pay_checkout(made["id"], email=BUYER)
        stripe_world.sync("checkout.session", made["id"])
        CheckoutIntent.objects.filter(pk=intent.pk).update(stripe_session_id=made["id"])
    page = come_back(client, intent)
    assert page.status_code == 200
    assert not License.objects.filter(product=stripe_world.course).exists()
    assert not License.objects.filter(product=stripe_world.pass_, claim__isnull=True).exists()


def test_a_customer_of_a_member_pays_for_no_guest(stripe_world, client, alice):
    """A session made in the dashboard for Alice's customer, with a guest's reference."""
    customer = stripe_world.customer(alice)
    intent = begin(client, stripe_world.once)
    made = stripe_world.post(
        "/v1/checkout/sessions",
        mode="payment",
        client_reference_id=intent.nonce,
        customer=customer.stripe_id,
        success_url="http://testserver/",
        line_items=[{"price": stripe_world.once.stripe_price_id, "quantity": 1}],
    )
    stripe_world.simulator.pay_checkout(made["id"])
    CheckoutIntent.objects.filter(pk=intent.pk).update(stripe_session_id="")
    stripe_world.sync("checkout.session", made["id"])
    assert not License.objects.exists()


# --- the link ------------------------------------------------------------------------------------


def test_reading_the_link_takes_nothing(bought, client):
    _intent, link = bought
    page = client.get(link)
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "private, no-store"
    assert License.objects.get().user is None


def test_a_member_takes_it_and_the_term_begins_then(stripe_world, bought, alice):
    _intent, link = bought
    stripe_world.simulator.advance(days=10)
    browser = Client()
    browser.force_login(alice)
    answer = browser.post(link)
    license = License.objects.get()
    assert (answer.status_code, answer.url) == (303, BACK)
    assert (license.user, license.state) == (alice, "active")
    assert license.ends_at - license.starts_at == dt.timedelta(days=365)
    assert abs(license.starts_at - stripe_world.now) < dt.timedelta(minutes=1)
    assert BillingCustomer.objects.get().user == alice


def test_a_password_makes_the_account_and_signs_in(bought):
    _intent, link = bought
    browser = Client()
    answer = browser.post(link, {"password": "correct horse battery"})
    user = get_user_model().objects.get()
    assert (answer.status_code, answer.url) == (303, BACK)
    assert (user.email, user.check_password("correct horse battery")) == (BUYER, True)
    assert browser.get(reverse("wagtail_licensing:account")).status_code == 200
    assert License.objects.get().user == user


@pytest.mark.parametrize("password", ["", "12345", "password"])
def test_a_weak_password_makes_no_account(bought, password, settings):
    settings.AUTH_PASSWORD_VALIDATORS = [
        {"NAME": f"django.contrib.auth.password_validation.{name}"}
        for name in ("MinimumLengthValidator", "CommonPasswordValidator")
    ]
    answer = Client().post(bought[1], {"password": password})
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in answer.content.decode()
    assert not get_user_model().objects.exists()


def test_whoever_has_an_account_with_the_address_signs_in_to_it(bought):
    make_user("ada")
    get_user_model().objects.update(email=BUYER.lower())
    page = Client().get(bought[1]).content.decode()
    assert 'name="password"' not in page
    answer = Client().post(bought[1], {"password": "correct horse battery"})
    assert answer.status_code == 400
    assert get_user_model().objects.count() == 1
    assert License.objects.get().user is None


def test_the_link_works_once(bought, alice, bob):
    for person in (alice, bob):
        browser = Client()
        browser.force_login(person)
        answer = browser.post(bought[1])
    assert answer.status_code == 410
    assert License.objects.get().user == alice
    assert Client().post(bought[1], {"password": "correct horse battery"}).status_code == 410


@pytest.mark.parametrize("change", ["x", "", "0"])
def test_a_link_that_was_made_up_opens_nothing(bought, alice, change):
    browser = Client()
    browser.force_login(alice)
    made_up = bought[1].rstrip("/")[:-1] + change + "/"
    assert browser.post(made_up).status_code == 410
    assert License.objects.get().user is None


def test_an_expired_link_is_sent_again_to_the_same_address(stripe_world, bought, alice):
    stripe_world.simulator.advance(days=31)
    browser = Client()
    browser.force_login(alice)
    assert "has expired" in browser.get(bought[1]).content.decode()
    assert "new link is on its way" in browser.post(bought[1]).content.decode()
    assert License.objects.get().user is None
    send_mails(stripe_world)
    assert mail.outbox[-1].to == [BUYER]
    assert browser.post(bought[1]).status_code == 410
    assert browser.post(link_in(mail.outbox[-1])).status_code == 303


def test_at_the_instant_at_which_it_expires_it_does_not_work(stripe_world, bought, alice):
    claim = LicenseClaim.objects.get()
    assert claim.link_works(claim.link_expires_at - dt.timedelta(microseconds=1))
    assert not claim.link_works(claim.link_expires_at)


def test_a_refund_before_the_claim_ends_it(stripe_world, bought, alice):
    license = License.objects.get()
    payment = license.billing_payment
    stripe_world.post("/v1/refunds", payment_intent=payment.stripe_id)
    stripe_world.sync("payment_intent", payment.stripe_id)
    browser = Client()
    browser.force_login(alice)
    assert browser.post(bought[1]).status_code == 410
    license.refresh_from_db()
    assert (license.state, license.user) == ("revoked", None)


def test_a_mail_that_is_sent_twice_has_the_same_link(stripe_world, bought):
    OutboxMessage.objects.update(state="waiting", sent_at=None, next_try=stripe_world.now)
    send_mails(stripe_world)
    assert link_in(mail.outbox[-1]) == bought[1]


def test_the_token_is_nowhere_in_the_database(bought):
    token = bought[1].split("/claim/")[1].rstrip("/")
    claim = LicenseClaim.objects.get()
    assert token not in {str(value) for value in vars(claim).values()}
    assert all(token not in str(vars(message)) for message in OutboxMessage.objects.all())
