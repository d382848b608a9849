"""Invitations: used once, in time, by the address they were sent to; a seat is kept meanwhile."""

import datetime as dt
import hashlib

import pytest
from django.core import mail

from tests.conftest import STAFF, STRIPE, give, make_product, make_user
from wagtail_licensing.conf import conf
from wagtail_licensing.domain.states import State
from wagtail_licensing.domain.teams import Role
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import LicenseError, NoSeatLeft, apply_terms, assign_seat, revoke_license
from wagtail_licensing.models import Invitation, LicenseSeat, OutboxMessage
from wagtail_licensing.notices.send import send_waiting
from wagtail_licensing.teams import (
    NotYours,
    OfferClosed,
    TeamError,
    WrongAddress,
    accept_invitation,
    decline_invitation,
    expire_offers,
    invite,
    resend,
    revoke,
    role_of,
)

pytestmark = pytest.mark.django_db

TICK = dt.timedelta(microseconds=1)
HOUR = dt.timedelta(hours=1)
DAY = 24 * HOUR


@pytest.fixture
def dee(db):
    """Is invited."""
    return make_user("dee")


@pytest.fixture
def invitation(acme, crew, max_, now):
    return invite(email="dee@example.org", organization=acme, license=crew, at=now, actor=max_)


def accept(invitation, user, at):
    return accept_invitation(invitation_id=invitation.pk, user=user, at=at)


def test_who_is_invited_has_a_seat_and_is_in_the_team(acme, crew, invitation, dee, now):
    assert crew.seats.get().state == "invited"
    accept(invitation, dee, now + HOUR)
    seat = crew.seats.get()
    assert (seat.state, seat.user, seat.slot) == ("assigned", dee, 1)
    assert role_of(dee, acme) is Role.MEMBER
    invitation.refresh_from_db()
    assert (invitation.state, invitation.accepted_by) == ("accepted", dee)
    assert [line.kind for line in crew.events.order_by("pk")][-2:] == ["seat_invited", "seat_accepted"]


def test_it_works_once(crew, invitation, dee, now):
    accept(invitation, dee, now)
    with pytest.raises(OfferClosed):
        accept(invitation, dee, now)
    assert crew.seats.count() == 1


def test_its_end_is_exact(crew, invitation, dee, now):
    with pytest.raises(OfferClosed):
        accept(invitation, dee, invitation.expires_at)
    accept(invitation, dee, invitation.expires_at - TICK)


def test_expired_ones_give_the_seat_back(crew, invitation, now):
    assert expire_offers(at=invitation.expires_at - TICK) == 0
    assert expire_offers(at=invitation.expires_at) == 1
    assert expire_offers(at=invitation.expires_at) == 0
    invitation.refresh_from_db()
    assert (invitation.state, crew.seats.get().state) == ("expired", "released")


def test_an_expired_one_stands_in_nobodys_way(acme, crew, olga, now):
    """Also where no sweep has run."""
    for number in range(3):
        invite(email=f"p{number}@example.org", organization=acme, license=crew, at=now, actor=olga)
    later = now + conf.invitation_lifetime
    with pytest.raises(NoSeatLeft):
        invite(email="x@example.org", organization=acme, license=crew, at=later - TICK, actor=olga)
    invite(email="x@example.org", organization=acme, license=crew, at=later, actor=olga)
    assert crew.seats.exclude(state="released").count() == 1


@pytest.mark.parametrize(
    "address",
    [
        "other@example.org",
        "dee@example.com",
        "d\u0435e@example.org",  # Cyrillic
        "dee+x@example.org",
        "dee@ex\u0430mple.org",
        "",
    ],
)
def test_a_forwarded_link_gives_nothing(acme, crew, invitation, now, address):
    stranger = make_user("stranger")
    stranger.email = address
    stranger.save()
    with pytest.raises(WrongAddress):
        accept(invitation, stranger, now)
    with pytest.raises(WrongAddress):
        decline_invitation(invitation_id=invitation.pk, user=stranger, at=now)
    invitation.refresh_from_db()
    assert (invitation.state, crew.seats.get().user) == ("open", None)
    assert role_of(stranger, acme) is None


def test_capitals_do_not_matter(crew, acme, olga, dee, now):
    invitation = invite(email=" Dee@EXAMPLE.org ", organization=acme, license=crew, at=now, actor=olga)
    dee.email = "dEE@example.ORG"
    dee.save()
    accept(invitation, dee, now)
    assert crew.seats.get().user == dee


def test_a_site_that_verifies_goes_by_that_alone(settings, invitation, dee, now):
    settings.WAGTAIL_LICENSING_VERIFIED_ADDRESSES = "tests.teams.test_invitations.nothing_verified"
    with pytest.raises(WrongAddress):
        accept(invitation, dee, now)
    settings.WAGTAIL_LICENSING_VERIFIED_ADDRESSES = "tests.teams.test_invitations.dee_verified"
    dee.email = "another@example.org"
    dee.save()
    accept(invitation, dee, now)


def nothing_verified(user):
    return []


def dee_verified(user):
    return ["DEE@example.org"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "@example.org",
        "a@b",
        "a b@example.org",
        "a@example..org",
        "a\u200bb@x.org",
        "\u212aim@example.org",
        "x@example.org, y@example.org",
        "x\r\nBcc: y@example.org",
    ],
)
def test_nonsense_is_not_written_to(acme, crew, olga, now, address):
    with pytest.raises(TeamError):
        invite(email=address, organization=acme, license=crew, at=now, actor=olga)
    assert not LicenseSeat.objects.exists()
    assert not OutboxMessage.objects.filter(notice="invitation").exists()


def test_only_those_who_manage_invite(acme, globex, crew, olga, max_, bob, charlie, now):
    for actor in (bob, charlie):
        with pytest.raises(NotYours):
            invite(email="x@example.org", organization=acme, license=crew, at=now, actor=actor)
    with pytest.raises(NotYours):  # somebody else's license through one's own organization
        invite(email="x@example.org", organization=globex, license=crew, at=now, actor=charlie)
    with pytest.raises(NotYours):
        invite(email="x@example.org", license=crew, at=now, actor=olga)
    with pytest.raises(NotYours):  # a manager makes no managers
        invite(email="x@example.org", organization=acme, role=Role.MANAGER, at=now, actor=max_)
    manager = invite(email="x@example.org", organization=acme, role=Role.MANAGER, at=now, actor=olga)
    with pytest.raises(NotYours):
        resend(invitation_id=manager.pk, at=now + HOUR, actor=max_)
    assert Invitation.objects.count() == 1


def test_the_holder_of_a_shared_license_invites_too(alice, bob, dee, now):
    license = give(alice, make_product("Duo", seats=2), at=now)
    with pytest.raises(NotYours):
        invite(email="dee@example.org", license=license, at=now, actor=bob)
    invitation = invite(email="dee@example.org", license=license, at=now, actor=alice)
    accept(invitation, dee, now)
    assert license.seats.get(slot=2).user == dee


def test_one_address_is_invited_once(acme, crew, olga, now, invitation):
    with pytest.raises(TeamError):
        invite(email="DEE@example.org", organization=acme, license=crew, at=now, actor=olga)
    assert crew.seats.count() == 1


def test_who_has_a_seat_keeps_it_and_the_other_is_free(crew, invitation, dee, now):
    assign_seat(license_id=crew.pk, user=dee, at=now, by=STAFF)
    accept(invitation, dee, now)
    assert [seat.user for seat in crew.seats.exclude(state="released")] == [dee]


def test_taken_back_and_declined_ones_open_nothing(acme, crew, olga, dee, now, invitation):
    with pytest.raises(NotYours):
        revoke(invitation_id=invitation.pk, at=now, actor=dee)
    for _ in range(2):
        revoke(invitation_id=invitation.pk, at=now, actor=olga)
    with pytest.raises(OfferClosed):
        accept(invitation, dee, now)
    assert not crew.seats.exclude(state="released").exists()
    again = invite(email="dee@example.org", organization=acme, license=crew, at=now, actor=olga)
    decline_invitation(invitation_id=again.pk, user=dee, at=now)
    with pytest.raises(OfferClosed):
        accept(again, dee, now)
    assert not crew.seats.exclude(state="released").exists()


def test_sent_again_the_old_link_is_dead(crew, olga, invitation, dee, now):
    old = invitation.link_token
    with pytest.raises(TeamError):  # a moment ago
        resend(invitation_id=invitation.pk, at=now, actor=olga)
    renewed = resend(invitation_id=invitation.pk, at=now + HOUR, actor=olga)
    assert Invitation.with_token(old) is None
    assert Invitation.with_token(renewed.link_token) == invitation
    assert renewed.expires_at == now + HOUR + conf.invitation_lifetime
    assert OutboxMessage.objects.filter(notice="invitation").count() == 2


def test_nobody_is_flooded(acme, crew, olga, invitation, now):
    for number in range(1, 5):
        resend(invitation_id=invitation.pk, at=now + number * HOUR, actor=olga)
    with pytest.raises(TeamError):
        resend(invitation_id=invitation.pk, at=now + 5 * HOUR, actor=olga)
    revoke(invitation_id=invitation.pk, at=now + 5 * HOUR, actor=olga)
    with pytest.raises(TeamError):  # a new invitation is no way round
        invite(email="dee@example.org", organization=acme, license=crew, at=now + 5 * HOUR, actor=olga)
    invite(email="dee@example.org", organization=acme, license=crew, at=now + 2 * DAY, actor=olga)


def test_a_copy_of_the_database_opens_nothing(invitation):
    token = invitation.link_token
    row = Invitation.objects.filter(pk=invitation.pk).values().get()
    assert row["link_digest"] == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(row)
    assert Invitation.with_token(row["link_digest"]) is None
    assert Invitation.with_token(row["link_word"]) is None


@pytest.mark.parametrize("token", ["", "x" * 64, "x" * 5000, "\0" * 64, "é" * 64])
def test_what_is_no_token_is_nothing(invitation, token):
    assert Invitation.with_token(token) is None


# --- more people than seats ---------------------------------------------------------------------


def seats_become(license, seats, at):
    terms = Terms(
        state=State.ACTIVE,
        starts_at=license.starts_at,
        ends_at=None,
        access_until=None,
        renews=True,
        seats=seats,
    )
    apply_terms(license_id=license.pk, terms=terms, at=at, by=STRIPE)


def test_while_seats_are_over_nobody_is_invited_and_nobody_comes_in(
    acme, crew, olga, bob, max_, dee, now, invitation
):
    for user in (bob, max_):
        assign_seat(license_id=crew.pk, user=user, at=now, by=STAFF)
    seats_become(crew, 2, now)
    with pytest.raises(NoSeatLeft):
        invite(email="x@example.org", organization=acme, license=crew, at=now, actor=olga)
    with pytest.raises(NoSeatLeft):
        accept(invitation, dee, now)
    invitation.refresh_from_db()
    assert invitation.state == "open"
    assert role_of(dee, acme) is None
    seats_become(crew, 3, now + HOUR)
    accept(invitation, dee, now + HOUR)
    assert crew.seats.filter(state="assigned").count() == 3


def test_an_ended_license_takes_nobody(crew, invitation, dee, now):
    revoke_license(license_id=crew.pk, at=now, by=STAFF)
    with pytest.raises(LicenseError):
        accept(invitation, dee, now)
    assert not crew.seats.filter(user=dee).exists()


# --- the mail -----------------------------------------------------------------------------------


def test_the_mail_has_the_link_and_goes_out_once(invitation, now):
    for _ in range(2):
        send_waiting(at=now)
    (message,) = [each for each in mail.outbox if each.to == ["dee@example.org"]]
    link = f"https://example.org/licensing/invitations/{invitation.link_token}/"
    assert link in message.body
    assert link in message.alternatives[0][0]
    assert "Acme" in message.subject
    assert "The link works once" in message.body
    assert "List-Unsubscribe" not in message.extra_headers


def test_another_key_of_the_site_does_not_kill_a_mail_that_waits(settings, invitation, now):
    settings.SECRET_KEY = "another one"
    send_waiting(at=now)
    (message,) = [each for each in mail.outbox if each.to == ["dee@example.org"]]
    invitation.refresh_from_db()
    assert invitation.link_token in message.body
    assert Invitation.with_token(invitation.link_token) == invitation


def test_a_mail_about_what_was_taken_back_is_not_sent(invitation, olga, now):
    revoke(invitation_id=invitation.pk, at=now, actor=olga)
    send_waiting(at=now)
    assert [each for each in mail.outbox if each.to == ["dee@example.org"]] == []
    assert OutboxMessage.objects.get(notice="invitation").state == "dropped"


def test_of_two_mails_that_wait_only_the_one_that_works_is_sent(invitation, olga, now):
    resend(invitation_id=invitation.pk, at=now + HOUR, actor=olga)
    send_waiting(at=now + HOUR)
    (message,) = [each for each in mail.outbox if each.to == ["dee@example.org"]]
    invitation.refresh_from_db()
    assert invitation.link_token in message.body


def test_names_in_a_mail_are_words_only(acme, crew, olga, now):
    acme.name = "Acme <b>x</b> https://evil.example/a www.evil.example evil.example/y \r\n\r\nBcc: x"
    acme.save()
    olga.first_name, olga.last_name = "{{ account }}", "http://evil.example"
    olga.save()
    invite(email="dee@example.org", organization=acme, license=crew, at=now, actor=olga)
    send_waiting(at=now)
    (message,) = [each for each in mail.outbox if each.to == ["dee@example.org"]]
    html = message.alternatives[0][0]
    assert "evil.example" not in message.subject + message.body + html
    assert "<b>" not in html
    assert "\n" not in message.subject
    assert "Bcc" not in message.extra_headers
