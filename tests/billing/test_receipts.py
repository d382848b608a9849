"""Receipts: one for each thing that was paid, to who paid it, and none where Stripe sends them."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client

from tests.portal.test_gifts import buy_gift
from tests.portal.test_guest_checkout import buy
from tests.teams.conftest import acme, max_, olga
from wagtail_licensing.billing.checkout import confirm_checkout
from wagtail_licensing.billing.invoices import read_old_invoices
from wagtail_licensing.models import BillingInvoice, OutboxMessage
from wagtail_licensing.notices.send import send_waiting

__all__ = ["acme", "max_", "olga"]

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def a_site_that_writes_receipts(settings):
    settings.WAGTAIL_LICENSING_RECEIPTS = True
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    settings.WAGTAIL_LICENSING_SITE_URL = "http://testserver"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"


def receipts():
    return OutboxMessage.objects.filter(notice="receipt").order_by("pk")


def bought(world, user, price):
    intent = world.buy(user, price)
    confirm_checkout(user=user, nonce=intent.nonce, at=world.now)
    return intent


def test_what_is_bought_once_has_one_receipt(stripe_world, alice, deliver):
    intent = bought(stripe_world, alice, stripe_world.once)
    deliver()
    stripe_world.sync("checkout.session", intent.stripe_session_id)
    (receipt,) = receipts()
    assert (receipt.user, receipt.payment.amount) == (alice, 4900)
    send_waiting(at=stripe_world.now)
    (message,) = [each for each in mail.outbox if "Receipt" in each.subject]
    assert message.to == ["alice@example.org"]
    assert "For Course you paid €49.00 on" in message.body
    assert receipt.license.reference in message.body
    assert "http://testserver/licensing/account/payments/" in message.body
    assert "List-Unsubscribe" not in message.extra_headers


def test_each_invoice_of_a_subscription_has_one(stripe_world, alice, deliver):
    bought(stripe_world, alice, stripe_world.monthly)
    for _ in range(2):
        deliver()
        read_old_invoices(at=stripe_world.now)
    assert [receipt.invoice.total for receipt in receipts()] == [1200]
    stripe_world.simulator.advance(days=32)
    deliver()
    for _ in range(2):
        read_old_invoices(at=stripe_world.now + DAY)
    numbers = [receipt.invoice.number for receipt in receipts()]
    assert len(set(numbers)) == len(numbers) == BillingInvoice.objects.filter(status="paid").count() == 2
    send_waiting(at=stripe_world.now)
    bodies = [each.body for each in mail.outbox if "Receipt" in each.subject]
    assert all(number in body for number, body in zip(numbers, bodies, strict=True))


def test_what_cost_nothing_has_none(stripe_world, alice, deliver):
    bought(stripe_world, alice, stripe_world.tried)
    deliver()
    read_old_invoices(at=stripe_world.now)
    assert BillingInvoice.objects.filter(total__gt=0).count() == receipts().count()


def test_it_is_off_until_it_is_switched_on(stripe_world, alice, deliver, settings):
    del settings.WAGTAIL_LICENSING_RECEIPTS
    bought(stripe_world, alice, stripe_world.once)
    bought(stripe_world, alice, stripe_world.monthly)
    deliver()
    read_old_invoices(at=stripe_world.now)
    settings.WAGTAIL_LICENSING_RECEIPTS = True
    read_old_invoices(at=stripe_world.now + DAY)
    assert not receipts().exists()


def test_invoices_of_long_ago_are_no_news(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.simulator.advance(days=10)
    stripe_world.license_of(subscription)
    read_old_invoices(at=stripe_world.now)
    assert BillingInvoice.objects.get().status == "paid"
    assert not receipts().exists()


def test_the_receipt_of_a_gift_is_the_givers(stripe_world, alice):
    stripe_world.pass_.is_giftable = True
    stripe_world.pass_.save()
    giver = Client()
    giver.force_login(alice)
    buy_gift(stripe_world, giver, stripe_world.year_pass)
    assert receipts().get().user == alice


def test_that_of_a_guest_goes_to_the_address_given_at_stripe(stripe_world, client):
    buy(stripe_world, client, stripe_world.once, email="ada@example.org")
    send_waiting(at=stripe_world.now)
    (message,) = [each for each in mail.outbox if "Receipt" in each.subject]
    assert message.to == ["ada@example.org"]
    assert "account/payments" not in message.body
    assert "The link works once" not in message.body
    assert "/claim/" not in message.body + message.alternatives[0].content


def test_a_refund_changes_no_receipt(stripe_world, alice, deliver):
    bought(stripe_world, alice, stripe_world.once)
    payment = receipts().get().payment
    stripe_world.post("/v1/refunds", payment_intent=payment.stripe_id)
    stripe_world.sync("payment_intent", payment.stripe_id)
    send_waiting(at=stripe_world.now)
    assert receipts().get().state == "sent"


def test_that_of_an_organization_goes_to_its_owner(stripe_world, acme, max_, olga):
    intent = stripe_world.buy(max_, stripe_world.once, organization=acme)
    confirm_checkout(user=max_, nonce=intent.nonce, at=stripe_world.now)
    assert receipts().get().user == olga
    send_waiting(at=stripe_world.now)
    (message,) = [each for each in mail.outbox if "Receipt" in each.subject]
    assert f"/team/of/{acme.slug}/" in message.body
    assert "account/payments" not in message.body
