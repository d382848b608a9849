"""Buying for an organization in the browser, without a script, and its billing afterwards."""

import pytest
from django.urls import reverse

from tests.conftest import make_product
from tests.portal.sales import make_price
from tests.teams.conftest import acme, globex, max_, olga
from wagtail_licensing.domain.states import State
from wagtail_licensing.domain.teams import Role
from wagtail_licensing.models import (
    BillingCustomer,
    BillingInvoice,
    CheckoutIntent,
    License,
    OrganizationMember,
)
from wagtail_licensing.teams import change_role, remove_person

__all__ = ["acme", "globex", "max_", "olga"]

pytestmark = pytest.mark.django_db

PLANS = "/licensing/plans/"
TEAM = "/licensing/account/team/of/acme/"
BILLING = f"{TEAM}billing/"


def buy_url(price):
    return reverse("wagtail_licensing:buy", args=[price.pk])


def return_url(intent):
    return reverse("wagtail_licensing:checkout_return", args=[intent.nonce])


@pytest.fixture
def as_max(client, max_, acme):
    """His browser; he manages Acme."""
    client.force_login(max_)
    return client


@pytest.fixture
def bought(stripe_world, as_max, acme) -> License:
    """Three seats that Max bought for Acme, to the end of the return page."""
    as_max.post(buy_url(stripe_world.seats), {"for": "acme", "quantity": "3"})
    intent = CheckoutIntent.objects.get()
    stripe_world.simulator.pay_checkout(intent.stripe_session_id, card="ok")
    as_max.get(return_url(intent))
    return License.objects.get()


# --- for whom ------------------------------------------------------------------------------------


def test_who_buys_for_an_organization_chooses_by_links(client, monthly, acme, max_, olga, globex):
    for user in (max_, olga):
        client.force_login(user)
        page = client.get(PLANS, {"next": "/here/"}).content.decode()
        assert f'href="{PLANS}?for=acme&amp;next=%2Fhere%2F"' in page
        assert "For Acme" in page
        assert "Globex" not in page
        assert 'name="for"' not in page
        page = client.get(PLANS, {"for": "acme"}).content.decode()
        assert '<input type="hidden" name="for" value="acme">' in page
        assert "Acme pays, and holds what you buy." in page


def test_nobody_else_is_asked_for_whom(client, monthly, acme, bob, charlie):
    for user in (None, bob, charlie):
        if user is not None:
            client.force_login(user)
        assert "For myself" not in client.get(PLANS).content.decode()


@pytest.mark.parametrize("wanted", ["acme", "globex", "nothing", "acme\0", "1", "a" * 999])
def test_the_plans_of_another_organization_are_not_there(client, monthly, acme, bob, globex, wanted):
    """Bob is a plain member of Acme."""
    client.force_login(bob)
    assert client.get(PLANS, {"for": wanted}).status_code == 404


def test_a_visitor_with_the_link_signs_in_first(client, monthly, acme):
    answer = client.get(PLANS, {"for": "acme"})
    assert (answer.status_code, answer.url) == (302, "/login/?next=%2Flicensing%2Fplans%2F%3Ffor%3Dacme")


def test_what_the_organization_has_is_marked_for_it_alone(stripe_world, as_max, bought):
    theirs = as_max.get(PLANS, {"for": "acme"}).content.decode()
    assert "Acme has this" in theirs
    assert f'href="{BILLING}"' in theirs
    assert buy_url(stripe_world.seats) not in theirs.replace("formaction", "").split("<button")[-1]
    own = as_max.get(PLANS).content.decode()
    assert "You have this" not in own
    assert f'formaction="{buy_url(stripe_world.seats)}"' in own


def test_only_what_is_bought_is_shown_for_an_organization(as_max, monthly, acme):
    make_product("Free", issue_mode="registration")
    make_product("Applied", issue_mode="approval")
    page = as_max.get(PLANS, {"for": "acme"}).content.decode()
    assert ("Get Free" in page, "Apply for Applied" in page, "Buy Pro" in page) == (False, False, True)


def test_a_trial_is_offered_to_whom_it_is_given(as_max, stripe_world, acme):
    as_max.post(buy_url(stripe_world.tried), {"trial": "1", "for": "acme"})
    intent = CheckoutIntent.objects.get()
    assert (intent.organization, intent.trial_days) == (acme, 14)
    stripe_world.simulator.pay_checkout(intent.stripe_session_id, card="ok")
    as_max.get(return_url(intent))
    plus = make_price(make_product("Plus"), 500, "month", trial_days=7)
    words = "Try Plus free for 7 days"
    assert words not in as_max.get(PLANS, {"for": "acme"}).content.decode()
    assert words in as_max.get(PLANS).content.decode()
    answer = as_max.post(buy_url(plus), {"trial": "1", "for": "acme"})
    assert answer.status_code == 409
    assert "no second trial" in answer.content.decode()


def test_the_currency_is_changed_for_the_same_buyer(as_max, monthly, acme):
    make_price(monthly.product, 1400, "month", currency="USD")
    assert "?currency=USD&amp;for=acme" in as_max.get(PLANS, {"for": "acme"}).content.decode()


# --- buying --------------------------------------------------------------------------------------


def test_from_the_plans_to_the_seats(stripe_world, as_max, acme, max_):
    answer = as_max.post(buy_url(stripe_world.seats), {"for": "acme", "quantity": "3"})
    intent = CheckoutIntent.objects.get()
    assert (answer.status_code, answer.url) == (303, intent.session_url)
    assert (intent.user, intent.organization, intent.quantity) == (max_, acme, 3)
    stripe_world.simulator.pay_checkout(intent.stripe_session_id, card="ok")
    page = as_max.get(return_url(intent)).content.decode()
    assert "Acme has Team" in page
    assert f'href="{TEAM}"' in page
    license = License.objects.get()
    assert (license.organization, license.seats_total) == (acme, 3)
    assert license.reference in as_max.get(TEAM).content.decode()


@pytest.mark.parametrize("wanted", ["globex", "nothing", "acme ", "acme\0", "0", "1"])
def test_an_organization_that_was_tampered_with_buys_nothing(as_max, stripe_world, globex, wanted):
    answer = as_max.post(buy_url(stripe_world.seats), {"for": wanted})
    assert answer.status_code == 404
    assert not CheckoutIntent.objects.exists()
    assert not BillingCustomer.objects.exists()


def test_members_and_strangers_buy_nothing_for_it(client, stripe_world, acme, globex, bob, charlie):
    for user in (bob, charlie):
        client.force_login(user)
        assert client.post(buy_url(stripe_world.seats), {"for": "acme"}).status_code == 404
    assert not CheckoutIntent.objects.exists()


@pytest.mark.parametrize("guests", [True, False])
def test_a_visitor_buys_nothing_for_it(client, stripe_world, acme, settings, guests):
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = guests
    answer = client.post(buy_url(stripe_world.seats), {"for": "acme"})
    assert (answer.status_code, answer.url.split("?")[0]) == (303, "/login/")
    assert not CheckoutIntent.objects.exists()


def test_a_wrong_number_of_seats_keeps_the_buyer(as_max, stripe_world):
    answer = as_max.post(buy_url(stripe_world.seats), {"for": "acme", "quantity": "x"})
    assert answer.status_code == 400
    assert '<input type="hidden" name="for" value="acme">' in answer.content.decode()


def test_the_second_time_leads_to_the_billing_of_the_team(as_max, stripe_world, bought):
    answer = as_max.post(buy_url(stripe_world.seats), {"for": "acme", "quantity": "1"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Acme has Team already" in page
    assert f'href="{BILLING}"' in page


def test_leaving_stripes_page_leads_back_to_the_same_choice(as_max, stripe_world):
    as_max.post(buy_url(stripe_world.seats), {"for": "acme"})
    intent = CheckoutIntent.objects.get()
    page = as_max.get("/licensing/checkout-cancelled/", {"checkout": intent.nonce}).content.decode()
    assert f'href="{PLANS}?for=acme"' in page
    resume = reverse("wagtail_licensing:resume_checkout", args=[intent.nonce])
    assert resume in page
    assert as_max.get(resume).url == intent.session_url


# --- whose right is gone -------------------------------------------------------------------------


def test_a_manager_who_is_removed_does_not_go_on_paying(
    client, stripe_world, acme, max_, olga, django_capture_on_commit_callbacks
):
    client.force_login(max_)
    client.post(buy_url(stripe_world.seats), {"for": "acme"})
    intent = CheckoutIntent.objects.get()
    client.force_login(olga)
    with django_capture_on_commit_callbacks(execute=True):
        url = reverse("wagtail_licensing:remove_person", args=["acme", max_.pk])
        assert client.post(url).status_code == 303
    intent.refresh_from_db()
    assert intent.state == "expired"
    session = stripe_world.get(f"/v1/checkout/sessions/{intent.stripe_session_id}")
    assert session["status"] == "expired"


def test_the_way_back_to_stripes_page_is_checked_again(as_max, stripe_world, acme, max_, olga, now):
    as_max.post(buy_url(stripe_world.seats), {"for": "acme"})
    intent = CheckoutIntent.objects.get()
    resume = reverse("wagtail_licensing:resume_checkout", args=[intent.nonce])
    stripe_world.simulator.set_faults(api=[{"status": 500, "count": 99}])
    slow = f"{return_url(intent)}?look=10"
    assert resume in as_max.get(slow).content.decode()
    change_role(organization_id=acme.pk, user_id=max_.pk, role=Role.MEMBER, at=now, actor=olga)
    assert as_max.get(resume).url == PLANS
    page = as_max.get(slow).content.decode()
    assert "takes longer" in page
    assert resume not in page
    assert TEAM not in page


def test_who_paid_and_was_removed_is_thanked_and_led_nowhere(
    as_max, stripe_world, acme, max_, olga, now
):
    as_max.post(buy_url(stripe_world.seats), {"for": "acme", "quantity": "2"})
    intent = CheckoutIntent.objects.get()
    stripe_world.simulator.pay_checkout(intent.stripe_session_id, card="ok")
    remove_person(organization_id=acme.pk, user_id=max_.pk, at=now, actor=olga)
    page = as_max.get(return_url(intent)).content.decode()
    assert "Acme has Team" in page
    assert TEAM not in page
    assert License.objects.get().organization == acme
    assert as_max.get(BILLING).status_code == 404
    assert as_max.post(f"{BILLING}portal/").status_code == 404


def test_the_return_page_is_the_buyers_alone(as_max, client, stripe_world, olga, bob):
    as_max.post(buy_url(stripe_world.seats), {"for": "acme"})
    intent = CheckoutIntent.objects.get()
    for user in (olga, bob):
        client.force_login(user)
        assert client.get(return_url(intent)).status_code == 404


# --- billing -------------------------------------------------------------------------------------


def make_invoice(customer, number, at):
    return BillingInvoice.objects.create(
        stripe_id=f"in_{number}",
        customer=customer,
        number=number,
        status="paid",
        issued_at=at,
        plan="Team",
        total=2400,
        currency="EUR",
        hosted_url=f"https://pay.example/{number}",
    )


def test_the_billing_of_the_team_is_not_ones_own(as_max, stripe_world, bought, acme, max_, now):
    own = BillingCustomer.objects.create(user=max_, stripe_id="cus_own")
    make_invoice(own, "MINE-1", now)
    make_invoice(BillingCustomer.objects.get(organization=acme), "ACME-1", now)
    page = as_max.get(BILLING).content.decode()
    assert ("ACME-1" in page, "MINE-1" in page) == (True, False)
    assert "€24.00" in page
    assert bought.reference in page
    assert f'action="{BILLING}portal/"' in page
    assert 'action="/licensing/account/billing/"' not in page
    page = as_max.get("/licensing/account/payments/").content.decode()
    assert ("ACME-1" in page, "MINE-1" in page) == (False, True)


def test_what_is_paid_once_is_listed(as_max, stripe_world, acme):
    as_max.post(buy_url(stripe_world.once), {"for": "acme"})
    intent = CheckoutIntent.objects.get()
    stripe_world.simulator.pay_checkout(intent.stripe_session_id, card="ok")
    as_max.get(return_url(intent))
    page = as_max.get(BILLING).content.decode()
    assert "One-off purchases" in page
    assert "€49.00" in page


@pytest.mark.parametrize(
    "flow", ["", "payment_method_update", "subscription_cancel", "subscription_update"]
)
def test_the_portal_of_the_team_is_for_who_buys(
    client, as_max, stripe_world, bought, bob, charlie, flow
):
    data = {"flow": flow, "license": bought.reference}
    answer = as_max.post(f"{BILLING}portal/", data)
    assert answer.status_code == 303
    assert answer.url.startswith(stripe_world.simulator.base_url)
    # Theirs is no way to it, nor is the portal of one's own.
    if flow.startswith("subscription"):
        assert as_max.post("/licensing/account/billing/", data).status_code == 404
    for user in (bob, charlie):
        client.force_login(user)
        assert client.post(f"{BILLING}portal/", data).status_code == 404


def test_nothing_bought_yet(as_max, stripe_world):
    assert "Acme has not bought anything here yet" in as_max.get(BILLING).content.decode()
    answer = as_max.post(f"{BILLING}portal/")
    assert answer.status_code == 404
    assert f"{PLANS}?for=acme" in answer.content.decode()


def test_a_license_that_was_handed_over_is_not_the_teams_to_pay(as_max, stripe_world, acme, alice):
    license = stripe_world.license_of(stripe_world.subscribe(alice, stripe_world.seats))
    License.objects.filter(pk=license.pk).update(user=None, organization=acme)
    assert license.reference not in as_max.get(BILLING).content.decode()
    assert as_max.get(reverse("wagtail_licensing:switch", args=[license.reference])).status_code == 404


def test_a_manager_switches_the_plan_of_the_team(client, as_max, stripe_world, bought, bob, charlie):
    bigger = stripe_world.make_price(make_product("Bigger", per_seat=True), 900, interval="month")
    switch = reverse("wagtail_licensing:switch", args=[bought.reference])
    page = as_max.get(switch).content.decode()
    assert "Bigger" in page
    assert f'href="{BILLING}"' in page
    shown = as_max.post(f"{switch}{bigger.pk}/")
    seen = shown.context["seen"]
    for user in (bob, charlie):
        client.force_login(user)
        assert client.get(switch).status_code == 404
        assert client.post(f"{switch}{bigger.pk}/confirm/", {"seen": seen}).status_code == 404
    client.force_login(OrganizationMember.objects.get(role="manager").user)
    answer = client.post(f"{switch}{bigger.pk}/confirm/", {"seen": seen})
    assert (answer.status_code, answer.url) == (303, BILLING)
    bought.refresh_from_db()
    assert (bought.product.name, bought.state) == ("Bigger", State.ACTIVE)


def test_a_term_that_waits_is_started_by_who_manages(client, as_max, stripe_world, acme, bob, charlie):
    type(stripe_world.pass_).objects.filter(pk=stripe_world.pass_.pk).update(term_start="holder")
    as_max.post(buy_url(stripe_world.year_pass), {"for": "acme"})
    intent = CheckoutIntent.objects.get()
    stripe_world.simulator.pay_checkout(intent.stripe_session_id, card="ok")
    as_max.get(return_url(intent))
    license = License.objects.get()
    start = reverse("wagtail_licensing:start_license", args=[license.reference])
    assert start in as_max.get(TEAM).content.decode()
    for user in (bob, charlie):
        client.force_login(user)
        assert client.post(start).status_code == 404
    license.refresh_from_db()
    assert license.state == State.PENDING
    client.force_login(acme.owner)
    assert client.post(start).url == TEAM
    license.refresh_from_db()
    assert license.state == State.ACTIVE
