"""Who was invited, or was offered something, is forgotten a while after it was closed."""

import datetime as dt

import pytest

from tests.conftest import make_user
from wagtail_licensing.conf import conf
from wagtail_licensing.models import Invitation
from wagtail_licensing.teams import (
    accept_invitation,
    cancel_transfer,
    expire_offers,
    forget_offers,
    invite,
    offer_organization,
    revoke,
)

pytestmark = pytest.mark.django_db

TICK = dt.timedelta(microseconds=1)


@pytest.fixture
def invitation(acme, crew, olga, now):
    return invite(email="dee@example.org", organization=acme, license=crew, at=now, actor=olga)


def test_an_open_one_is_kept_and_one_that_is_over_is_not(invitation, crew, now):
    long_after = now + conf.invitation_lifetime + conf.claim_retention
    assert forget_offers(at=long_after + TICK) == 0
    expire_offers(at=invitation.expires_at)
    assert forget_offers(at=long_after) == 0
    assert forget_offers(at=long_after + TICK) == 1
    assert forget_offers(at=long_after + TICK) == 0
    invitation.refresh_from_db()
    assert (invitation.email, invitation.email_key, invitation.state) == ("", "", "expired")
    assert crew.seats.get().invited_email == ""


def test_who_accepted_keeps_the_seat(invitation, crew, now):
    dee = make_user("dee")
    accept_invitation(invitation_id=invitation.pk, user=dee, at=now)
    assert forget_offers(at=now + conf.claim_retention + TICK) == 1
    seat = crew.seats.get()
    assert (seat.user, seat.state) == (dee, "assigned")


def test_they_can_be_invited_again(invitation, acme, crew, olga, now):
    revoke(invitation_id=invitation.pk, at=now, actor=olga)
    later = now + conf.claim_retention + TICK
    forget_offers(at=later)
    again = invite(email="dee@example.org", organization=acme, license=crew, at=later, actor=olga)
    assert Invitation.objects.exclude(pk=again.pk).get().email == ""


def test_transfers_too(acme, olga, now, django_assert_num_queries):
    transfer = offer_organization(organization=acme, email="dee@example.org", at=now, actor=olga)
    with django_assert_num_queries(2):
        assert forget_offers(at=now + 10 * conf.claim_retention) == 0
    cancel_transfer(transfer_id=transfer.pk, at=now, actor=olga)
    assert forget_offers(at=now + conf.claim_retention + TICK) == 1
    transfer.refresh_from_db()
    assert (transfer.email, transfer.email_key) == ("", "")
