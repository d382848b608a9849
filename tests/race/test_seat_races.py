"""Twenty people claim five seats in the same moment."""

import datetime as dt
import threading
import time

import pytest
from django.db import IntegrityError

from tests.conftest import STAFF, STRIPE, make_user
from tests.race.threads import at_once
from wagtail_licensing.domain.states import State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import (
    NoSeatLeft,
    apply_terms,
    assign_seat,
    invite_to_seat,
    issue_license,
    seats,
)
from wagtail_licensing.models import License, LicenseSeat, Organization, ProductUserPermission

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def five_seats(team):
    organization = Organization.objects.create(name="Acme", slug="acme", owner=make_user("owner"))
    return issue_license(
        product=team,
        organization=organization,
        source="by_hand",
        seats=5,
        at=dt.datetime.now(dt.UTC),
        by=STAFF,
    )


@pytest.fixture
def slow_choice(monkeypatch):
    """Let everybody look for a free seat before anybody takes one, as far as a lock allows it."""
    real = seats._free_slot

    def slow(license):
        slot = real(license)
        time.sleep(0.05)
        return slot

    monkeypatch.setattr(seats, "_free_slot", slow)


def claim(license, people):
    at = dt.datetime.now(dt.UTC)
    return at_once(
        *[
            lambda user=user: assign_seat(license_id=license.pk, user=user, at=at, by=STAFF)
            for user in people
        ]
    )


def test_twenty_claims_for_five_seats_give_five(five_seats, slow_choice):
    people = [make_user(f"person{number}") for number in range(20)]
    results = claim(five_seats, people)
    assert sum(isinstance(result, LicenseSeat) for result in results) == 5
    assert sum(isinstance(result, NoSeatLeft) for result in results) == 15
    slots = five_seats.seats.values_list("slot", flat=True)
    assert sorted(slots) == [1, 2, 3, 4, 5]


def test_a_hundred_claims_for_ten_seats_give_ten(five_seats):
    """Twenty people at a time: each claims for five, one after the other."""
    License.objects.filter(pk=five_seats.pk).update(seats_total=10)
    people = [make_user(f"person{number}") for number in range(100)]
    at = dt.datetime.now(dt.UTC)

    def claim_for(group):
        given = []
        for person in group:
            try:
                given.append(assign_seat(license_id=five_seats.pk, user=person, at=at, by=STAFF))
            except NoSeatLeft:
                continue
        return given

    results = at_once(*[lambda group=people[n::20]: claim_for(group) for n in range(20)])
    assert sum(len(given) for given in results) == 10
    slots = five_seats.seats.values_list("slot", flat=True)
    assert sorted(slots) == list(range(1, 11))
    holders = ProductUserPermission.objects.filter(license=five_seats).values_list("user", flat=True)
    assert sorted(holders) == sorted(seat.user_id for given in results for seat in given)


def test_without_the_lock_claims_collide(five_seats, slow_choice, monkeypatch):
    """The control: the lock keeps people apart; the unique slot only turns the race into an error."""
    monkeypatch.setattr(License.objects, "select_for_update", License.objects.all)
    people = [make_user(f"person{number}") for number in range(20)]
    results = claim(five_seats, people)
    assert any(isinstance(result, IntegrityError) for result in results)
    assert five_seats.seats.count() <= 5


def test_one_person_claiming_twice_at_once_has_one_seat(five_seats, slow_choice):
    person = make_user("person")
    results = claim(five_seats, [person] * 10)
    assert not [result for result in results if isinstance(result, Exception)]
    assert five_seats.seats.count() == 1


# --- the quantity is cut while people are invited -----------------------------------------------


def cut(license, seats):
    terms = Terms(
        state=State.ACTIVE,
        starts_at=license.starts_at,
        ends_at=None,
        access_until=None,
        renews=True,
        seats=seats,
    )
    at = dt.datetime.now(dt.UTC)
    return lambda: apply_terms(license_id=license.pk, terms=terms, at=at, by=STRIPE)


def cut_while_inviting(license, seats=2, invitations=3):
    """Return the people on the license and whether somebody was told to choose."""
    at = dt.datetime.now(dt.UTC)
    invite = [
        lambda number=number: invite_to_seat(
            license_id=license.pk, email=f"p{number}@example.org", at=at, by=STAFF
        )
        for number in range(invitations)
    ]
    at_once(*invite, cut(license, seats))
    license.refresh_from_db()
    return license.seats.count(), license.seats_due_at is not None


@pytest.mark.parametrize("_again", range(3))
def test_a_cut_and_invitations_never_leave_more_people_than_seats_unnoticed(
    five_seats, slow_choice, _again
):
    people, told = cut_while_inviting(five_seats)
    assert five_seats.seats_total == 2
    assert told == (people > 2)


@pytest.mark.parametrize("_again", range(3))
def test_a_cut_and_assignments_never_leave_more_people_than_seats_unnoticed(
    five_seats, slow_choice, _again
):
    at = dt.datetime.now(dt.UTC)
    people = [make_user(f"person{number}") for number in range(4)]
    claims = [
        lambda user=user: assign_seat(license_id=five_seats.pk, user=user, at=at, by=STAFF)
        for user in people
    ]
    at_once(*claims, cut(five_seats, 2))
    five_seats.refresh_from_db()
    assert five_seats.seats_total == 2
    assert (five_seats.seats_due_at is not None) == (five_seats.seats.count() > 2)
    # And guardian's rows are those who have a seat.
    grants = ProductUserPermission.objects.filter(license=five_seats)
    seated = five_seats.seats.filter(state="assigned")
    assert sorted(row.user_id for row in grants) == sorted(seat.user_id for seat in seated)


def test_without_the_lock_more_people_than_seats_go_unnoticed(five_seats, slow_choice, monkeypatch):
    """The control: everybody looks at five seats, and the cut sees nobody yet."""
    monkeypatch.setattr(License.objects, "select_for_update", License.objects.all)
    at = dt.datetime.now(dt.UTC)
    looked = threading.Event()
    real = seats._free_slot

    def slow(license):
        slot = real(license)
        looked.set()
        time.sleep(0.5)
        return slot

    monkeypatch.setattr(seats, "_free_slot", slow)

    def invite():
        return invite_to_seat(license_id=five_seats.pk, email="late@example.org", at=at, by=STAFF)

    def cut_meanwhile():
        looked.wait(5)
        return cut(five_seats, 1)()

    LicenseSeat.objects.create(
        license=five_seats, invited_email="first@example.org", state="invited", slot=1, invited_at=at
    )
    at_once(invite, cut_meanwhile)
    five_seats.refresh_from_db()
    assert five_seats.seats.count() == 2
    assert (five_seats.seats_total, five_seats.seats_due_at) == (1, None)
