"""The address that a guest typed at Stripe goes when nothing is to be written to it any more."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client

from tests.portal.test_guest_checkout import buy, guests_may_buy, link_in, send_mails
from wagtail_licensing.billing.purge import purge_guests
from wagtail_licensing.conf import conf
from wagtail_licensing.licenses import forget_claims
from wagtail_licensing.models import BillingCustomer, License

__all__ = ["guests_may_buy"]

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
YEAR = 366 * DAY


def address() -> str:
    return BillingCustomer.objects.get(guest_intent__isnull=False).guest_email


@pytest.fixture
def as_alice(stripe_world, alice) -> Client:
    """She is a customer already, so that what she claims brings a second one along."""
    stripe_world.customer(alice)
    browser = Client()
    browser.force_login(alice)
    return browser


def claimed(world, browser, price):
    """Buy as a guest and take it with an account; return the instant at which that is long ago."""
    buy(world, Client(), price)
    send_mails(world)
    assert browser.post(link_in(mail.outbox[-1])).status_code == 303
    claim = License.objects.get().claim
    return claim.link_expires_at + conf.claim_retention + DAY


def test_what_was_claimed_by_somebody_who_is_a_customer_is_done(stripe_world, as_alice):
    later = claimed(stripe_world, as_alice, stripe_world.once)
    assert purge_guests(at=later) == 0
    assert forget_claims(at=later) == 1
    assert (purge_guests(at=later), address()) == (1, "")
    assert purge_guests(at=later) == 0


def test_a_subscription_that_runs_is_not_done_with(stripe_world, as_alice, alice):
    later = claimed(stripe_world, as_alice, stripe_world.monthly)
    forget_claims(at=later)
    assert purge_guests(at=later) == 0
    license = License.objects.get()
    subscription = license.billing_item.subscription.stripe_id
    stripe_world.delete(f"/v1/subscriptions/{subscription}")
    stripe_world.sync("subscription", subscription)
    license.refresh_from_db()
    assert (license.user, license.state) == (alice, "expired")
    assert purge_guests(at=later) == 1


def test_what_was_refunded_is_done_when_it_cannot_come_back(stripe_world, client):
    buy(stripe_world, client, stripe_world.once)
    payment = License.objects.get().billing_payment
    stripe_world.post("/v1/refunds", payment_intent=payment.stripe_id)
    stripe_world.sync("payment_intent", payment.stripe_id)
    later = stripe_world.now + YEAR
    assert purge_guests(at=later) == 0
    forget_claims(at=later)
    assert purge_guests(at=later) == 1


@pytest.mark.parametrize("which", ["once", "monthly"])
def test_who_has_not_claimed_what_they_paid_is_written_to_for_ever(stripe_world, client, which):
    buy(stripe_world, client, getattr(stripe_world, which))
    later = stripe_world.now + 10 * YEAR
    assert forget_claims(at=later) == purge_guests(at=later) == 0
    assert address() == "Ada@Example.org"
