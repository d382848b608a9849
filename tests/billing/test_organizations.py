"""An organization buys: it pays as a customer of its own, it holds the license, and its people may act
for as long as they may."""

import pytest
from django.db import IntegrityError, transaction

from tests.conftest import make_product, make_user
from tests.teams.conftest import acme, globex, max_, olga
from wagtail_licensing.billing.checkout import (
    AlreadyLicensed,
    MayNotBuy,
    NotForSale,
    PaymentUnderWay,
    TrialUsed,
    confirm_checkout,
)
from wagtail_licensing.billing.closing import close_without_right
from wagtail_licensing.billing.customer_portal import Flow, NoBillingCustomer, portal_session_url
from wagtail_licensing.billing.plan_switch import switchable_item
from wagtail_licensing.billing.stop import stop_charging
from wagtail_licensing.billing.trials import products_tried, trial_days
from wagtail_licensing.domain.states import State
from wagtail_licensing.domain.teams import Role
from wagtail_licensing.models import (
    BillingCustomer,
    CheckoutIntent,
    License,
    LicenseProduct,
    OrganizationEvent,
    OutboxMessage,
)
from wagtail_licensing.notices.compose import make_mail
from wagtail_licensing.privacy.delete import delete_account, request_deletion
from wagtail_licensing.teams import change_role, create_organization, leave, remove_person

__all__ = ["acme", "globex", "max_", "olga"]

pytestmark = pytest.mark.django_db


def the_license(**fields) -> License:
    return License.objects.get(**fields)


def confirm(world, user, intent):
    return confirm_checkout(user=user, nonce=intent.nonce, at=world.now)


def session_of(world, intent):
    return world.get(f"/v1/checkout/sessions/{intent.stripe_session_id}")


# --- what works ----------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["webhook", "return page"])
def test_a_manager_buys_seats_and_the_organization_holds_them(
    stripe_world, deliver, acme, max_, olga, first
):
    intent = stripe_world.buy(max_, stripe_world.seats, organization=acme, quantity=4)
    if first == "webhook":
        assert set(deliver()) == {200}
        confirm(stripe_world, max_, intent)
    else:
        confirm(stripe_world, max_, intent)
        assert set(deliver()) == {200}
    license = the_license()
    assert (license.organization, license.user) == (acme, None)
    assert (license.state, license.seats_total, license.uses_seats) == (State.ACTIVE, 4, True)
    assert not license.seats.exists()  # seats are given, to the buyer too
    customer = BillingCustomer.objects.get()
    assert (customer.organization, customer.user) == (acme, None)
    theirs = stripe_world.get(f"/v1/customers/{customer.stripe_id}")
    assert theirs["name"] == "Acme"
    assert max_.email not in str({**theirs, "email": ""})
    intent.refresh_from_db()
    assert (intent.user, intent.organization, intent.state) == (max_, acme, "completed")
    line = OrganizationEvent.objects.get(kind="bought")
    assert (line.actor, line.facts["may_buy"]) == (max_, True)


@pytest.mark.parametrize("order", [list, lambda rows: rows[::-1]])
def test_the_order_of_events_does_not_matter(stripe_world, deliver, acme, olga, order):
    stripe_world.buy(olga, stripe_world.seats, organization=acme, quantity=2)
    assert set(deliver(order=order)) == {200}
    assert the_license().organization == acme
    assert OrganizationEvent.objects.filter(kind="bought").count() == 1


def test_what_is_paid_once_is_the_organizations_too(stripe_world, deliver, acme, max_):
    intent = stripe_world.buy(max_, stripe_world.once, organization=acme)
    confirm(stripe_world, max_, intent)
    deliver()
    license = the_license()
    assert (license.organization, license.user, license.ends_at) == (acme, None, None)
    with pytest.raises(AlreadyLicensed):
        stripe_world.checkout(max_, stripe_world.once, organization=acme)


def test_a_second_term_goes_on_after_the_first(stripe_world, acme, max_, olga):
    for buyer in (max_, olga):
        confirm(stripe_world, buyer, stripe_world.buy(buyer, stripe_world.year_pass, organization=acme))
    first, second = License.objects.order_by("starts_at")
    assert (first.organization, second.organization) == (acme, acme)
    assert second.starts_at == first.ends_at


def test_a_term_of_ones_own_is_no_term_of_the_organization(stripe_world, acme, max_):
    confirm(stripe_world, max_, stripe_world.buy(max_, stripe_world.year_pass))
    confirm(stripe_world, max_, stripe_world.buy(max_, stripe_world.year_pass, organization=acme))
    theirs, own = the_license(organization=acme), the_license(user=max_)
    assert theirs.starts_at < own.ends_at  # both run now: the clock may tick between the two
    assert BillingCustomer.objects.count() == 2


def test_money_that_goes_back_takes_the_license_from_the_organization(stripe_world, deliver, acme, max_):
    confirm(stripe_world, max_, stripe_world.buy(max_, stripe_world.once, organization=acme))
    license = the_license()
    stripe_world.post("/v1/refunds", payment_intent=license.billing_payment.stripe_id)
    deliver()
    license.refresh_from_db()
    assert license.state == State.REVOKED


def test_renewal_seats_and_cancellation_act_on_the_organization(stripe_world, deliver, acme, max_):
    confirm(
        stripe_world, max_, stripe_world.buy(max_, stripe_world.seats, organization=acme, quantity=2)
    )
    license = the_license()
    ends_at, item = license.ends_at, license.billing_item
    stripe_world.simulator.advance(days=32)
    deliver()
    license.refresh_from_db()
    assert license.ends_at > ends_at
    stripe_world.post(
        f"/v1/subscriptions/{item.subscription.stripe_id}",
        items=[{"id": item.stripe_id, "quantity": 5}],
    )
    deliver()
    license.refresh_from_db()
    assert license.seats_total == 5
    stripe_world.post(f"/v1/subscriptions/{item.subscription.stripe_id}", cancel_at_period_end=True)
    deliver()
    license.refresh_from_db()
    assert (license.renews, license.organization) == (False, acme)


# --- who may not ---------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["member", "outsider", "other", "inactive"])
def test_who_does_not_buy_for_it_cannot(stripe_world, acme, globex, max_, bob, charlie, who):
    max_.is_active = who != "inactive"
    max_.save()
    user = {"member": bob, "outsider": make_user("ivy"), "other": charlie, "inactive": max_}[who]
    with pytest.raises((MayNotBuy, NotForSale)):
        stripe_world.checkout(user, stripe_world.seats, organization=acme)
    assert not CheckoutIntent.objects.exists()
    assert not BillingCustomer.objects.exists()


def test_the_database_knows_no_purchase_of_nobody_for_an_organization(stripe_world, acme):
    with pytest.raises(IntegrityError, match="wl_intent_organization_has_buyer"), transaction.atomic():
        CheckoutIntent.objects.create(
            organization=acme,
            price=stripe_world.seats,
            created_at=stripe_world.now,
            expires_at=stripe_world.now,
        )


@pytest.mark.parametrize("how", ["removed", "made a member", "left"])
def test_who_lost_the_right_after_paying_takes_nothing_from_the_organization(
    stripe_world, deliver, acme, max_, olga, how
):
    intent = stripe_world.checkout(max_, stripe_world.seats, organization=acme, quantity=3)
    about = {"organization_id": acme.pk, "at": stripe_world.now}
    if how == "removed":
        remove_person(user_id=max_.pk, actor=olga, **about)
    elif how == "left":
        leave(actor=max_, **about)
    else:
        change_role(user_id=max_.pk, role=Role.MEMBER, actor=olga, **about)
    stripe_world.simulator.pay_checkout(intent.stripe_session_id, card="ok")
    deliver()
    license = the_license()
    assert (license.organization, license.seats_total, license.state) == (acme, 3, State.ACTIVE)
    assert not License.objects.filter(user=max_).exists()
    assert OrganizationEvent.objects.get(kind="bought").facts["may_buy"] is False
    with pytest.raises(NoBillingCustomer):
        portal_session_url(user=max_, organization=acme, return_url="http://testserver/")


def test_the_page_of_who_was_removed_is_closed_and_no_other(stripe_world, acme, max_, olga):
    theirs = stripe_world.checkout(max_, stripe_world.seats, organization=acme)
    own = stripe_world.checkout(max_, stripe_world.monthly)
    of_the_owner = stripe_world.checkout(olga, stripe_world.once, organization=acme)
    assert close_without_right(at=stripe_world.now) == 0
    remove_person(organization_id=acme.pk, user_id=max_.pk, actor=olga, at=stripe_world.now)
    assert close_without_right(at=stripe_world.now) == 1
    assert close_without_right(at=stripe_world.now) == 0
    found = [session_of(stripe_world, each)["status"] for each in (theirs, own, of_the_owner)]
    assert found == ["expired", "open", "open"]
    theirs.refresh_from_db()
    assert theirs.state == "expired"


@pytest.mark.parametrize("who", ["max", "olga"])
def test_so_is_the_page_of_an_account_that_is_closed(stripe_world, acme, max_, olga, who):
    user = {"max": max_, "olga": olga}[who]
    intent = stripe_world.checkout(user, stripe_world.seats, organization=acme)
    user.is_active = False
    user.save()
    assert close_without_right(at=stripe_world.now) == 1
    assert session_of(stripe_world, intent)["status"] == "expired"


def test_a_page_that_was_paid_is_not_closed(stripe_world, deliver, acme, max_, olga):
    intent = stripe_world.buy(max_, stripe_world.seats, organization=acme)  # nobody has heard of it
    remove_person(organization_id=acme.pk, user_id=max_.pk, actor=olga, at=stripe_world.now)
    close_without_right(at=stripe_world.now)
    intent.refresh_from_db()
    assert intent.state == "open"
    deliver()
    assert the_license().organization == acme


def test_a_session_paid_by_another_customer_gives_the_organization_nothing(
    stripe_world, deliver, acme, max_
):
    """Whoever has the nonce makes a session of their own with it."""
    intent = stripe_world.checkout(max_, stripe_world.once, organization=acme)
    private = stripe_world.customer(max_)
    session = stripe_world.post(
        "/v1/checkout/sessions",
        mode="payment",
        customer=private.stripe_id,
        client_reference_id=intent.nonce,
        line_items=[{"price": stripe_world.once.stripe_price_id, "quantity": 1}],
        success_url="http://testserver/",
    )
    stripe_world.simulator.pay_checkout(session["id"], card="ok")
    deliver()
    assert not License.objects.exists()
    intent.refresh_from_db()
    assert intent.state == "open"


def test_an_approval_of_a_person_sells_nothing_to_an_organization(stripe_world, acme, olga):
    LicenseProduct.objects.filter(pk=stripe_world.team.pk).update(issue_mode="approval")
    stripe_world.seats.product.refresh_from_db()
    with pytest.raises(NotForSale):
        stripe_world.checkout(olga, stripe_world.seats, organization=acme)


# --- the second time -----------------------------------------------------------------------------


def test_the_same_is_not_sold_twice_to_an_organization(stripe_world, acme, max_, olga, globex, charlie):
    confirm(stripe_world, max_, stripe_world.buy(max_, stripe_world.seats, organization=acme))
    for buyer in (max_, olga):
        with pytest.raises(AlreadyLicensed):
            stripe_world.checkout(buyer, stripe_world.seats, organization=acme)
    # What the organization has, its people may still buy for themselves, and others for theirs.
    stripe_world.checkout(max_, stripe_world.seats)
    stripe_world.checkout(charlie, stripe_world.seats, organization=globex)


def test_what_a_person_has_an_organization_may_buy(stripe_world, acme, olga):
    confirm(stripe_world, olga, stripe_world.buy(olga, stripe_world.seats))
    confirm(stripe_world, olga, stripe_world.buy(olga, stripe_world.seats, organization=acme))
    assert License.objects.filter(user=olga).count() == License.objects.filter(organization=acme).count()


def test_a_second_click_leads_to_the_same_page(stripe_world, acme, max_):
    first = stripe_world.checkout(max_, stripe_world.seats, organization=acme, quantity=2)
    assert stripe_world.checkout(max_, stripe_world.seats, organization=acme, quantity=2) == first
    own = stripe_world.checkout(max_, stripe_world.seats, quantity=2)
    assert own != first
    assert session_of(stripe_world, own)["customer"] != session_of(stripe_world, first)["customer"]


def test_of_two_who_buy_the_same_one_has_a_page(stripe_world, acme, max_, olga):
    first = stripe_world.checkout(max_, stripe_world.seats, organization=acme, quantity=2)
    second = stripe_world.checkout(olga, stripe_world.seats, organization=acme, quantity=3)
    assert session_of(stripe_world, first)["status"] == "expired"
    assert session_of(stripe_world, second)["status"] == "open"


def test_who_comes_second_does_not_pay_what_was_paid_unheard(stripe_world, acme, max_, olga):
    stripe_world.buy(max_, stripe_world.seats, organization=acme)  # and no event has arrived
    with pytest.raises(AlreadyLicensed):
        stripe_world.checkout(olga, stripe_world.seats, organization=acme)
    assert the_license().organization == acme
    assert not CheckoutIntent.objects.filter(user=olga, state="open").exists()


def test_a_debit_under_way_is_the_whole_organizations(stripe_world, deliver, acme, max_, olga):
    stripe_world.buy(max_, stripe_world.once, organization=acme, card="delayed")
    deliver()
    with pytest.raises(PaymentUnderWay):
        stripe_world.checkout(olga, stripe_world.once, organization=acme)
    stripe_world.checkout(olga, stripe_world.once)


# --- trials --------------------------------------------------------------------------------------


def try_it(world, user, **fields):
    intent = world.buy(user, world.tried, expects_trial=True, **fields)
    return confirm(world, user, intent)


def test_an_organization_tries_once_whoever_asks(stripe_world, acme, max_, olga, globex, charlie):
    assert trial_days(max_, stripe_world.tried, organization=acme) == 14
    try_it(stripe_world, max_, organization=acme)
    assert the_license().is_trial
    plus = stripe_world.make_price(make_product("Plus"), 100, interval="month", trial_days=7)
    for buyer in (max_, olga):
        assert trial_days(buyer, plus, organization=acme) == 0
        with pytest.raises(TrialUsed):
            stripe_world.checkout(buyer, plus, organization=acme, expects_trial=True)
    assert trial_days(max_, plus) == 7  # his own is his own
    assert trial_days(charlie, plus, organization=globex) == 7
    assert products_tried(olga, acme) == ({stripe_world.pro.pk}, True)
    assert products_tried(max_) == (frozenset(), False)


def test_nobody_makes_organizations_to_try_again(stripe_world, acme, olga):
    try_it(stripe_world, olga)
    again = create_organization(name="Again", owner=olga, at=stripe_world.now)
    assert trial_days(olga, stripe_world.tried, organization=again) == 0
    assert trial_days(olga, stripe_world.tried, organization=acme) == 0


def test_nor_does_an_organization_lead_to_a_trial_of_ones_own(stripe_world, acme, olga):
    try_it(stripe_world, olga, organization=acme)
    assert trial_days(olga, stripe_world.tried) == 0
    again = create_organization(name="Again", owner=olga, at=stripe_world.now)
    assert trial_days(olga, stripe_world.tried, organization=again) == 0


def test_two_trials_are_not_open_at_once(stripe_world, acme, olga):
    plus = stripe_world.make_price(make_product("Plus"), 100, interval="month", trial_days=7)
    own = stripe_world.checkout(olga, stripe_world.tried, expects_trial=True)
    theirs = stripe_world.checkout(olga, plus, organization=acme, expects_trial=True)
    assert session_of(stripe_world, own)["status"] == "expired"
    assert session_of(stripe_world, theirs)["status"] == "open"


# --- billing afterwards --------------------------------------------------------------------------


@pytest.fixture
def bought(stripe_world, acme, max_) -> License:
    """Acme's seats, bought by Max, who also pays for something of his own."""
    confirm(stripe_world, max_, stripe_world.buy(max_, stripe_world.monthly))
    confirm(stripe_world, max_, stripe_world.buy(max_, stripe_world.seats, organization=acme))
    return the_license(organization=acme)


@pytest.mark.parametrize("flow", [None, *Flow])
def test_the_portal_is_the_organizations(stripe_world, acme, max_, olga, bought, flow):
    for user in (max_, olga):
        url = portal_session_url(
            user=user,
            organization=acme,
            return_url="http://testserver/",
            flow=flow,
            reference=bought.reference,
        )
        assert url.startswith(stripe_world.simulator.base_url)


def test_the_portal_of_the_organization_is_nobody_elses(
    stripe_world, acme, max_, bob, charlie, globex, bought
):
    for user, organization in ((bob, acme), (charlie, acme), (charlie, globex), (max_, globex)):
        with pytest.raises(NoBillingCustomer):
            portal_session_url(user=user, organization=organization, return_url="http://testserver/")
    own = the_license(user=max_)
    for organization, license in ((acme, own), (None, bought)):
        with pytest.raises(NoBillingCustomer):
            portal_session_url(
                user=max_,
                organization=organization,
                return_url="http://testserver/",
                flow=Flow.CANCEL,
                reference=license.reference,
            )


def test_who_may_switch_the_plan(stripe_world, acme, max_, olga, bob, charlie, bought):
    assert [bool(switchable_item(user, bought)) for user in (olga, max_, bob, charlie)] == [
        True,
        True,
        False,
        False,
    ]


def test_nobody_switches_a_plan_that_somebody_else_pays(stripe_world, acme, max_, olga, alice, bought):
    handed_over = the_license(user=max_)
    License.objects.filter(pk=handed_over.pk).update(user=alice)
    handed_over.refresh_from_db()
    assert switchable_item(alice, handed_over) is None
    License.objects.filter(pk=handed_over.pk).update(user=None, organization=acme, uses_seats=True)
    handed_over.refresh_from_db()
    assert switchable_item(olga, handed_over) is None


def test_an_account_that_goes_leaves_the_organization_what_it_bought(
    stripe_world, deliver, acme, max_, olga, bought
):
    stripe_world.checkout(max_, stripe_world.once, organization=acme)
    deletion = request_deletion(user=max_, billing="at_once", at=stripe_world.now, requested_by=max_)
    assert stop_charging(user=max_, at_once=True, at=stripe_world.now)
    assert delete_account(deletion_id=deletion.pk, at=stripe_world.now)
    deliver()
    bought.refresh_from_db()
    assert (bought.state, bought.organization, bought.renews) == (State.ACTIVE, acme, True)
    subscription = stripe_world.get(f"/v1/subscriptions/{bought.billing_item.subscription.stripe_id}")
    assert subscription["status"] == "active"
    assert License.objects.exclude(pk=bought.pk).get().state == State.EXPIRED  # his own
    assert portal_session_url(user=olga, organization=acme, return_url="http://testserver/")
    # What was open for it is closed: nobody is left to pay it.
    assert not CheckoutIntent.objects.filter(organization=acme, state="open").exists()
    max_.refresh_from_db()
    with pytest.raises(NoBillingCustomer):
        portal_session_url(user=max_, organization=acme, return_url="http://testserver/")


def test_the_owner_is_written_to_and_led_to_the_page_of_the_team(
    stripe_world, deliver, settings, olga, max_, acme
):
    settings.WAGTAIL_LICENSING_SITE_URL = "https://example.org"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"
    for organization in (acme, None):
        intent = stripe_world.buy(olga, stripe_world.seats, organization=organization)
        confirm(stripe_world, olga, intent)
    for customer in BillingCustomer.objects.all():
        stripe_world.simulator.card(customer.stripe_id, "decline")
    stripe_world.simulator.advance(days=32)
    deliver()
    failed = OutboxMessage.objects.filter(notice="payment_failed")
    team, own = failed.get(license__organization=acme), failed.get(license__user=olga)
    assert (team.user, own.user) == (olga, olga)
    assert "https://example.org/licensing/account/team/of/acme/" in make_mail(team).body
    assert "/team/of/" not in make_mail(own).body
    seat = OutboxMessage(notice="seat_given", license=team.license, user=olga)
    assert "/team/of/" not in make_mail(seat).body  # what she reads is in her account


def test_a_customer_deleted_at_stripe_is_followed_by_another(stripe_world, acme, max_, bought):
    customer = BillingCustomer.objects.get(organization=acme)
    stripe_world.delete(f"/v1/customers/{customer.stripe_id}")
    stripe_world.checkout(max_, stripe_world.once, organization=acme)
    assert BillingCustomer.objects.filter(organization=acme, is_deleted=False).get() != customer
    assert BillingCustomer.objects.get(user=max_).is_deleted is False
