"""Seats: never more than there are."""

import pytest

from tests.conftest import STAFF, give, make_product, make_user
from wagtail_licensing.licenses import (
    LicenseError,
    NoSeatLeft,
    assign_seat,
    invite_to_seat,
    release_seat,
    revoke_license,
)
from wagtail_licensing.models import LicenseEvent, ProductUserPermission

pytestmark = pytest.mark.django_db


@pytest.fixture
def license(alice, now):
    duo = make_product("Duo", seats=2)
    return give(alice, duo, at=now)


def test_a_seat_is_assigned_once_and_mirrored(license, bob, now):
    first = assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    again = assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    assert first == again
    assert ProductUserPermission.objects.get(user=bob).seat == first
    assert LicenseEvent.objects.filter(kind="seat_assigned").count() == 1


def test_the_last_seat_is_the_last(license, bob, charlie, now):
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    with pytest.raises(NoSeatLeft):
        assign_seat(license_id=license.pk, user=charlie, at=now, by=STAFF)
    with pytest.raises(NoSeatLeft):
        invite_to_seat(license_id=license.pk, email="x@example.org", at=now, by=STAFF)


def test_an_invitation_takes_a_seat(license, bob, now):
    invite_to_seat(license_id=license.pk, email="x@example.org", at=now, by=STAFF)
    with pytest.raises(NoSeatLeft):
        assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)


def test_a_released_seat_is_free_again_and_its_person_out(license, bob, charlie, now):
    seat = assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    release_seat(seat_id=seat.pk, at=now, by=STAFF)
    release_seat(seat_id=seat.pk, at=now, by=STAFF)
    assert not ProductUserPermission.objects.filter(user=bob).exists()
    assert assign_seat(license_id=license.pk, user=charlie, at=now, by=STAFF).slot == 2
    assert LicenseEvent.objects.filter(kind="seat_released").count() == 1


def test_fewer_seats_than_people_blocks_new_ones(license, bob, now):
    for name in ("x", "y"):
        license.seats_total = 3
        license.save()
        assign_seat(license_id=license.pk, user=make_user(name), at=now, by=STAFF)
    license.seats_total = 1
    license.save()
    with pytest.raises(NoSeatLeft):
        assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)


def test_a_personal_license_has_no_seats_to_give(alice, bob, pro, now):
    license = give(alice, pro, at=now)
    with pytest.raises(LicenseError):
        assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)


def test_an_ended_license_has_no_seats_to_give(license, bob, now):
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    with pytest.raises(LicenseError):
        assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
