"""Buying opens, and the end closes: the access decision and the page itself after each turn."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command

from tests.conftest import CANARY, gate_page
from wagtail_licensing.access import check_access, has_access
from wagtail_licensing.billing.checkout import confirm_checkout
from wagtail_licensing.models import License, LicenseEvent

pytestmark = pytest.mark.django_db

TICK = dt.timedelta(microseconds=1)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def reads(client, article):
    """Tell whether the page itself shows its text to a user."""

    def look(user):
        client.logout()
        if user is not None:
            client.force_login(user)
        response = client.get(article.url)
        text = response.content.decode()
        assert CANARY not in str(response.headers)
        return CANARY in text

    return look


def test_from_stranger_to_member_and_out_again(stripe_world, alice, charlie, article, deliver, reads):
    gate_page(article, stripe_world.pro)
    simulator = stripe_world.simulator

    def opens(user=alice, at=None):
        return has_access(user, article, at or stripe_world.now)

    # Strangers of every kind see the paywall.
    assert not opens(AnonymousUser())
    assert not opens()
    assert not reads(None)
    assert not reads(alice)

    # Alice buys, comes back before the webhook, and reads. Charlie still does not.
    intent = stripe_world.buy(alice, stripe_world.monthly)
    assert not opens()
    confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    assert opens()
    assert reads(alice)
    assert not opens(charlie)
    assert set(deliver()) == {200}
    assert LicenseEvent.objects.count() == 1
    subscription_id = stripe_world.get("/v1/subscriptions")["data"][0]["id"]
    customer_id = stripe_world.get("/v1/subscriptions")["data"][0]["customer"]

    # The renewal fails: grace, and she still reads.
    simulator.card(customer_id, "decline")
    simulator.advance(days=31, hours=2)
    deliver()
    license = License.objects.get()
    assert license.state == "grace"
    deadline = license.access_until
    assert opens()
    assert opens(at=deadline - TICK)

    # Grace ends by itself, with nobody running.
    assert not opens(at=deadline)
    simulator.advance_to(int(deadline.timestamp()) + 1)
    assert not opens()
    assert not reads(alice)
    # Nothing was heard of Stripe for days: the label of a license that renews waits until there is.
    call_command("licensing_sweep")
    assert License.objects.get().state == "grace"
    deliver()
    call_command("licensing_sweep")
    assert License.objects.get().state == "suspended"
    assert not opens()

    # She pays: open again.
    simulator.card(customer_id, "ok")
    invoice = stripe_world.get(f"/v1/subscriptions/{subscription_id}")["latest_invoice"]
    stripe_world.post(f"/v1/invoices/{invoice}/pay")
    deliver()
    assert License.objects.get().state == "active"
    assert opens()
    assert reads(alice)

    # She cancels at the end of the period: open until then, closed from that instant on.
    stripe_world.post(f"/v1/subscriptions/{subscription_id}", cancel_at_period_end=True)
    deliver()
    end = License.objects.get().access_until
    assert opens(at=end - TICK)
    assert not opens(at=end)
    simulator.advance_to(int(end.timestamp()) + 1)
    assert not reads(alice)
    deliver()
    assert License.objects.get().state == "expired"
    assert License.objects.get().access_until == end
    assert License.objects.count() == 1


def test_a_renewal_that_is_71_hours_late_locks_nobody_out(stripe_world, alice, article, reads):
    gate_page(article, stripe_world.pro)
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    paid_until = stripe_world.license_of(subscription).ends_at
    stripe_world.simulator.advance_to(int((paid_until + 71 * HOUR).timestamp()))
    assert check_access(alice, article)
    assert reads(alice)
    assert has_access(alice, article, paid_until + 72 * HOUR - TICK)
    assert not has_access(alice, article, paid_until + 72 * HOUR)
    stripe_world.simulator.advance(hours=2)
    assert not reads(alice)


def test_a_seat_opens_for_the_person_who_sits_on_it(stripe_world, alice, bob, charlie, article):
    from tests.conftest import STAFF
    from wagtail_licensing.licenses import assign_seat

    gate_page(article, stripe_world.team)
    subscription = stripe_world.subscribe(alice, stripe_world.seats, quantity=2)
    license = stripe_world.license_of(subscription)
    assign_seat(license_id=license.pk, user=bob, at=stripe_world.now, by=STAFF)
    assert has_access(alice, article)
    assert has_access(bob, article)
    assert not has_access(charlie, article)
    stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    stripe_world.license_of(subscription)
    stripe_world.simulator.advance(seconds=1)
    assert not has_access(alice, article)
    assert not has_access(bob, article)


@pytest.mark.parametrize("way", ["refund", "deleted customer"])
def test_money_that_goes_back_closes(stripe_world, alice, article, deliver, way):
    gate_page(article, stripe_world.course, stripe_world.pro)
    if way == "refund":
        intent = stripe_world.buy(alice, stripe_world.once)
        confirm_checkout(user=alice, nonce=intent.nonce, at=stripe_world.now)
    else:
        subscription = stripe_world.subscribe(alice, stripe_world.monthly)
        stripe_world.license_of(subscription)
    assert has_access(alice, article)
    if way == "refund":
        payment = stripe_world.get("/v1/payment_intents")["data"][0]["id"]
        stripe_world.post("/v1/refunds", payment_intent=payment)
    else:
        stripe_world.delete(f"/v1/customers/{subscription['customer']}")
    deliver()
    stripe_world.simulator.advance(seconds=1)
    assert not has_access(alice, article)


def test_the_buyer_pays_on_stripes_page_and_stripe_calls_the_site(
    stripe_world, alice, article, live_server
):
    """The whole wire: a hosted page in HTML, a signed webhook over HTTP, no shortcut."""
    from urllib.request import urlopen

    from django.urls import reverse

    gate_page(article, stripe_world.pro)
    url = live_server.url + reverse("wagtail_licensing:stripe_webhook", args=["default"])
    stripe_world.simulator.webhook(url, "whsec_suite")
    intent = stripe_world.checkout(alice, stripe_world.monthly)
    with urlopen(intent.session_url) as page:
        assert page.status == 200
        html = page.read().decode()
    assert "Pro" in html
    stripe_world.simulator.pay_checkout(intent.stripe_session_id)
    assert stripe_world.simulator.wait_idle(20)
    statuses = {
        attempt["status"] for each in stripe_world.simulator.deliveries() for attempt in each["attempts"]
    }
    assert statuses == {200}
    assert has_access(alice, article)
    assert License.objects.get().events.count() == 1
