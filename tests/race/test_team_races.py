"""Teams at the very same time: invitations for the last seats, one link pressed twice, a cut meanwhile,
a license that is revoked while it is handed over."""

import datetime as dt
import threading
import time

import pytest

from tests.conftest import STAFF, STRIPE, make_user
from tests.race.threads import at_once
from wagtail_licensing.domain.states import State
from wagtail_licensing.domain.teams import Role
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import (
    LicenseError,
    NoSeatLeft,
    apply_terms,
    issue_license,
    revoke_license,
    seats,
)
from wagtail_licensing.models import Invitation, License, OrganizationMember, Transfer
from wagtail_licensing.teams import (
    OfferClosed,
    accept_invitation,
    accept_transfer,
    create_organization,
    invite,
    leave,
    offer_license,
    offer_organization,
)

pytestmark = pytest.mark.django_db(transaction=True)

#: Threads, each of which invites several: a connection each, and a hundred claims in all.
THREADS, EACH = 20, 5


@pytest.fixture
def at():
    return dt.datetime.now(dt.UTC)


@pytest.fixture(autouse=True)
def no_mail(settings):
    settings.WAGTAIL_LICENSING_MAIL = False


@pytest.fixture
def acme(at):
    return create_organization(name="Acme", owner=make_user("olga"), at=at)


@pytest.fixture
def ten_seats(acme, team, at):
    return issue_license(product=team, organization=acme, source="by_hand", seats=10, at=at, by=STAFF)


@pytest.fixture
def slow_choice(monkeypatch):
    """Let everybody look for a free seat before anybody takes one, as far as a lock allows it."""
    real = seats._free_slot

    def slow(license):
        slot = real(license)
        time.sleep(0.02)
        return slot

    monkeypatch.setattr(seats, "_free_slot", slow)


def invitations(license, at, *, threads=THREADS, each=EACH):
    """Invite at once; return what each of ``threads`` times ``each`` invitations came to."""
    organization, owner = license.organization, license.organization.owner

    def some(number):
        results = []
        for index in range(each):
            email = f"p{number}-{index}@example.org"
            try:
                invite(email=email, organization=organization, license=license, at=at, actor=owner)
            except Exception as error:  # noqa: BLE001 - the test looks at it
                results.append(error)
            else:
                results.append(None)
        return results

    found = at_once(*[lambda number=number: some(number) for number in range(threads)])
    return [each for results in found for each in results]


def test_a_hundred_invitations_to_ten_seats_are_ten(ten_seats, slow_choice, at):
    results = invitations(ten_seats, at)
    assert len(results) == 100
    assert results.count(None) == 10
    assert sum(isinstance(result, NoSeatLeft) for result in results) == 90
    assert Invitation.objects.filter(state="open").count() == 10
    assert sorted(ten_seats.seats.values_list("slot", flat=True)) == list(range(1, 11))


def test_without_the_lock_invitations_collide(ten_seats, slow_choice, at, monkeypatch):
    """The control: the lock keeps them apart; the unique slot only turns the race into an error."""
    from wagtail_licensing.models import Organization

    for model in (License, Organization):
        monkeypatch.setattr(model.objects, "select_for_update", model.objects.all)
    results = invitations(ten_seats, at, each=1)
    assert any(type(result).__name__ == "IntegrityError" for result in results)


def accept(invitation, user, at):
    return lambda: accept_invitation(invitation_id=invitation.pk, user=user, at=at)


def test_one_invitation_accepted_many_times_at_once_is_one_seat(acme, ten_seats, at):
    invitation = invite(
        email="dee@example.org", organization=acme, license=ten_seats, at=at, actor=acme.owner
    )
    dee = make_user("dee")
    results = at_once(*[accept(invitation, dee, at)] * 10)
    assert sum(isinstance(result, Invitation) for result in results) == 1
    assert sum(isinstance(result, OfferClosed) for result in results) == 9
    assert ten_seats.seats.count() == 1
    assert acme.members.count() == 1
    assert ten_seats.events.filter(kind="seat_accepted").count() == 1


def test_without_the_locks_it_is_accepted_twice(acme, at, monkeypatch):
    """The control: an invitation to the organization alone, with nothing else to hold people apart."""
    from wagtail_licensing.models import Organization
    from wagtail_licensing.teams import accept as module

    invitation = invite(email="dee@example.org", organization=acme, at=at, actor=acme.owner)
    dee = make_user("dee")
    for model in (Invitation, License, Organization):
        monkeypatch.setattr(model.objects, "select_for_update", model.objects.all)
    real = module.join

    def slow(**kwargs):
        time.sleep(0.3)
        return real(**kwargs)

    monkeypatch.setattr(module, "join", slow)
    results = at_once(*[accept(invitation, dee, at)] * 5)
    assert sum(isinstance(result, Invitation) for result in results) > 1


# --- the quantity is cut meanwhile --------------------------------------------------------------


def cut(license, seats, at):
    terms = Terms(
        state=State.ACTIVE,
        starts_at=license.starts_at,
        ends_at=None,
        access_until=None,
        renews=True,
        seats=seats,
    )
    return lambda: apply_terms(license_id=license.pk, terms=terms, at=at, by=STRIPE)


@pytest.mark.parametrize("_again", range(3))
def test_a_cut_and_an_acceptance_the_first_is_right(acme, ten_seats, at, _again):
    """Either the person is in and is counted among too many, or the cut came first and they wait."""
    users = [make_user(f"p{number}") for number in range(3)]
    open_ones = [
        invite(email=user.email, organization=acme, license=ten_seats, at=at, actor=acme.owner)
        for user in users
    ]
    results = at_once(
        cut(ten_seats, 1, at),
        *[accept(each, user, at) for each, user in zip(open_ones, users, strict=True)],
    )
    ten_seats.refresh_from_db()
    accepted = [result for result in results[1:] if isinstance(result, Invitation)]
    refused = [result for result in results[1:] if isinstance(result, NoSeatLeft)]
    assert len(accepted) + len(refused) == 3
    assert ten_seats.seats.filter(state="assigned").count() == len(accepted)
    assert Invitation.objects.filter(state="open").count() == len(refused)
    assert ten_seats.seats_total == 1
    assert ten_seats.seats_due_at is not None  # three places for one seat: told to choose
    # After the cut nobody came in: whoever is in was accepted in the history before it.
    kinds = list(ten_seats.events.order_by("pk").values_list("kind", flat=True))
    assert "seat_accepted" not in kinds[kinds.index("seats_changed") :]


def test_without_the_lock_somebody_comes_in_after_the_cut(acme, ten_seats, at, monkeypatch):
    """The control: the acceptance has looked at ten seats, then there is one."""
    from wagtail_licensing.models import Organization

    user = make_user("p")
    invitation = invite(email=user.email, organization=acme, license=ten_seats, at=at, actor=acme.owner)
    invite(email="q@example.org", organization=acme, license=ten_seats, at=at, actor=acme.owner)
    for model in (Invitation, License, Organization):
        monkeypatch.setattr(model.objects, "select_for_update", model.objects.all)
    looked, done = threading.Event(), threading.Event()
    real = seats._require_seats

    def slow(license):
        looked.set()
        done.wait(5)
        return real(license)

    monkeypatch.setattr(seats, "_require_seats", slow)

    def cut_meanwhile():
        looked.wait(5)
        cut(ten_seats, 1, at)()
        done.set()

    results = at_once(accept(invitation, user, at), cut_meanwhile)
    assert isinstance(results[0], Invitation)
    assert ten_seats.seats.filter(state="assigned").count() == 1
    kinds = list(ten_seats.events.order_by("pk").values_list("kind", flat=True))
    assert "seat_accepted" in kinds[kinds.index("seats_changed") :]


# --- handing over -------------------------------------------------------------------------------


@pytest.mark.parametrize("_again", range(3))
def test_a_transfer_and_a_revocation_end_in_one_story(pro, at, _again):
    alice, dee = make_user("alice"), make_user("dee")
    license = issue_license(product=pro, user=alice, source="by_hand", at=at, by=STAFF)
    offer = offer_license(license=license, email=dee.email, at=at, actor=alice)
    results = at_once(
        lambda: accept_transfer(transfer_id=offer.pk, user=dee, at=at),
        lambda: revoke_license(license_id=license.pk, at=at, by=STAFF),
    )
    license.refresh_from_db()
    offer.refresh_from_db()
    kinds = list(license.events.order_by("pk").values_list("kind", flat=True))
    assert license.state == "revoked"
    if isinstance(results[0], Transfer):
        assert kinds == ["issued", "transferred", "revoked"]
        assert (license.user, offer.state) == (dee, "accepted")
    else:
        assert isinstance(results[0], LicenseError)
        assert kinds == ["issued", "revoked"]
        assert (license.user, offer.state) == (alice, "open")


def test_one_offer_taken_many_times_at_once_is_taken_once(pro, at):
    alice, dee = make_user("alice"), make_user("dee")
    license = issue_license(product=pro, user=alice, source="by_hand", at=at, by=STAFF)
    offer = offer_license(license=license, email=dee.email, at=at, actor=alice)
    results = at_once(*[lambda: accept_transfer(transfer_id=offer.pk, user=dee, at=at)] * 5)
    assert sum(isinstance(result, Transfer) for result in results) == 1
    assert sum(isinstance(result, OfferClosed) for result in results) == 4
    assert license.events.filter(kind="transferred").count() == 1


def test_an_organization_has_an_owner_whoever_goes_at_once(acme, at):
    dee = make_user("dee")
    OrganizationMember.objects.create(organization=acme, user=dee, role=Role.MANAGER.value, joined_at=at)
    old = acme.owner
    offer = offer_organization(organization=acme, email=dee.email, at=at, actor=old)
    at_once(
        lambda: accept_transfer(transfer_id=offer.pk, user=dee, at=at),
        lambda: leave(organization_id=acme.pk, at=at, actor=dee),
        lambda: leave(organization_id=acme.pk, at=at, actor=old),
    )
    acme.refresh_from_db()
    assert acme.owner == dee
    assert not acme.members.filter(user=dee).exists()
