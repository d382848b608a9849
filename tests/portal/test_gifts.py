"""Bought for somebody else: it waits for them, and begins when they accept it."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.portal.test_guest_checkout import link_in, send_mails
from wagtail_licensing.models import CheckoutIntent, License, LicenseClaim

pytestmark = pytest.mark.django_db

FOR_EVE = {"recipient_name": "Eve", "email": "eve@example.org", "message": "For you!"}


@pytest.fixture(autouse=True)
def a_site_that_writes(settings):
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"


@pytest.fixture
def giftable(stripe_world):
    """A year that can be given."""
    product = stripe_world.pass_
    product.is_giftable = True
    product.save()
    return stripe_world.year_pass


def give_url(price):
    return reverse("wagtail_licensing:give", args=[price.pk])


def buy_gift(world, browser, price, **fields) -> LicenseClaim:
    answer = browser.post(give_url(price), {**FOR_EVE, **fields})
    assert answer.status_code == 303, answer.content.decode()
    intent = CheckoutIntent.objects.latest("pk")
    world.simulator.pay_checkout(intent.stripe_session_id)
    page = browser.get(reverse("wagtail_licensing:checkout_return", args=[intent.nonce]))
    assert "Your gift is ready" in page.content.decode()
    return intent.claim


@pytest.fixture
def as_alice(client, alice):
    """Her browser."""
    client.force_login(alice)
    return client


@pytest.fixture
def as_bob(bob):
    """His browser."""
    browser = Client()
    browser.force_login(bob)
    return browser


def test_the_giver_pays_and_holds_nothing(stripe_world, as_alice, alice, giftable):
    claim = buy_gift(stripe_world, as_alice, giftable)
    license = claim.license
    assert (license.state, license.pending_reason, license.user) == ("pending", "claim", None)
    assert (license.source, license.billing_payment.customer.user) == ("gift", alice)
    assert not License.objects.filter(user=alice).exists()


def test_the_recipient_gets_the_link_and_the_term_begins_with_it(
    stripe_world, as_alice, as_bob, bob, giftable
):
    buy_gift(stripe_world, as_alice, giftable)
    send_mails(stripe_world)
    message = mail.outbox[-1]
    assert message.to == ["eve@example.org"]
    assert "alice gives you Year pass" in message.subject
    assert "For you!" in message.body
    stripe_world.simulator.advance(days=20)
    assert "For you!" in as_bob.get(link_in(message)).content.decode()
    assert as_bob.post(link_in(message)).status_code == 303
    license = License.objects.get()
    assert (license.user, license.state) == (bob, "active")
    assert license.ends_at - license.starts_at == dt.timedelta(days=365)
    assert stripe_world.now - license.starts_at < dt.timedelta(minutes=1)
    send_mails(stripe_world)
    assert {m.to[0]: m.subject for m in mail.outbox[-2:]}[
        "alice@example.org"
    ] == "Your gift was accepted"


def test_it_is_sent_on_the_day_and_not_before(stripe_world, as_alice, giftable):
    day = (stripe_world.now + dt.timedelta(days=10)).date()
    buy_gift(stripe_world, as_alice, giftable, send_on=day.isoformat())
    send_mails(stripe_world)
    assert mail.outbox == []
    page = as_alice.get(reverse("wagtail_licensing:account_gifts")).content.decode()
    assert "Will be sent on" in page
    stripe_world.simulator.advance(days=10)
    send_mails(stripe_world)
    assert mail.outbox[-1].to == ["eve@example.org"]


def test_the_giver_sees_whether_it_was_accepted(stripe_world, as_alice, as_bob, giftable):
    buy_gift(stripe_world, as_alice, giftable)
    url = reverse("wagtail_licensing:account_gifts")
    assert "Not accepted yet" in as_alice.get(url).content.decode()
    send_mails(stripe_world)
    as_bob.post(link_in(mail.outbox[-1]))
    assert "Accepted on" in as_alice.get(url).content.decode()
    assert "Year pass" not in as_bob.get(url).content.decode()


def test_sent_again_to_another_address_the_first_link_ends(stripe_world, as_alice, as_bob, giftable):
    claim = buy_gift(stripe_world, as_alice, giftable)
    send_mails(stripe_world)
    first = link_in(mail.outbox[-1])
    url = reverse("wagtail_licensing:send_gift", args=[claim.pk])
    assert as_alice.post(url, {"email": "eve@right.example"}).status_code == 429
    stripe_world.simulator.advance(hours=1)
    assert as_alice.post(url, {"email": "nonsense"}).status_code == 400
    assert as_alice.post(url, {"email": "eve@right.example"}).status_code == 303
    send_mails(stripe_world)
    assert mail.outbox[-1].to == ["eve@right.example"]
    assert as_bob.post(first).status_code == 410
    assert as_bob.post(link_in(mail.outbox[-1])).status_code == 303
    assert as_alice.post(url).status_code == 409


def test_the_link_is_sent_five_times_at_most(stripe_world, as_alice, giftable):
    claim = buy_gift(stripe_world, as_alice, giftable)
    url = reverse("wagtail_licensing:send_gift", args=[claim.pk])
    answers = []
    for _time in range(5):
        stripe_world.simulator.advance(hours=1)
        answers.append(as_alice.post(url).status_code)
    assert answers == [303, 303, 303, 303, 429]


def test_somebody_elses_gift_is_not_there(stripe_world, as_alice, as_bob, giftable):
    claim = buy_gift(stripe_world, as_alice, giftable)
    assert as_bob.post(reverse("wagtail_licensing:send_gift", args=[claim.pk])).status_code == 404
    claim.refresh_from_db()
    assert claim.sends == 1


def test_a_refund_before_it_is_accepted_ends_it(stripe_world, as_alice, as_bob, giftable):
    claim = buy_gift(stripe_world, as_alice, giftable)
    send_mails(stripe_world)
    payment = claim.license.billing_payment
    stripe_world.post("/v1/refunds", payment_intent=payment.stripe_id)
    stripe_world.sync("payment_intent", payment.stripe_id)
    assert as_bob.post(link_in(mail.outbox[-1])).status_code == 410
    assert not License.objects.exclude(user=None).exists()
    page = as_alice.get(reverse("wagtail_licensing:account_gifts")).content.decode()
    assert "Taken back" in page


def test_a_dispute_before_it_is_accepted_holds_it_and_a_won_one_gives_it_back(
    stripe_world, as_alice, as_bob, giftable
):
    claim = buy_gift(stripe_world, as_alice, giftable)
    send_mails(stripe_world)
    link = link_in(mail.outbox[-1])
    payment = claim.license.billing_payment
    charge = stripe_world.get(f"/v1/payment_intents/{payment.stripe_id}")["latest_charge"]
    dispute = stripe_world.simulator.dispute(charge)
    stripe_world.sync("payment_intent", payment.stripe_id)
    license = License.objects.get()
    assert (license.state, license.unheld_state, license.pending_reason) == (
        "suspended",
        "pending",
        "claim",
    )
    assert as_bob.post(link).status_code == 410
    stripe_world.simulator.decide_dispute(dispute["id"], status="won")
    stripe_world.sync("payment_intent", payment.stripe_id)
    assert as_bob.post(link).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"email": "nobody"},
        {"recipient_name": ""},
        {"message": "see https://evil.example/"},
        {"recipient_name": "www.evil.example"},
        {"send_on": "2001-01-01"},
        {"send_on": "2999-01-01"},
        {"message": "x" * 1001},
    ],
)
def test_what_cannot_be_sent_is_said_before_paying(as_alice, giftable, wrong):
    answer = as_alice.post(give_url(giftable), {**FOR_EVE, **wrong})
    assert answer.status_code == 400
    assert "Nothing was charged" in answer.content.decode()
    assert not CheckoutIntent.objects.exists()


def test_only_what_can_be_given_is_given(stripe_world, as_alice, client, giftable):
    for price in (stripe_world.monthly, stripe_world.once, stripe_world.seats):
        assert as_alice.get(give_url(price)).status_code == 404
        assert as_alice.post(give_url(price), FOR_EVE).status_code == 404
    assert not CheckoutIntent.objects.exists()


def test_a_visitor_signs_in_to_give(client, giftable):
    assert client.get(give_url(giftable)).url.startswith("/login/")


def test_a_gift_that_was_begun_is_not_bought_for_oneself(stripe_world, as_alice, alice, giftable):
    """The same product, price and number: the open checkout of a gift is not taken for it."""
    as_alice.post(give_url(giftable), FOR_EVE)
    gift = CheckoutIntent.objects.get()
    as_alice.post(reverse("wagtail_licensing:buy", args=[giftable.pk]))
    own = CheckoutIntent.objects.latest("pk")
    assert own.pk != gift.pk
    stripe_world.simulator.pay_checkout(own.stripe_session_id)
    as_alice.get(reverse("wagtail_licensing:checkout_return", args=[own.nonce]))
    assert License.objects.get().user == alice


def test_a_gift_that_is_not_paid_can_be_claimed_by_nobody(as_alice, as_bob, giftable):
    as_alice.post(give_url(giftable), FOR_EVE)
    claim = LicenseClaim.objects.get()
    url = reverse("wagtail_licensing:claim", args=[claim.link_token])
    assert as_bob.post(url).status_code == 410
