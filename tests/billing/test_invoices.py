"""The mirror of invoices: read by the sweep, as Stripe has them, and only when something happened."""

import pytest

from wagtail_licensing.billing.invoices import read_old_invoices, with_old_invoices
from wagtail_licensing.models import AccountDeletion, BillingCustomer, BillingInvoice
from wagtail_licensing.tasks import sweep_waiting

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def subscription(stripe_world, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    stripe_world.license_of(subscription)
    return subscription


def test_the_sweep_reads_the_invoices_of_a_subscription(stripe_world, subscription, alice):
    sweep_waiting()
    invoice = BillingInvoice.objects.get()
    (theirs,) = stripe_world.get("/v1/invoices", customer=invoice.customer.stripe_id)["data"]
    assert (invoice.stripe_id, invoice.number) == (theirs["id"], theirs["number"])
    assert (invoice.status, invoice.total, invoice.remaining, invoice.currency) == (
        "paid",
        1200,
        0,
        "EUR",
    )
    assert (invoice.plan, invoice.hosted_url) == ("Pro", theirs["hosted_invoice_url"])
    assert invoice.customer.user == alice


def test_nothing_is_asked_while_nothing_happens(stripe_world, subscription, stripe):
    assert read_old_invoices(at=stripe_world.now) == 1
    assert read_old_invoices(at=stripe_world.now) == 0
    assert not with_old_invoices().exists()


def test_what_happens_to_a_subscription_has_them_read_again(stripe_world, subscription, alice):
    read_old_invoices(at=stripe_world.now)
    stripe_world.customer(alice, card="decline")
    stripe_world.simulator.advance(days=32)
    stripe_world.sync("subscription", subscription["id"])
    assert read_old_invoices(at=stripe_world.now) == 1
    failed, paid = BillingInvoice.objects.all()
    assert (failed.status, failed.attempted, failed.remaining) == ("open", True, 1200)
    assert paid.status == "paid"


def test_twice_is_once(stripe_world, subscription):
    for _ in range(2):
        BillingCustomer.objects.update(invoices_read_at=None)
        assert read_old_invoices(at=stripe_world.now) == 1
    assert BillingInvoice.objects.count() == 1


def test_an_outage_is_tried_again(stripe_world, subscription):
    stripe_world.simulator.set_faults(api=[{"status": 500, "count": 9}])
    assert read_old_invoices(at=stripe_world.now) == 0
    assert not BillingInvoice.objects.exists()
    stripe_world.simulator.set_faults(api=[])
    assert read_old_invoices(at=stripe_world.now) == 1


def test_nobody_is_read_whose_account_is_deleted(stripe_world, subscription, alice):
    AccountDeletion.objects.create(
        user=alice,
        billing="at_once",
        state="done",
        requested_at=stripe_world.now,
        next_try=stripe_world.now,
        done_at=stripe_world.now,
    )
    assert read_old_invoices(at=stripe_world.now) == 0


def test_without_a_key_nothing_is_read(stripe_world, subscription, settings):
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""
    assert read_old_invoices(at=stripe_world.now) == 0


@pytest.mark.parametrize("address", ["javascript:alert(1)", "http://evil.example/", 5, None, "//x"])
def test_no_address_leads_a_browser_astray(address):
    from wagtail_licensing.billing.invoices import _address

    assert _address(address) == ""
    assert _address("https://invoice.stripe.com/i/1") == "https://invoice.stripe.com/i/1"
