"""One trial for a person: over products, over customers at Stripe, and never two at once."""

import pytest
from django.urls import reverse

from tests.conftest import STAFF, make_product
from wagtail_licensing.billing.checkout import TrialUsed, confirm_checkout
from wagtail_licensing.billing.trials import trial_days
from wagtail_licensing.licenses import revoke_license
from wagtail_licensing.models import BillingCustomer, CheckoutIntent, License, LicenseProduct

pytestmark = pytest.mark.django_db


@pytest.fixture
def other(stripe_world):
    """A price with a trial, of another product."""
    plus = make_product("Plus")
    return stripe_world.make_price(plus, 2000, interval="month", trial_days=7)


def try_it(world, user, price):
    intent = world.buy(user, price, expects_trial=True)
    confirm_checkout(user=user, nonce=intent.nonce, at=world.now)
    return License.objects.get(user=user)


def test_a_trial_of_one_product_is_the_trial_of_a_person(stripe_world, alice, bob, other):
    license = try_it(stripe_world, alice, stripe_world.tried)
    assert (license.is_trial, license.had_trial) == (True, True)
    assert trial_days(alice, other) == 0
    assert trial_days(bob, other) == 7
    with pytest.raises(TrialUsed):
        stripe_world.checkout(alice, other, expects_trial=True)
    stripe_world.checkout(alice, other)
    assert CheckoutIntent.objects.get(price=other).trial_days == 0


def test_a_product_may_give_a_trial_of_its_own(stripe_world, alice, other):
    LicenseProduct.objects.filter(pk=other.product_id).update(trial_rule="product")
    other.product.refresh_from_db()
    try_it(stripe_world, alice, stripe_world.tried)
    assert trial_days(alice, other) == 7
    assert trial_days(alice, stripe_world.tried) == 0


def test_a_trial_counts_when_it_was_revoked_and_under_another_customer(stripe_world, alice, other):
    license = try_it(stripe_world, alice, stripe_world.tried)
    revoke_license(license_id=license.pk, at=stripe_world.now, by=STAFF)
    customer = BillingCustomer.objects.get()
    stripe_world.delete(f"/v1/customers/{customer.stripe_id}")
    stripe_world.sync("customer", customer.stripe_id)
    assert trial_days(alice, other) == 0
    stripe_world.checkout(alice, other)
    assert BillingCustomer.objects.filter(user=alice, is_deleted=False).get() != customer


def test_a_trial_that_became_paid_still_counts(stripe_world, alice, other):
    try_it(stripe_world, alice, stripe_world.tried)
    stripe_world.simulator.advance(days=15)
    stripe_world.sync("subscription", stripe_world.get("/v1/subscriptions")["data"][0]["id"])
    license = License.objects.get()
    assert (license.is_trial, license.had_trial) == (False, True)
    assert trial_days(alice, other) == 0


def test_two_checkouts_with_a_trial_are_never_open_at_once(stripe_world, alice, other):
    first = stripe_world.checkout(alice, stripe_world.tried, expects_trial=True)
    second = stripe_world.checkout(alice, other, expects_trial=True)
    first.refresh_from_db()
    assert (first.state, second.state) == ("expired", "open")
    session = stripe_world.get(f"/v1/checkout/sessions/{first.stripe_session_id}")
    assert session["status"] == "expired"


def test_a_checkout_is_refused_when_the_other_was_completed_unheard(stripe_world, alice, other):
    stripe_world.buy(alice, stripe_world.tried, expects_trial=True)
    with pytest.raises(TrialUsed):
        stripe_world.checkout(alice, other, expects_trial=True)
    assert License.objects.get().product == stripe_world.pro
    assert CheckoutIntent.objects.get(price=other).state == "failed"


def test_a_checkout_without_a_trial_closes_nothing(stripe_world, alice, other):
    first = stripe_world.checkout(alice, stripe_world.tried, expects_trial=True)
    stripe_world.checkout(alice, stripe_world.seats)
    first.refresh_from_db()
    assert first.state == "open"


def test_the_button_that_spoke_of_a_trial_does_not_charge(stripe_world, alice, other, client):
    client.force_login(alice)
    page = client.get(reverse("wagtail_licensing:plans")).content.decode()
    assert "Try Plus free for 7 days" in page
    try_it(stripe_world, alice, stripe_world.tried)
    buy = reverse("wagtail_licensing:buy", args=[other.pk])
    refused = client.post(buy, {"trial": "1"})
    assert refused.status_code == 409
    assert "had a free trial already" in refused.content.decode()
    page = client.get(reverse("wagtail_licensing:plans")).content.decode()
    assert "Try Plus" not in page
    assert "Buy Plus" in page
    assert client.post(buy).status_code == 303
