"""Who am I, and what do I hold."""

import datetime as dt

import pytest

from tests.conftest import STAFF, STRIPE, give
from tests.portal.sales import make_price, subscribe
from wagtail_licensing.domain.states import Hold, PendingReason, State
from wagtail_licensing.licenses import assign_seat, place_hold, revoke_license

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def test_a_visitor_is_nobody_and_learns_where_to_sign_in(ask):
    answer = ask("me").json()
    assert (answer["signed_in"], answer["username"], answer["products"]) == (False, "", [])
    assert answer["sign_in_url"] == "/login/"
    assert answer["csrf_token"]


def test_a_member_is_named_with_what_opens_something(ask, alice, pro, basic, now):
    give(alice, pro, at=now)
    give(alice, basic, at=now - 9 * DAY, ends_at=now - DAY)
    answer = ask("me", alice).json()
    assert (answer["signed_in"], answer["username"], answer["email"]) == (
        True,
        "alice",
        "alice@example.org",
    )
    assert answer["products"] == [{"slug": "pro", "name": "Pro"}]


def test_an_account_that_is_switched_off_is_nobody(ask, alice, client):
    client.force_login(alice)
    alice.is_active = False
    alice.save()
    assert client.get("/licensing/api/v1/me").json()["signed_in"] is False
    assert client.get("/licensing/api/v1/licenses").status_code == 401


def only(answer):
    (license,) = answer.json()
    return license


def test_a_license_that_renews(ask, alice, monthly, now):
    license = subscribe(alice, monthly, at=now)
    row = only(ask("licenses", alice))
    assert row["reference"] == license.reference
    assert (row["state"], row["renewal"], row["opens_now"]) == ("active", "renews", True)
    assert row["next_charge"]["amount"] == 1200
    assert row["next_charge"]["currency"] == "EUR"
    assert dt.datetime.fromisoformat(row["next_charge"]["on"]) == license.ends_at
    assert dt.datetime.fromisoformat(row["access_until"]) == license.access_until
    assert row["seats"] is None


def test_a_cancelled_one_says_so_and_ends_to_the_second(ask, alice, monthly, now):
    license = subscribe(alice, monthly, at=now, renews=False, access_until=now + 30 * DAY)
    row = only(ask("licenses", alice))
    assert (row["state"], row["renewal"], row["next_charge"]) == ("active", "cancelled", None)
    assert dt.datetime.fromisoformat(row["access_until"]) == license.access_until


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({}, "active"),
        ({"starts_at": DAY}, "not_started"),
        ({"pending": PendingReason.PAYMENT}, "pending"),
    ],
)
def test_words_of_states(ask, alice, pro, now, fields, word):
    fields = dict(fields)
    if "starts_at" in fields:
        fields["starts_at"] = now + fields["starts_at"]
    give(alice, pro, at=now, **fields)
    assert only(ask("licenses", alice))["state"] == word


def test_a_license_whose_time_is_up_has_ended_whoever_has_noticed(ask, alice, pro, now):
    license = give(alice, pro, at=now - 9 * DAY, ends_at=now - DAY)
    license.refresh_from_db()
    assert license.state == State.ACTIVE
    row = only(ask("licenses", alice))
    assert (row["state"], row["renewal"], row["opens_now"]) == ("ended", "none", False)


def test_suspended_and_revoked(ask, alice, pro, now):
    license = give(alice, pro, at=now)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    assert only(ask("licenses", alice))["state"] == "suspended"
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    assert only(ask("licenses", alice))["state"] == "revoked"


def test_past_due_keeps_access_and_says_grace(ask, alice, monthly, now):
    subscribe(alice, monthly, at=now, state=State.GRACE, access_until=now + 3 * DAY, ends_at=now + DAY)
    row = only(ask("licenses", alice))
    assert (row["state"], row["opens_now"]) == ("grace", True)


def test_seats_are_told_to_the_holder_alone(ask, alice, bob, team, now):
    price = make_price(team, 900, "month")
    license = subscribe(alice, price, at=now, quantity=3)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STRIPE)
    assert only(ask("licenses", alice))["seats"] == {"total": 3, "used": 2}
    row = only(ask("licenses", bob))
    assert (row["is_holder"], row["seats"], row["next_charge"]) == (False, None, None)


def test_nobody_sees_what_another_holds(ask, alice, charlie, monthly, now):
    license = subscribe(alice, monthly, at=now)
    assert ask("licenses", charlie).json() == []
    assert license.reference not in ask("me", charlie).content.decode()
    assert ask("licenses").status_code == 401


def test_queries_do_not_grow_with_what_is_held(count_queries, alice, pro, basic, team, now):
    give(alice, pro, at=now)
    few = {path: count_queries(path, alice) for path in ("me", "licenses")}
    for product in (pro, basic, team, pro, basic, team):
        give(alice, product, at=now)
    assert {path: count_queries(path, alice) for path in few} == few
    # the session, the user, and the three of what is held
    assert max(few.values()) <= 5
