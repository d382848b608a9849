"""The billing tab: what is paid, what is due, and the way to change it, for this person alone."""

import datetime as dt

import pytest

from tests.portal.sales import subscribe
from wagtail_licensing.domain.states import State
from wagtail_licensing.models import BillingCustomer, BillingInvoice

PAYMENTS = "/licensing/account/payments/"
BILLING = "/licensing/account/billing/"
DAY = dt.timedelta(days=1)


def tab(client, user):
    client.force_login(user)
    answer = client.get(PAYMENTS)
    assert answer.status_code == 200
    return answer.content.decode()


def make_invoice(customer, number, status, at, **fields):
    fields = {
        "plan": "Pro",
        "total": 1200,
        "currency": "EUR",
        "hosted_url": f"https://pay.example/{number}",
        **fields,
    }
    return BillingInvoice.objects.create(
        stripe_id=f"in_{number}", customer=customer, number=number, status=status, issued_at=at, **fields
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "fields", "words", "link"),
    [
        ("paid", {"pdf_url": "https://pay.example/pdf"}, "Paid", "PDF, invoice N-1"),
        ("paid", {}, "Paid", ">Invoice N-1<"),
        ("open", {"attempted": True}, "Failed", "Pay now"),
        ("open", {}, "To be paid", "Pay now"),
        ("open", {"hosted_url": ""}, "To be paid", "<td>N-1</td>"),
        ("uncollectible", {}, "Not paid", "Invoice N-1"),
        ("void", {}, "Void", "Invoice N-1"),
        ("something new", {}, "To be paid", "Invoice N-1"),
    ],
)
def test_an_invoice_says_its_state_and_where_to_go(client, alice, now, status, fields, words, link):
    customer = BillingCustomer.objects.create(user=alice, stripe_id="cus_1")
    make_invoice(customer, "N-1", status, now, **fields)
    page = tab(client, alice)
    assert f">{words}</span>" in page
    assert link in page
    assert "€12.00" in page


@pytest.mark.django_db
def test_nobody_sees_the_invoices_of_another(client, alice, charlie, now):
    mine = BillingCustomer.objects.create(user=alice, stripe_id="cus_1")
    other = BillingCustomer.objects.create(user=charlie, stripe_id="cus_2")
    elsewhere = BillingCustomer.objects.create(user=alice, stripe_id="cus_3", account="other")
    for customer, number in ((mine, "MINE-1"), (other, "THEIRS-1"), (elsewhere, "OTHER-1")):
        make_invoice(customer, number, "paid", now)
    page = tab(client, alice)
    assert "MINE-1" in page
    assert "THEIRS-1" not in page
    assert "OTHER-1" not in page


@pytest.mark.django_db
def test_text_from_stripe_is_text(client, alice, now):
    customer = BillingCustomer.objects.create(user=alice, stripe_id="cus_1")
    make_invoice(customer, "<b>1", "paid", now, plan="<script>x</script>")
    page = tab(client, alice)
    assert "<script>x" not in page
    assert "<b>1" not in page


@pytest.mark.django_db
def test_a_failed_payment_says_when_access_ends_and_leads_to_the_card(client, alice, monthly, now):
    subscribe(alice, monthly, at=now, state=State.GRACE, ends_at=now + DAY, access_until=now + 7 * DAY)
    page = tab(client, alice)
    assert "You keep access until" in page
    assert 'name="flow" value="payment_method_update"' in page


@pytest.mark.django_db
def test_a_running_one_can_be_switched_and_cancelled_by_name(client, alice, monthly, now):
    license = subscribe(alice, monthly, at=now)
    page = tab(client, alice)
    assert 'name="flow" value="subscription_update"' in page
    assert 'name="flow" value="subscription_cancel"' in page
    assert f'name="license" value="{license.reference}"' in page
    assert "Next charge" in page


@pytest.mark.django_db
def test_a_cancelled_one_says_the_end_and_can_be_continued(client, alice, monthly, now):
    subscribe(alice, monthly, at=now, renews=False, access_until=now + 30 * DAY)
    page = tab(client, alice)
    assert "Continue the subscription" in page
    assert "Access until" in page
    assert "subscription_cancel" not in page


@pytest.mark.django_db
def test_queries_do_not_grow_with_invoices(client, alice, monthly, now, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    subscribe(alice, monthly, at=now)
    customer = BillingCustomer.objects.get()
    make_invoice(customer, "0", "paid", now)
    tab(client, alice)
    with CaptureQueriesContext(connection) as few:
        client.get(PAYMENTS)
    for number in range(1, 20):
        make_invoice(customer, str(number), "paid", now)
    with django_assert_num_queries(len(few)):
        client.get(PAYMENTS)


# --- deep links to Stripe's portal ----------------------------------------------------------------


@pytest.fixture
def as_alice(client, alice, stripe_world):
    client.force_login(alice)
    return client


def sessions(stripe_world):
    return stripe_world.simulator.world.store.all("billing_portal.session")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("flow", ["subscription_cancel", "subscription_update"])
def test_a_deep_link_is_bound_to_the_person_and_their_subscription(stripe_world, as_alice, alice, flow):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = stripe_world.license_of(subscription)
    answer = as_alice.post(BILLING, {"flow": flow, "license": license.reference})
    assert answer.status_code == 303
    (session,) = sessions(stripe_world)
    assert session["customer"] == BillingCustomer.objects.get(user=alice).stripe_id
    assert session["flow"]["type"] == flow
    assert session["flow"][flow]["subscription"] == subscription["id"]


def let_members_pause(stripe_world):
    """Switch pauses on, as an owner does on Stripe's page of the portal."""
    (configuration,) = stripe_world.get("/v1/billing_portal/configurations")["data"]
    path = f"/v1/billing_portal/configurations/{configuration['id']}"
    stripe_world.post(path, features={"subscription_pause": {"enabled": True}})


@pytest.mark.django_db(transaction=True)
def test_a_pause_is_one_step_where_the_portal_offers_it(stripe_world, as_alice, alice, settings):
    settings.WAGTAIL_LICENSING_PAUSE_IN_PORTAL = True
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = stripe_world.license_of(subscription)
    as_alice.post(BILLING)  # the first session makes the configuration
    let_members_pause(stripe_world)
    page = as_alice.get(PAYMENTS).content.decode()
    assert 'name="flow" value="subscription_pause"' in page
    answer = as_alice.post(BILLING, {"flow": "subscription_pause", "license": license.reference})
    assert answer.status_code == 303
    session = sessions(stripe_world)[-1]
    assert session["flow"]["subscription_pause"] == {"subscription": subscription["id"]}

    stripe_world.post(f"/v1/subscriptions/{subscription['id']}/pause")
    stripe_world.sync("subscription", subscription["id"])
    page = as_alice.get(PAYMENTS).content.decode()
    assert "The subscription is paused." in page
    assert "Resume" in page
    assert "subscription_pause" not in page


@pytest.mark.django_db(transaction=True)
def test_what_the_portal_does_not_offer_shows_everything(stripe_world, as_alice, alice):
    license = stripe_world.license_of(stripe_world.subscribe(alice, stripe_world.monthly))
    answer = as_alice.post(BILLING, {"flow": "subscription_pause", "license": license.reference})
    assert answer.status_code == 303
    (session,) = sessions(stripe_world)
    assert session["flow"] is None
    assert session["url"] == answer.url


@pytest.mark.django_db
def test_no_pause_is_promised_unless_the_owner_says_so(client, alice, monthly, now, settings):
    subscribe(alice, monthly, at=now)
    assert "subscription_pause" not in tab(client, alice)
    settings.WAGTAIL_LICENSING_PAUSE_IN_PORTAL = True
    assert "subscription_pause" in tab(client, alice)


@pytest.mark.django_db(transaction=True)
def test_the_card_needs_no_subscription(stripe_world, as_alice, alice):
    stripe_world.customer(alice)
    assert as_alice.post(BILLING, {"flow": "payment_method_update"}).status_code == 303
    assert sessions(stripe_world)[0]["flow"]["type"] == "payment_method_update"


@pytest.mark.django_db(transaction=True)
def test_another_persons_license_leads_nowhere(stripe_world, as_alice, alice, bob):
    stripe_world.customer(alice)
    theirs = stripe_world.license_of(stripe_world.subscribe(bob, stripe_world.monthly))
    for reference in (theirs.reference, "", "WL-NONE", "\0", "é" * 500):
        answer = as_alice.post(BILLING, {"flow": "subscription_cancel", "license": reference})
        assert answer.status_code == 404
    assert sessions(stripe_world) == []


@pytest.mark.django_db(transaction=True)
def test_a_subscription_that_has_ended_cannot_be_cancelled(stripe_world, as_alice, alice):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    license = stripe_world.license_of(subscription)
    stripe_world.delete(f"/v1/subscriptions/{subscription['id']}")
    stripe_world.sync("subscription", subscription["id"])
    answer = as_alice.post(BILLING, {"flow": "subscription_cancel", "license": license.reference})
    assert answer.status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("flow", ["subscription_update_confirm", "x", "\0", "<script>"])
def test_a_flow_that_is_none_shows_everything(stripe_world, as_alice, alice, flow):
    stripe_world.customer(alice)
    sent = {"flow": flow, "customer": "cus_other", "return_url": "https://evil.example/"}
    assert as_alice.post(BILLING, sent).status_code == 303
    (session,) = sessions(stripe_world)
    assert session["flow"] is None
    assert session["customer"] == BillingCustomer.objects.get(user=alice).stripe_id
    assert session["return_url"] == f"http://testserver{PAYMENTS}"
