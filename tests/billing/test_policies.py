"""What was promised with a license decides what late money and early ends do to it."""

import datetime as dt

import pytest

from wagtail_licensing.models import License, LicenseProduct

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def promise(product, **fields):
    LicenseProduct.objects.filter(pk=product.pk).update(**fields)


def end_of(subscription):
    seconds = subscription["items"]["data"][0]["current_period_end"]
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def fall_behind(world, user, **subscription):
    """Subscribe, and let the second payment fail."""
    sub = world.subscribe(user, world.monthly, **subscription)
    world.license_of(sub)
    world.simulator.card(sub["customer"], "decline")
    world.simulator.advance(days=31, hours=2)
    return sub


def test_who_may_not_be_late_is_suspended_at_once_and_comes_back_when_paid(stripe_world, alice):
    promise(stripe_world.pro, past_due="suspend")
    subscription = fall_behind(stripe_world, alice)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.holds.get().kind) == ("suspended", "billing")
    stripe_world.simulator.card(subscription["customer"], "ok")
    stripe_world.simulator.advance(days=4)
    assert stripe_world.license_of(subscription).state == "active"


def test_who_is_kept_reads_on_as_long_as_stripe_tries(stripe_world, alice):
    promise(stripe_world.pro, past_due="keep", grace_days=1)
    stripe_world.simulator.set_settings(retry_days=[3, 5, 7], final_action="unpaid")
    subscription = fall_behind(stripe_world, alice)
    stripe_world.simulator.advance(days=5)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.facts.entitles(stripe_world.now)) == ("grace", True)
    stripe_world.simulator.advance(days=15)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.facts.entitles(stripe_world.now)) == ("suspended", False)


def test_unpaid_ends_a_license_where_that_was_promised_and_paying_reopens_it(stripe_world, alice):
    promise(stripe_world.pro, unpaid="expire")
    stripe_world.simulator.set_settings(final_action="unpaid", retry_days=[1, 1])
    subscription = fall_behind(stripe_world, alice)
    stripe_world.simulator.advance(days=4)
    license = stripe_world.license_of(subscription)
    assert license.state == "expired"
    lines = license.events.count()
    stripe_world.simulator.advance(days=1)
    assert stripe_world.license_of(subscription).events.count() == lines
    stripe_world.simulator.card(subscription["customer"], "ok")
    invoice = stripe_world.get(f"/v1/subscriptions/{subscription['id']}")["latest_invoice"]
    stripe_world.post(f"/v1/invoices/{invoice}/pay")
    assert stripe_world.license_of(subscription).state == "active"


def test_a_new_promise_is_for_those_who_come_after(stripe_world, alice, bob):
    early = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(early)
    promise(stripe_world.pro, past_due="suspend")
    late = fall_behind(stripe_world, bob)
    stripe_world.simulator.card(early["customer"], "decline")
    assert stripe_world.license_of(late).state == "suspended"
    stripe_world.simulator.advance(days=31)
    assert stripe_world.license_of(early, at=None).policy.version == 1
    assert License.objects.get(user=bob).policy.version == 2
    assert "suspended" not in License.objects.get(user=alice).events.values_list("kind", flat=True)[:2]


# --- an end before the end of what is paid ------------------------------------------------------


def test_what_is_paid_is_honoured_to_the_second(stripe_world, alice):
    promise(stripe_world.pro, honours_paid_term=True)
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    stripe_world.simulator.advance(days=3)
    stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    license = stripe_world.license_of(subscription)
    end = end_of(subscription)
    assert (license.state, license.renews) == ("active", False)
    assert license.ends_at == license.access_until == end
    assert license.facts.entitles(end - dt.timedelta(microseconds=1))
    assert not license.facts.entitles(end)
    stripe_world.simulator.advance(days=40)
    license = stripe_world.license_of(subscription)
    assert (license.state, license.ends_at) == ("expired", end)


def test_somebody_whose_paid_time_runs_may_buy_again(stripe_world, alice):
    from wagtail_licensing.billing.eligibility import require_may_buy

    promise(stripe_world.pro, honours_paid_term=True)
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    assert stripe_world.license_of(subscription).state == "active"
    require_may_buy(alice, stripe_world.pro, at=stripe_world.now)


def test_a_deleted_customer_keeps_what_is_paid_in_any_order(stripe_world, alice, bob):
    """Pitfall 22, with a promise."""
    promise(stripe_world.pro, honours_paid_term=True)
    subscriptions = {user: stripe_world.subscribe(user, stripe_world.monthly) for user in (alice, bob)}
    for subscription in subscriptions.values():
        stripe_world.license_of(subscription)
        stripe_world.delete(f"/v1/customers/{subscription['customer']}")
    stripe_world.sync("customer", subscriptions[alice]["customer"])
    stripe_world.sync("subscription", subscriptions[bob]["id"])
    stripe_world.sync("customer", subscriptions[bob]["customer"])
    for user, subscription in subscriptions.items():
        license = License.objects.get(user=user)
        assert (license.state, license.ends_at) == ("active", end_of(subscription))


def test_time_that_was_not_paid_is_not_honoured(stripe_world, alice):
    promise(stripe_world.pro, honours_paid_term=True)
    stripe_world.simulator.set_settings(final_action="canceled", retry_days=[1, 1])
    subscription = fall_behind(stripe_world, alice)
    stripe_world.simulator.advance(days=4)
    assert stripe_world.license_of(subscription).state == "expired"


def test_a_trial_is_not_paid_time(stripe_world, alice):
    promise(stripe_world.pro, honours_paid_term=True)
    subscription = stripe_world.subscribe(alice, stripe_world.monthly, trial_period_days=14)
    stripe_world.license_of(subscription)
    stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    assert stripe_world.license_of(subscription).state == "expired"
