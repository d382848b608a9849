"""From a price tag to Stripe's page and back, over the wire."""

import datetime as dt
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import CANARY, gate_page, give
from wagtail_licensing.models import CheckoutIntent, License

pytestmark = pytest.mark.django_db

BACK = "/how-to-sell/"


def buy_url(price):
    return reverse("wagtail_licensing:buy", args=[price.pk])


def return_url(intent):
    return reverse("wagtail_licensing:checkout_return", args=[intent.nonce])


@pytest.fixture
def as_alice(client, alice):
    """Her browser."""
    client.force_login(alice)
    return client


# --- buying -------------------------------------------------------------------------------------


def test_a_click_leads_to_stripes_page(stripe_world, as_alice, alice):
    answer = as_alice.post(buy_url(stripe_world.monthly), {"next": BACK})
    intent = CheckoutIntent.objects.get()
    assert (answer.status_code, answer.url) == (303, intent.session_url)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert (intent.user, intent.price, intent.quantity) == (alice, stripe_world.monthly, 1)
    assert intent.return_path == BACK
    session = stripe_world.get(f"/v1/checkout/sessions/{intent.stripe_session_id}")
    assert session["success_url"] == f"http://testserver{return_url(intent)}"
    assert urlsplit(session["cancel_url"]).path == "/licensing/checkout-cancelled/"


def test_a_second_click_leads_to_the_same_page(stripe_world, as_alice):
    first = as_alice.post(buy_url(stripe_world.monthly))
    assert as_alice.post(buy_url(stripe_world.monthly)).url == first.url
    assert CheckoutIntent.objects.count() == 1


def test_reading_buys_nothing(as_alice, monthly):
    assert as_alice.get(buy_url(monthly)).status_code == 405
    assert not CheckoutIntent.objects.exists()


def test_another_site_buys_nothing(alice, monthly):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post(buy_url(monthly)).status_code == 403
    assert browser.post(reverse("wagtail_licensing:billing_portal")).status_code == 403
    assert not CheckoutIntent.objects.exists()


def test_a_visitor_signs_in_first_and_comes_back_to_where_they_were(client, monthly):
    answer = client.post(buy_url(monthly), {"next": BACK})
    assert (answer.status_code, answer.url) == (303, "/login/?next=%2Fhow-to-sell%2F")
    assert client.post(buy_url(monthly)).url == "/login/?next=%2Flicensing%2Fplans%2F"
    assert not CheckoutIntent.objects.exists()


@pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_neither_sign_in_nor_purchase_leads_away_from_the_site(client, stripe_world, alice, evil):
    assert "evil" not in client.post(buy_url(stripe_world.monthly), {"next": evil}).url
    client.force_login(alice)
    client.post(buy_url(stripe_world.monthly), {"next": evil})
    assert CheckoutIntent.objects.get().return_path == ""


def test_a_price_that_does_not_exist_is_not_found(as_alice):
    assert as_alice.post(reverse("wagtail_licensing:buy", args=[999])).status_code == 404


@pytest.mark.parametrize("change", [{"is_archived": True}, {"livemode": True}, {"account": "other"}])
def test_a_price_that_is_not_on_offer_is_refused_kindly(stripe_world, as_alice, change):
    type(stripe_world.monthly).objects.filter(pk=stripe_world.monthly.pk).update(**change)
    answer = as_alice.post(buy_url(stripe_world.monthly), {"next": BACK})
    assert answer.status_code == 404
    assert "not for sale any more" in answer.content.decode()
    assert not CheckoutIntent.objects.exists()


def test_who_has_it_already_is_led_to_the_account(stripe_world, as_alice, alice):
    stripe_world.license_of(stripe_world.subscribe(alice, stripe_world.monthly))
    answer = as_alice.post(buy_url(stripe_world.monthly))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "You have Pro already" in page
    assert 'href="/licensing/account/"' in page


@pytest.mark.parametrize("status", [500, 401, 429])
def test_an_outage_says_that_nothing_was_charged(stripe_world, as_alice, status):
    stripe_world.simulator.set_faults(api=[{"status": status, "count": 9}])
    answer = as_alice.post(buy_url(stripe_world.monthly))
    page = answer.content.decode()
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "Nothing was charged" in page
    assert "sk_test" not in page
    assert "alice" not in page


def test_seats_are_bought_in_the_number_given(stripe_world, as_alice):
    as_alice.post(buy_url(stripe_world.seats), {"quantity": "4"})
    assert CheckoutIntent.objects.get().quantity == 4


@pytest.mark.parametrize("typed", ["", "0", "-1", "1.5", "x", "99999999999999999999", "٣", "10001"])
def test_a_number_of_seats_that_is_none_says_what_is_wrong(stripe_world, as_alice, typed):
    answer = as_alice.post(buy_url(stripe_world.seats), {"quantity": typed, "next": BACK})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'aria-invalid="true"' in page
    assert "whole number" in page
    assert f'value="{BACK}"' in page
    assert not CheckoutIntent.objects.exists()


def test_what_was_typed_is_shown_again_and_runs_nothing(stripe_world, as_alice):
    page = as_alice.post(buy_url(stripe_world.seats), {"quantity": '"><script>x'}).content.decode()
    assert "&quot;&gt;&lt;script&gt;x" in page
    assert "<script>" not in page


def test_a_personal_product_is_bought_once_whatever_the_form_says(stripe_world, as_alice):
    as_alice.post(buy_url(stripe_world.monthly), {"quantity": "50"})
    assert CheckoutIntent.objects.get().quantity == 1


def test_leaving_the_checkout_changes_nothing_and_leads_back(client, db):
    answer = client.get("/licensing/checkout-cancelled/", {"next": BACK})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Nothing was charged" in page
    assert f'href="{BACK}"' in page
    evil = client.get("/licensing/checkout-cancelled/", {"next": "//evil.example"})
    assert "evil" not in evil.content.decode()


# --- coming back --------------------------------------------------------------------------------


def test_a_paid_checkout_is_ready_at_once_and_leads_back(stripe_world, as_alice, alice):
    intent = stripe_world.buy(alice, stripe_world.monthly, return_path=BACK)
    answer = as_alice.get(return_url(intent))
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Pro is yours" in page
    assert 'role="status"' in page
    assert f'href="{BACK}"' in page
    assert answer.headers["Refresh"] == f"4; url={BACK}"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert License.objects.get().state == "active"


def test_without_a_place_to_go_back_to_it_leads_to_the_account(stripe_world, as_alice, alice):
    intent = stripe_world.buy(alice, stripe_world.monthly)
    assert as_alice.get(return_url(intent)).headers["Refresh"] == "4; url=/licensing/account/"


def test_looking_again_changes_nothing_more(stripe_world, as_alice, alice):
    intent = stripe_world.buy(alice, stripe_world.monthly)
    for _ in range(3):
        as_alice.get(return_url(intent))
    assert License.objects.count() == 1
    assert License.objects.get().events.count() == 1


@pytest.mark.parametrize("who", ["charlie", None])
def test_nobody_else_sees_a_checkout(stripe_world, client, alice, charlie, who):
    intent = stripe_world.buy(alice, stripe_world.monthly, return_path=BACK)
    if who:
        client.force_login(charlie)
    answer = client.get(return_url(intent))
    assert answer.status_code == (404 if who else 302)
    assert "Pro" not in answer.content.decode()
    assert not License.objects.exists()


def test_a_checkout_that_never_was_is_not_found(as_alice):
    assert as_alice.get("/licensing/checkout/made-up/").status_code == 404
    assert as_alice.get("/licensing/checkout/{CHECKOUT_SESSION_ID}/").status_code == 404


def test_what_stripe_puts_into_the_query_does_not_matter(stripe_world, as_alice, alice):
    intent = stripe_world.buy(alice, stripe_world.monthly)
    query = {"session_id": "{CHECKOUT_SESSION_ID}", "look": "{CHECKOUT_SESSION_ID}"}
    assert "Pro is yours" in as_alice.get(return_url(intent), query).content.decode()


def test_while_stripe_does_not_answer_the_page_looks_again_and_then_lets_go(
    stripe_world, as_alice, alice
):
    intent = stripe_world.buy(alice, stripe_world.monthly)
    stripe_world.simulator.set_faults(api=[{"status": 500, "count": 99}])
    url, waited = return_url(intent), 0
    for _ in range(20):
        answer = as_alice.get(url)
        if "Refresh" not in answer.headers:
            break
        seconds, url = answer.headers["Refresh"].split("; url=")
        waited += int(seconds)
        assert "being confirmed" in answer.content.decode()
    assert waited == 60
    page = answer.content.decode()
    assert "longer than usual" in page
    assert intent.nonce[:8] in page
    stripe_world.simulator.clear_faults()
    stripe_world.simulator.advance(hours=1)
    assert "Pro is yours" in as_alice.get(return_url(intent)).content.decode()


@pytest.mark.parametrize("look", ["-1", "99999", "x", "", "10", "١"])
def test_a_made_up_number_of_looks_breaks_nothing(stripe_world, as_alice, alice, look):
    intent = stripe_world.checkout(alice, stripe_world.monthly)
    assert as_alice.get(return_url(intent), {"look": look}).status_code == 200


def test_a_payment_that_takes_days_says_so(stripe_world, as_alice, alice, deliver):
    intent = stripe_world.buy(alice, stripe_world.once, card="delayed")
    page = as_alice.get(return_url(intent), {"look": "4"})
    assert "Your bank needs some days" in page.content.decode()
    assert "Refresh" not in page.headers
    stripe_world.simulator.settle_checkout(intent.stripe_session_id, succeed=True)
    deliver()
    assert "Course is yours" in as_alice.get(return_url(intent)).content.decode()


def test_a_payment_that_failed_says_so_and_offers_another_try(stripe_world, as_alice, alice, deliver):
    intent = stripe_world.buy(alice, stripe_world.once, card="delayed", return_path=BACK)
    stripe_world.simulator.settle_checkout(intent.stripe_session_id, succeed=False)
    deliver()
    page = as_alice.get(return_url(intent)).content.decode()
    assert "The payment did not go through" in page
    assert "/licensing/plans/?next=%2Fhow-to-sell%2F" in page


def test_a_checkout_that_expired_says_so(stripe_world, as_alice, alice, deliver):
    intent = stripe_world.checkout(alice, stripe_world.once)
    stripe_world.post(f"/v1/checkout/sessions/{intent.stripe_session_id}/expire")
    deliver()
    assert "The checkout has expired" in as_alice.get(return_url(intent)).content.decode()


def test_a_license_revoked_meanwhile_is_not_announced_as_ready(stripe_world, as_alice, alice):
    intent = stripe_world.buy(alice, stripe_world.monthly)
    as_alice.get(return_url(intent))
    License.objects.update(state="revoked", unheld_state="revoked")
    assert "is yours" not in as_alice.get(return_url(intent)).content.decode()


def test_from_the_paywall_to_the_article_in_one_browser(stripe_world, as_alice, article):
    gate_page(article, stripe_world.pro)
    paywall = as_alice.get(article.url).content.decode()
    assert CANARY not in paywall
    assert buy_url(stripe_world.monthly) in paywall
    as_alice.post(buy_url(stripe_world.monthly), {"next": article.url})
    intent = CheckoutIntent.objects.get()
    stripe_world.simulator.pay_checkout(intent.stripe_session_id)
    back = as_alice.get(return_url(intent)).headers["Refresh"].split("url=")[1]
    assert back == article.url
    assert CANARY in as_alice.get(back).content.decode()


# --- the customer portal ------------------------------------------------------------------------


def test_manage_billing_leads_to_stripes_portal_of_ones_own(stripe_world, as_alice, alice, bob):
    stripe_world.customer(bob)
    mine = stripe_world.customer(alice)
    answer = as_alice.post("/licensing/account/billing/")
    assert answer.status_code == 303
    assert answer.url.startswith(stripe_world.simulator.base_url)
    sessions = stripe_world.simulator.world.store.all("billing_portal.session")
    assert [row["customer"] for row in sessions] == [mine.stripe_id]


def test_who_never_bought_is_told_so(stripe_world, as_alice):
    answer = as_alice.post("/licensing/account/billing/")
    assert answer.status_code == 404
    assert "no billing to manage" in answer.content.decode()


def test_an_outage_of_the_portal_is_said_kindly(stripe_world, as_alice, alice):
    stripe_world.customer(alice)
    stripe_world.simulator.set_faults(api=[{"status": 500, "count": 9}])
    assert as_alice.post("/licensing/account/billing/").status_code == 503


def test_the_portal_is_no_link(client, as_alice):
    assert as_alice.get("/licensing/account/billing/").status_code == 405
    client.logout()
    assert client.post("/licensing/account/billing/").status_code == 302


def test_a_given_license_that_ends_does_not_keep_from_buying(stripe_world, as_alice, alice):
    end = stripe_world.now + dt.timedelta(days=3)
    give(alice, stripe_world.pro, at=stripe_world.now, ends_at=end)
    assert as_alice.post(buy_url(stripe_world.monthly)).status_code == 303
