"""Another plan: the difference is shown first, and exactly that is charged."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from wagtail_licensing.models import License

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_alice(client, alice):
    """Her browser."""
    client.force_login(alice)
    return client


@pytest.fixture
def basic_monthly(stripe_world, basic):
    """A smaller plan."""
    return stripe_world.make_price(basic, 400, interval="month")


@pytest.fixture
def license(stripe_world, alice) -> License:
    """Alice pays for Pro by the month, and half of the month is over."""
    license = stripe_world.license_of(stripe_world.subscribe(alice, stripe_world.monthly))
    stripe_world.simulator.advance(days=15)
    return license


def url(name, license, price=None):
    arguments = [license.reference, price.pk] if price else [license.reference]
    return reverse(f"wagtail_licensing:{name}", args=arguments)


def look(browser, license, price) -> tuple[str, str]:
    """Return the page that shows what a switch costs, and what it signed."""
    answer = browser.post(url("switch_preview", license, price))
    assert answer.status_code == 200, answer.content.decode()
    page = " ".join(answer.content.decode().split())
    return page, re.search(r'name="seen" value="([^"]+)"', page)[1]


def invoices(world, license):
    return world.get("/v1/invoices", subscription=license.billing_item.subscription.stripe_id)["data"]


def test_the_account_leads_to_the_plans_and_marks_ones_own(stripe_world, as_alice, license):
    assert url("switch", license) in as_alice.get(reverse("wagtail_licensing:account")).content.decode()
    page = as_alice.get(url("switch", license)).content.decode()
    assert page.count("Your plan</span>") == 1
    assert url("switch_preview", license, stripe_world.yearly) in page
    assert url("switch_preview", license, stripe_world.monthly) not in page


def test_looking_changes_nothing(stripe_world, as_alice, license, basic_monthly):
    look(as_alice, license, basic_monthly)
    item = stripe_world.get(f"/v1/subscriptions/{license.billing_item.subscription.stripe_id}")["items"][
        "data"
    ][0]
    assert item["price"]["id"] == stripe_world.monthly.stripe_price_id
    assert len(invoices(stripe_world, license)) == 1


def test_what_is_shown_is_what_is_charged(stripe_world, as_alice, alice, basic, basic_monthly):
    small = stripe_world.license_of(stripe_world.subscribe(alice, basic_monthly))
    stripe_world.simulator.advance(days=15)
    page, seen = look(as_alice, small, stripe_world.monthly)
    shown = re.search(r"Charged now: €([\d.]+)\.", page)[1]
    answer = as_alice.post(url("switch_confirm", small, stripe_world.monthly), {"seen": seen})
    assert answer.url == reverse("wagtail_licensing:account")
    newest = invoices(stripe_world, small)[0]
    assert (newest["status"], newest["amount_paid"]) == ("paid", round(float(shown) * 100))
    small.refresh_from_db()
    assert small.product == stripe_world.pro
    assert License.objects.count() == 1


def test_a_downgrade_says_what_is_credited(stripe_world, as_alice, license, basic, basic_monthly):
    page, seen = look(as_alice, license, basic_monthly)
    assert "Nothing is charged now. You get a credit of €" in page
    as_alice.post(url("switch_confirm", license, basic_monthly), {"seen": seen})
    license.refresh_from_db()
    assert license.product == basic


def test_to_a_year_a_new_period_begins(stripe_world, as_alice, license):
    page, seen = look(as_alice, license, stripe_world.yearly)
    assert "A new period begins today" in page
    as_alice.post(url("switch_confirm", license, stripe_world.yearly), {"seen": seen})
    license.refresh_from_db()
    assert (license.ends_at - stripe_world.now).days >= 364
    assert invoices(stripe_world, license)[0]["amount_paid"] == pytest.approx(12000 - 600, abs=60)


def test_confirmed_twice_it_is_done_once(stripe_world, as_alice, license, basic_monthly):
    _page, seen = look(as_alice, license, basic_monthly)
    for _time in range(2):
        as_alice.post(url("switch_confirm", license, basic_monthly), {"seen": seen})
    assert len(invoices(stripe_world, license)) == 2


@pytest.mark.parametrize("seen", ["", "made:up", "x" * 500])
def test_without_what_was_shown_nothing_is_switched(stripe_world, as_alice, license, seen):
    answer = as_alice.post(url("switch_confirm", license, stripe_world.yearly), {"seen": seen})
    assert answer.url == url("switch", license)
    assert len(invoices(stripe_world, license)) == 1


def test_what_was_shown_for_one_price_confirms_no_other(stripe_world, as_alice, license, basic_monthly):
    _page, seen = look(as_alice, license, basic_monthly)
    as_alice.post(url("switch_confirm", license, stripe_world.yearly), {"seen": seen})
    assert len(invoices(stripe_world, license)) == 1


def test_a_price_that_moved_is_shown_again(stripe_world, as_alice, license, basic_monthly):
    _page, seen = look(as_alice, license, stripe_world.yearly)
    stripe_world.post(
        f"/v1/subscriptions/{license.billing_item.subscription.stripe_id}",
        discounts=[
            {
                "coupon": stripe_world.post(
                    "/v1/coupons", percent_off=50, duration="forever", currency="eur"
                )["id"]
            }
        ],
    )
    answer = as_alice.post(url("switch_confirm", license, stripe_world.yearly), {"seen": seen})
    assert answer.status_code == 409
    assert "has changed since" in answer.content.decode()
    assert len(invoices(stripe_world, license)) == 1


def test_a_declined_card_leaves_everything_as_it_was(stripe_world, as_alice, alice, license):
    stripe_world.customer(alice, card="decline")
    _page, seen = look(as_alice, license, stripe_world.yearly)
    answer = as_alice.post(url("switch_confirm", license, stripe_world.yearly), {"seen": seen})
    assert answer.status_code == 409
    assert "declined" in answer.content.decode()
    stripe_world.sync("subscription", license.billing_item.subscription.stripe_id)
    license.refresh_from_db()
    assert license.billing_item.price == stripe_world.monthly


def test_somebody_elses_license_is_not_there(stripe_world, license, bob):
    browser = Client()
    browser.force_login(bob)
    assert browser.get(url("switch", license)).status_code == 404
    for name in ("switch_preview", "switch_confirm"):
        assert browser.post(url(name, license, stripe_world.yearly)).status_code == 404


@pytest.mark.parametrize("which", ["once", "monthly", "archived", "currency"])
def test_only_another_plan_on_offer_can_be_chosen(stripe_world, as_alice, license, which):
    if which == "currency":
        price = stripe_world.make_price(stripe_world.pro, 1300, interval="month", currency="USD")
    else:
        price = getattr(stripe_world, {"archived": "yearly"}.get(which, which))
    if which == "archived":
        type(price).objects.filter(pk=price.pk).update(is_archived=True)
    answer = as_alice.post(url("switch_preview", license, price))
    assert answer.status_code == 409
    assert len(invoices(stripe_world, license)) == 1


def test_an_archived_plan_is_kept_and_says_that_there_is_no_way_back(stripe_world, as_alice, license):
    type(stripe_world.monthly).objects.filter(pk=stripe_world.monthly.pk).update(is_archived=True)
    assert "not sold any more" in as_alice.get(url("switch", license)).content.decode()
    license.refresh_from_db()
    assert license.state == "active"


def test_an_outage_says_so(stripe_world, as_alice, license):
    stripe_world.simulator.set_faults(api=[{"status": 500, "count": 9}])
    answer = as_alice.post(url("switch_preview", license, stripe_world.yearly))
    assert answer.status_code == 503
