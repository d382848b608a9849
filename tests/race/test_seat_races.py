"""Twenty people claim five seats in the same moment."""

import datetime as dt
import time

import pytest
from django.db import IntegrityError

from tests.conftest import STAFF, make_user
from tests.race.threads import at_once
from wagtail_licensing.licenses import NoSeatLeft, assign_seat, issue_license, seats
from wagtail_licensing.models import License, LicenseSeat, Organization

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def five_seats(team):
    organization = Organization.objects.create(name="Acme", slug="acme")
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
