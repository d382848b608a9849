"""Fewer seats than people: nobody new, time to choose, the latest suspended, and back in order."""

import datetime as dt

import pytest

from tests.conftest import STAFF, STRIPE, give, make_product, make_user
from wagtail_licensing.domain.states import State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import (
    NoSeatLeft,
    apply_terms,
    assign_seat,
    invite_to_seat,
    release_seat,
    revoke_license,
    suspend_excess_seats,
)
from wagtail_licensing.models import License, LicenseEvent, LicenseSeat, ProductUserPermission

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)


@pytest.fixture
def crew(alice, now):
    """Alice's license of five seats: her own, then ann, ben, cem, and an invitation, a day apart."""
    license = give(alice, make_product("Crew", seats=5, per_seat=True), at=now - 10 * DAY)
    for number, name in enumerate(("ann", "ben", "cem")):
        at = now - (9 - number) * DAY
        assign_seat(license_id=license.pk, user=make_user(name), at=at, by=STAFF)
    invite_to_seat(license_id=license.pk, email="dee@example.org", at=now - DAY, by=STAFF)
    return license


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
    license.refresh_from_db()


def who(license, state="assigned"):
    seats = license.seats.filter(state=state).order_by("pk")
    return [seat.user.username if seat.user else seat.invited_email for seat in seats]


def test_nobody_loses_a_seat_at_once_and_nobody_gets_one(crew, bob, now):
    seats_become(crew, 2, now)
    assert crew.state == "active"
    assert not crew.holds.exists()
    assert who(crew) == ["alice", "ann", "ben", "cem"]
    assert crew.seats_due_at == now + 14 * DAY
    with pytest.raises(NoSeatLeft):
        assign_seat(license_id=crew.pk, user=bob, at=now, by=STAFF)
    with pytest.raises(NoSeatLeft):
        invite_to_seat(license_id=crew.pk, email="x@example.org", at=now, by=STAFF)


def test_as_many_seats_as_people_need_no_choice(crew, now):
    seats_become(crew, 5, now)
    assert crew.seats_due_at is None


def test_whoever_is_released_in_time_settles_it(crew, now):
    seats_become(crew, 3, now)
    for seat in crew.seats.exclude(user=crew.user).order_by("pk")[:2]:
        release_seat(seat_id=seat.pk, at=now + DAY, by=STAFF)
    crew.refresh_from_db()
    assert crew.seats_due_at is None
    assert suspend_excess_seats(at=now + 30 * DAY) == 0
    assert who(crew) == ["alice", "cem"]
    assert who(crew, "invited") == ["dee@example.org"]


def test_the_deadline_is_exact_and_the_latest_go(crew, now):
    seats_become(crew, 2, now)
    assert suspend_excess_seats(at=crew.seats_due_at - TICK) == 0
    assert suspend_excess_seats(at=crew.seats_due_at) == 1
    assert who(crew) == ["alice", "ann"]
    assert who(crew, "suspended") == ["ben", "cem", "dee@example.org"]
    assert LicenseSeat.objects.count() == 5
    mirrored = ProductUserPermission.objects.filter(license=crew)
    assert {row.user.username for row in mirrored} == {"alice", "ann"}


def test_twice_changes_nothing_more(crew, now):
    seats_become(crew, 2, now)
    suspend_excess_seats(at=now + 14 * DAY)
    lines = LicenseEvent.objects.count()
    assert suspend_excess_seats(at=now + 15 * DAY) == 0
    seats_become(crew, 2, now + 15 * DAY)
    assert LicenseEvent.objects.count() == lines


def test_each_seat_has_a_line_of_history(crew, now):
    seats_become(crew, 3, now)
    suspend_excess_seats(at=now + 14 * DAY)
    seats_become(crew, 4, now + 15 * DAY)
    kinds = list(crew.events.order_by("pk").values_list("kind", flat=True))[-6:]
    assert kinds == [
        "seats_changed",
        "seats_settled",
        "seat_suspended",
        "seat_suspended",
        "seats_changed",
        "seat_restored",
    ]
    restored = crew.events.last()
    assert restored.after["seat"] == crew.seats.get(user__username="cem").pk
    assert crew.events.get(kind="seats_settled").cause == "clock"


def test_seats_come_back_in_order_and_the_invitation_last(crew, now):
    seats_become(crew, 1, now)
    suspend_excess_seats(at=now + 14 * DAY)
    assert who(crew) == ["alice"]
    seats_become(crew, 3, now + 15 * DAY)
    assert who(crew) == ["alice", "ann", "ben"]
    seats_become(crew, 9, now + 16 * DAY)
    assert who(crew) == ["alice", "ann", "ben", "cem"]
    assert who(crew, "invited") == ["dee@example.org"]
    assert not crew.seats.filter(suspended_at__isnull=False).exists()


def test_a_released_seat_makes_room_for_one_that_was_suspended(crew, bob, now):
    seats_become(crew, 2, now)
    suspend_excess_seats(at=now + 14 * DAY)
    with pytest.raises(NoSeatLeft):
        assign_seat(license_id=crew.pk, user=bob, at=now + 15 * DAY, by=STAFF)
    release_seat(seat_id=crew.seats.get(user__username="ann").pk, at=now + 15 * DAY, by=STAFF)
    assert who(crew) == ["alice", "ben"]
    release_seat(seat_id=crew.seats.get(user__username="cem").pk, at=now + 15 * DAY, by=STAFF)
    assert who(crew, "suspended") == ["dee@example.org"]


def test_the_holder_goes_last_however_late_the_seat_is(crew, alice, now):
    release_seat(seat_id=crew.seats.get(user=alice).pk, at=now, by=STAFF)
    assign_seat(license_id=crew.pk, user=alice, at=now, by=STAFF)
    seats_become(crew, 1, now)
    suspend_excess_seats(at=now + 14 * DAY)
    assert who(crew) == ["alice"]


def test_another_cut_does_not_move_the_deadline(crew, now):
    seats_become(crew, 3, now)
    seats_become(crew, 2, now + 10 * DAY)
    assert crew.seats_due_at == now + 14 * DAY


def test_enough_seats_again_before_the_deadline_changes_nobody(crew, now):
    seats_become(crew, 2, now)
    seats_become(crew, 5, now + DAY)
    assert crew.seats_due_at is None
    assert suspend_excess_seats(at=now + 30 * DAY) == 0


def test_the_time_to_choose_is_what_was_promised(alice, now):
    product = make_product("Trio", seats=3, per_seat=True, seat_choice_days=0)
    license = give(alice, product, at=now)
    for name in ("ann", "ben"):
        assign_seat(license_id=license.pk, user=make_user(name), at=now, by=STAFF)
    product.seat_choice_days = 30
    product.save()
    seats_become(license, 2, now)
    assert license.seats_due_at == now
    assert suspend_excess_seats(at=now) == 1
    assert who(license) == ["alice", "ann"]


def test_an_ended_license_is_only_tidied(crew, now):
    seats_become(crew, 2, now)
    revoke_license(license_id=crew.pk, at=now, by=STAFF)
    suspend_excess_seats(at=now + 14 * DAY)
    crew.refresh_from_db()
    assert (crew.seats_due_at, who(crew, "suspended")) == (None, [])


def test_a_personal_license_has_no_seats_to_settle(alice, pro, now):
    license = give(alice, pro, at=now)
    seats_become(license, 1, now)
    assert License.objects.get(pk=license.pk).seats_due_at is None
