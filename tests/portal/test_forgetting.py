"""What nobody claimed: what is free ends and is forgotten, what was paid waits without end."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from tests.conftest import STAFF, make_product
from tests.portal.test_gifts import FOR_EVE, buy_gift, give_url
from tests.portal.test_guest_checkout import buy, link_in, send_mails
from wagtail_licensing import tasks
from wagtail_licensing.billing.purge import purge_guests
from wagtail_licensing.billing.sweep import sweep
from wagtail_licensing.conf import conf
from wagtail_licensing.licenses import (
    SentTooOften,
    claim_license,
    forget_claims,
    register_free,
    revoke_license,
    send_claim_again,
)
from wagtail_licensing.models import (
    BillingCustomer,
    CheckoutIntent,
    License,
    LicenseClaim,
    OutboxMessage,
)

pytestmark = pytest.mark.django_db

TICK = dt.timedelta(microseconds=1)
DAY = dt.timedelta(days=1)
YEAR = 366 * DAY
EMPTY = ("", "", "", "")


@pytest.fixture(autouse=True)
def a_site_that_writes(settings):
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"


@pytest.fixture
def sampler(db):
    """Thirty days, for nothing."""
    return make_product("Sampler", kind="fixed_term", term_days=30, issue_mode="registration")


@pytest.fixture
def asked(sampler, now) -> LicenseClaim:
    """Somebody asked for it, and did not confirm."""
    return register_free(product=sampler, email="eve+x@example.org", at=now, by=STAFF)


@pytest.fixture
def giftable(stripe_world):
    """A year that can be given."""
    stripe_world.pass_.is_giftable = True
    stripe_world.pass_.save()
    return stripe_world.year_pass


@pytest.fixture
def as_alice(client, alice):
    client.force_login(alice)
    return client


def personal(claim):
    claim.refresh_from_db()
    return claim.email, claim.email_key, claim.recipient_name, claim.message


def over(claim, *, plus=TICK):
    """The instant at which a claim has been over for long enough, and ``plus``."""
    return claim.link_expires_at + conf.claim_retention + plus


# --- free ---------------------------------------------------------------------------------------


def test_what_is_free_and_nobody_took_ends_and_names_nobody(asked):
    assert forget_claims(at=over(asked, plus=dt.timedelta(0))) == 0
    assert personal(asked)[:2] == ("eve+x@example.org", "eve@example.org")
    assert forget_claims(at=over(asked)) == 1
    assert personal(asked) == EMPTY
    license = License.objects.get()
    assert (license.state, license.user) == ("expired", None)
    assert license.events.last().cause == "clock"
    assert forget_claims(at=over(asked)) == 0
    assert set(OutboxMessage.objects.values_list("notice", flat=True)) == {"registration"}


def test_its_link_opens_nothing_then_and_the_address_may_ask_again(asked, sampler, alice):
    link, later = asked.link_token, over(asked)
    forget_claims(at=later)
    browser = Client()
    browser.force_login(alice)
    assert browser.post(reverse("wagtail_licensing:claim", args=[link])).status_code == 410
    again = register_free(product=sampler, email="eve@example.org", at=later, by=STAFF)
    assert (again.pk != asked.pk, again.license.state) == (True, "pending")


def test_what_was_sent_again_has_its_whole_time(asked):
    send_claim_again(claim_id=asked.pk, at=over(asked) - DAY, by=STAFF)
    assert forget_claims(at=over(asked)) == 0
    asked.refresh_from_db()
    assert forget_claims(at=over(asked)) == 1


def test_who_has_had_it_has_had_it_for_ever(asked, sampler, alice, now):
    claim_license(claim_id=asked.pk, user=alice, at=now, by=STAFF)
    assert forget_claims(at=now + 10 * YEAR) == 0
    assert personal(asked)[1] == "eve@example.org"
    assert License.objects.get().user == alice


def test_a_free_one_that_staff_took_back_is_forgotten_later(asked, now):
    revoke_license(license_id=asked.license_id, at=now, by=STAFF)
    assert forget_claims(at=over(asked)) == 0
    assert forget_claims(at=now + YEAR) == 1
    assert personal(asked) == EMPTY
    assert License.objects.get().state == "revoked"


def test_so_many_at_a_time(sampler, now):
    for number in range(3):
        last = register_free(product=sampler, email=f"p{number}@example.org", at=now, by=STAFF)
    assert [forget_claims(at=over(last), limit=2) for _ in range(3)] == [2, 1, 0]


def test_the_setting_decides_and_nothing_to_do_is_cheap(asked, settings, django_assert_num_queries):
    later = over(asked)
    settings.WAGTAIL_LICENSING_CLAIM_RETENTION = 200 * DAY
    with django_assert_num_queries(3):
        assert forget_claims(at=later) == 0


# --- paid ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["year_pass", "once"])
def test_what_a_guest_paid_can_be_claimed_after_years(stripe_world, client, alice, which):
    buy(stripe_world, client, getattr(stripe_world, which))
    send_mails(stripe_world)
    first = link_in(mail.outbox[-1])
    stripe_world.simulator.advance(days=3 * 366)
    sweep(at=stripe_world.now, ring=lambda target: None)
    claim = LicenseClaim.objects.get()
    assert (claim.email, claim.license.state) == ("Ada@Example.org", "pending")
    assert BillingCustomer.objects.get().guest_email == "Ada@Example.org"
    browser = Client()
    browser.force_login(alice)
    assert "new link is on its way" in browser.post(first).content.decode()
    send_mails(stripe_world)
    assert browser.post(link_in(mail.outbox[-1])).status_code == 303
    license = License.objects.get()
    assert (license.user, license.state) == (alice, "active")


def test_the_link_to_what_was_paid_can_be_sent_for_ever_and_not_often(stripe_world, client):
    """Who lost five links has paid all the same."""
    buy(stripe_world, client, stripe_world.once)
    claim, at = LicenseClaim.objects.get(), stripe_world.now
    for _ in range(4):
        at += dt.timedelta(minutes=10)
        send_claim_again(claim_id=claim.pk, at=at, by=STAFF)
    for _ in range(3):
        with pytest.raises(SentTooOften):
            send_claim_again(claim_id=claim.pk, at=at + 7 * DAY - TICK, by=STAFF)
        at += 7 * DAY
        assert send_claim_again(claim_id=claim.pk, at=at, by=STAFF).link_works(at)


def test_a_gift_that_was_paid_can_be_claimed_after_years(stripe_world, as_alice, bob, giftable):
    claim = buy_gift(stripe_world, as_alice, giftable)
    stripe_world.simulator.advance(days=3 * 366)
    sweep(at=stripe_world.now, ring=lambda target: None)
    assert personal(claim)[0] == "eve@example.org"
    send_claim_again(claim_id=claim.pk, at=stripe_world.now, by=STAFF)
    license = claim_license(claim_id=claim.pk, user=bob, at=stripe_world.now, by=STAFF)
    assert (license.user, license.state) == (bob, "active")


def test_what_was_claimed_keeps_its_license_and_no_address(
    stripe_world, client, as_alice, bob, giftable
):
    gift = buy_gift(stripe_world, as_alice, giftable)
    claim_license(claim_id=gift.pk, user=bob, at=stripe_world.now, by=STAFF)
    assert forget_claims(at=over(gift, plus=dt.timedelta(0))) == 0
    assert forget_claims(at=over(gift)) == 1
    assert personal(gift) == EMPTY
    assert (gift.license.user, gift.claimed_by, gift.license.state) == (bob, bob, "active")
    page = as_alice.get(reverse("wagtail_licensing:account_gifts")).content.decode()
    assert "Accepted on" in page
    assert "For  (" not in page
    assert "eve@example.org" not in page


def test_a_guest_with_an_account_is_a_guest_no_more(stripe_world, client, alice):
    intent = buy(stripe_world, client, stripe_world.monthly)
    send_mails(stripe_world)
    browser = Client()
    browser.force_login(alice)
    browser.post(link_in(mail.outbox[-1]))
    assert purge_guests(at=stripe_world.now) == 0
    assert purge_guests(at=stripe_world.now + conf.claim_retention + DAY) == 1
    assert BillingCustomer.objects.get().guest_email == ""
    # What Stripe tells of it later still arrives where it belongs.
    stripe_world.sync("checkout.session", intent.stripe_session_id)
    license = License.objects.get()
    subscription = license.billing_item.subscription.stripe_id
    stripe_world.delete(f"/v1/subscriptions/{subscription}")
    stripe_world.sync("subscription", subscription)
    license.refresh_from_db()
    assert (license.user, license.state) == (alice, "expired")


def test_a_refund_that_fails_within_a_year_can_still_be_claimed(stripe_world, client, alice):
    buy(stripe_world, client, stripe_world.once)
    license = License.objects.get()
    payment = license.billing_payment
    refund = stripe_world.post("/v1/refunds", payment_intent=payment.stripe_id)
    stripe_world.sync("payment_intent", payment.stripe_id)
    claim = LicenseClaim.objects.get()
    stripe_world.simulator.advance(days=150)
    assert forget_claims(at=stripe_world.now) == 0
    stripe_world.simulator.fail_refund(refund["id"])
    stripe_world.sync("payment_intent", payment.stripe_id)
    claim.refresh_from_db()
    assert (claim.license.state, claim.email) == ("pending", "Ada@Example.org")
    assert claim.license_id != license.pk


def test_what_was_refunded_before_it_was_claimed_is_forgotten_after_a_year(stripe_world, client):
    buy(stripe_world, client, stripe_world.once)
    payment = License.objects.get().billing_payment
    stripe_world.post("/v1/refunds", payment_intent=payment.stripe_id)
    stripe_world.sync("payment_intent", payment.stripe_id)
    assert forget_claims(at=stripe_world.now + 364 * DAY) == 0
    assert forget_claims(at=stripe_world.now + YEAR) == 1
    assert personal(LicenseClaim.objects.get()) == EMPTY


# --- never paid ---------------------------------------------------------------------------------


def begin_gift(stripe_world, browser, price) -> LicenseClaim:
    browser.post(give_url(price), FOR_EVE)
    return LicenseClaim.objects.get()


def test_a_gift_that_was_never_paid_goes_with_its_names(stripe_world, as_alice, giftable, deliver):
    claim = begin_gift(stripe_world, as_alice, giftable)
    assert forget_claims(at=over(claim)) == 0  # Stripe has not said so yet
    stripe_world.post(f"/v1/checkout/sessions/{claim.intent.stripe_session_id}/expire")
    deliver()
    assert forget_claims(at=over(claim, plus=dt.timedelta(0))) == 0
    assert forget_claims(at=over(claim)) == 1
    assert not LicenseClaim.objects.exists()
    assert CheckoutIntent.objects.get().state == "expired"


def test_a_gift_that_is_paid_by_debit_waits_for_the_bank(stripe_world, as_alice, giftable):
    claim = begin_gift(stripe_world, as_alice, giftable)
    CheckoutIntent.objects.update(payment_status="processing")
    assert forget_claims(at=over(claim, plus=YEAR)) == 0


def test_the_task_does_it(asked, settings):
    settings.WAGTAIL_LICENSING_CLOCK = f"{__name__}.moved"
    settings.WAGTAIL_LICENSING_USE_CELERY = False
    Moved.to = over(asked)
    tasks.sweep_waiting()
    assert personal(asked) == EMPTY


class Moved:
    """The instant of the site."""

    to: dt.datetime


def moved():
    return Moved.to
