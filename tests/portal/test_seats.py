"""Whoever answers for a shared license chooses who stays; nobody else sees or releases anything."""

import pytest

from tests.conftest import STAFF, give, make_product
from wagtail_licensing.licenses import assign_seat, invite_to_seat
from wagtail_licensing.models import License

pytestmark = pytest.mark.django_db

ACCOUNT = "/licensing/account/"


@pytest.fixture
def crew(alice, bob, now):
    license = give(alice, make_product("Crew", seats=3, per_seat=True), at=now)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    invite_to_seat(license_id=license.pk, email="dee@example.org", at=now, by=STAFF)
    License.objects.filter(pk=license.pk).update(seats_total=2, seats_due_at=now)
    return license


def url(license, seat=None):
    path = f"{ACCOUNT}seats/{license.reference}/"
    return f"{path}{seat.pk}/release/" if seat else path


def test_the_holder_is_told_to_choose_and_releases_somebody(client, alice, bob, crew):
    client.force_login(alice)
    assert url(crew) in client.get(ACCOUNT).content.decode()
    page = client.get(url(crew)).content.decode()
    assert "one person more than seats" in page
    assert "3 of 2 seats used" in page
    seat = crew.seats.get(invited_email="dee@example.org")
    answer = client.post(url(crew, seat))
    assert (answer.status_code, answer.url) == (303, url(crew))
    crew.refresh_from_db()
    assert crew.seats_due_at is None
    line = crew.events.last()
    assert (line.kind, line.cause, line.actor) == ("seat_released", "member", alice)
    assert "more than seats" not in client.get(url(crew)).content.decode()


@pytest.mark.parametrize("who", ["bob", "charlie", "olivia"])
def test_nobody_else_sees_or_releases_a_seat(client, crew, request, who):
    client.force_login(request.getfixturevalue(who))
    seat = crew.seats.get(invited_email="dee@example.org")
    assert client.get(url(crew)).status_code == 404
    assert client.post(url(crew, seat)).status_code == 404
    seat.refresh_from_db()
    assert seat.state == "invited"


def test_a_seat_of_another_license_is_not_released_through_ones_own(client, crew, charlie, now):
    mine = give(charlie, make_product("Duo", seats=2), at=now)
    client.force_login(charlie)
    seat = crew.seats.get(invited_email="dee@example.org")
    assert client.post(url(mine, seat)).status_code == 404
    seat.refresh_from_db()
    assert seat.state == "invited"


def test_ones_own_seat_is_not_released_by_mistake(client, alice, crew):
    client.force_login(alice)
    own = crew.seats.get(user=alice)
    assert url(crew, own) not in client.get(url(crew)).content.decode()
    assert client.post(url(crew, own)).status_code == 404


def test_a_look_releases_nobody_and_a_visitor_signs_in_first(client, alice, crew):
    seat = crew.seats.get(invited_email="dee@example.org")
    assert client.get(url(crew)).status_code == 302
    client.force_login(alice)
    assert client.get(url(crew, seat)).status_code == 405
    assert client.get(url(crew)).headers["Cache-Control"] == "private, no-store"


def test_a_personal_license_has_no_page_of_seats(client, alice, pro, now):
    license = give(alice, pro, at=now)
    client.force_login(alice)
    assert client.get(url(license)).status_code == 404
    assert "Manage seats" not in client.get(ACCOUNT).content.decode()


def test_a_released_seat_stays_so(client, alice, crew):
    client.force_login(alice)
    seat = crew.seats.get(invited_email="dee@example.org")
    for _ in range(2):
        assert client.post(url(crew, seat)).status_code == 303
    assert crew.events.filter(kind="seat_released").count() == 1
