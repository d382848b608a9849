"""Handing over: both sides confirm, once, in time; what Stripe charges stays; never ownerless."""

import datetime as dt

import pytest
from django.core import mail

from tests.conftest import STAFF, gate_page, give, make_product, make_user
from tests.portal.sales import make_price, subscribe
from wagtail_licensing.access import check_access
from wagtail_licensing.conf import conf
from wagtail_licensing.domain.teams import Role
from wagtail_licensing.licenses import LicenseError, assign_seat, revoke_license, transfer_license
from wagtail_licensing.models import BillingItem, OutboxMessage, Transfer
from wagtail_licensing.notices.send import send_waiting
from wagtail_licensing.teams import (
    NotYours,
    OfferClosed,
    TeamError,
    WrongAddress,
    accept_transfer,
    agree_to_transfer,
    ask_for_transfer,
    cancel_transfer,
    create_organization,
    decline_transfer,
    invite,
    offer_license,
    offer_organization,
    role_of,
)

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def dee(db):
    """Takes over."""
    return make_user("dee")


@pytest.fixture
def license(alice, pro, now):
    return give(alice, pro, at=now)


@pytest.fixture
def offer(license, alice, now):
    return offer_license(license=license, email="dee@example.org", at=now, actor=alice)


def accept(offer, user, at, **to):
    return accept_transfer(transfer_id=offer.pk, user=user, at=at, **to)


def test_access_goes_with_the_license(license, offer, alice, dee, article, now):
    gate_page(article, license.product)
    assert check_access(alice, article, at=now).allowed
    accept(offer, dee, now)
    assert not check_access(alice, article, at=now).allowed
    assert check_access(dee, article, at=now).allowed
    line = license.events.last()
    assert (line.kind, line.actor) == ("transferred", dee)
    assert (line.before["holder"], line.after["holder"]) == (f"user-{alice.pk}", f"user-{dee.pk}")


def test_nothing_changes_before_it_is_accepted(license, offer, alice):
    license.refresh_from_db()
    assert license.user == alice
    assert license.events.count() == 1


def test_it_is_taken_once_in_time_by_the_right_one(license, offer, charlie, dee, now):
    with pytest.raises(WrongAddress):
        accept(offer, charlie, now)
    with pytest.raises(OfferClosed):
        accept(offer, dee, offer.expires_at)
    accept(offer, dee, now)
    with pytest.raises(OfferClosed):
        accept(offer, dee, now)
    assert license.events.filter(kind="transferred").count() == 1


def test_only_the_holder_offers_and_only_one_at_a_time(license, offer, alice, charlie, now):
    with pytest.raises(NotYours):
        offer_license(license=license, email="x@example.org", at=now, actor=charlie)
    with pytest.raises(TeamError):
        offer_license(license=license, email="x@example.org", at=now, actor=alice)
    with pytest.raises(NotYours):
        cancel_transfer(transfer_id=offer.pk, at=now, actor=charlie)
    late = offer.expires_at
    offer_license(license=license, email="x@example.org", at=late, actor=alice)


def test_taken_back_and_declined_offers_open_nothing(license, offer, alice, dee, now):
    for _ in range(2):
        cancel_transfer(transfer_id=offer.pk, at=now, actor=alice)
    with pytest.raises(OfferClosed):
        accept(offer, dee, now)
    again = offer_license(license=license, email="dee@example.org", at=now, actor=alice)
    decline_transfer(transfer_id=again.pk, user=dee, at=now)
    with pytest.raises(OfferClosed):
        accept(again, dee, now)
    license.refresh_from_db()
    assert license.user == alice


def test_a_revoked_license_is_not_taken_over(license, offer, dee, alice, now):
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    with pytest.raises(LicenseError):
        accept(offer, dee, now)
    license.refresh_from_db()
    assert license.user == alice


def test_into_an_organization_of_ones_own(license, alice, article, charlie, now):
    """Who hands a personal license to an organization keeps a seat."""
    gate_page(article, license.product)
    acme = create_organization(name="Acme", owner=alice, at=now)
    globex = create_organization(name="Globex", owner=charlie, at=now)
    offer = offer_license(license=license, email=alice.email, at=now, actor=alice)
    with pytest.raises(NotYours):
        accept(offer, alice, now, organization=globex)
    accept(offer, alice, now, organization=acme)
    license.refresh_from_db()
    assert (license.user, license.organization, license.uses_seats) == (None, acme, True)
    assert check_access(alice, article, at=now).allowed
    assert acme.events.last().kind == "license_taken"


def test_to_oneself_is_no_transfer(license, alice, now):
    with pytest.raises(TeamError):
        offer_license(license=license, email=alice.email, at=now, actor=alice)


def test_the_place_goes_along_and_invitations_do_not(alice, bob, dee, now):
    crew = give(alice, make_product("Crew", seats=3), at=now)
    assign_seat(license_id=crew.pk, user=bob, at=now, by=STAFF)
    invitation = invite(email="x@example.org", license=crew, at=now, actor=alice)
    accept(offer_license(license=crew, email=dee.email, at=now, actor=alice), dee, now)
    people = {seat.user for seat in crew.seats.filter(state="assigned")}
    assert people == {bob, dee}
    invitation.refresh_from_db()
    assert invitation.state == "revoked"
    assert not crew.seats.filter(state="invited").exists()


def test_billing_stays_with_who_pays(alice, dee, pro, now):
    license = subscribe(alice, make_price(pro, 1200, "month"), at=now)
    accept(offer_license(license=license, email=dee.email, at=now, actor=alice), dee, now)
    item = BillingItem.objects.get(license=license)
    assert item.subscription.customer.user == alice
    license.refresh_from_db()
    assert (license.user, license.renews) == (dee, True)


def test_staff_asks_and_the_holder_agrees_first(license, olivia, alice, charlie, dee, now):
    with pytest.raises(TeamError):
        ask_for_transfer(license=license, email=dee.email, at=now, actor=olivia, reason=" ")
    asked = ask_for_transfer(license=license, email=dee.email, at=now, actor=olivia, reason="moved")
    with pytest.raises(OfferClosed):
        accept(asked, dee, now)
    with pytest.raises(NotYours):
        agree_to_transfer(transfer_id=asked.pk, at=now, actor=charlie)
    for _ in range(2):
        agree_to_transfer(transfer_id=asked.pk, at=now + HOUR, actor=alice)
    asked.refresh_from_db()
    assert asked.expires_at == now + HOUR + conf.invitation_lifetime
    accept(asked, dee, now + HOUR)
    assert license.events.last().reason == "moved"
    notices = list(OutboxMessage.objects.order_by("pk").values_list("notice", flat=True))
    assert notices[-3:] == ["transfer_asked", "transfer_offered", "transfer_done"]


def test_the_mails_say_who_and_where(license, offer, dee, alice, now):
    send_waiting(at=now)
    (message,) = [each for each in mail.outbox if each.to == ["dee@example.org"]]
    assert f"https://example.org/licensing/transfers/{offer.link_token}/" in message.body
    accept(offer, dee, now)
    send_waiting(at=now)
    done = [each for each in mail.outbox if each.to == [alice.email]][-1]
    assert "billing stays with you" in done.body


def test_an_ended_license_and_one_that_is_held_already(license, alice, dee, now):
    with pytest.raises(LicenseError):
        transfer_license(license_id=license.pk, user=alice, at=now, by=STAFF)
    with pytest.raises(LicenseError):
        transfer_license(license_id=license.pk, at=now, by=STAFF)
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    with pytest.raises(TeamError):
        offer_license(license=license, email=dee.email, at=now, actor=alice)


# --- ownership ----------------------------------------------------------------------------------


def test_ownership_goes_over_and_somebody_owns_it_always(acme, crew, olga, max_, charlie, now):
    with pytest.raises(NotYours):
        offer_organization(organization=acme, email=max_.email, at=now, actor=max_)
    begun = offer_license(license=crew, email="x@example.org", at=now, actor=olga)
    offer = offer_organization(organization=acme, email=max_.email, at=now, actor=olga)
    with pytest.raises(WrongAddress):
        accept(offer, charlie, now)
    accept(offer, max_, now)
    acme.refresh_from_db()
    assert (acme.owner, role_of(olga, acme)) == (max_, Role.MANAGER)
    assert not acme.members.filter(user=max_).exists()
    line = acme.events.get(kind="owner_changed")
    assert (line.facts["before"], line.facts["after"]) == (olga.pk, max_.pk)
    begun.refresh_from_db()
    assert begun.state == "revoked"  # what the old owner had begun


def test_an_owner_is_not_offered_their_own(acme, olga, now):
    with pytest.raises(TeamError):
        offer_organization(organization=acme, email=olga.email, at=now, actor=olga)
    assert not Transfer.objects.exists()
