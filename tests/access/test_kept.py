"""What a rule keeps when a product has ended: for those who held it, and of seats for those who sat."""

import datetime as dt

import pytest

from tests.conftest import STAFF, gate_page, give
from wagtail_licensing.access import AccessReason, check_access, has_access
from wagtail_licensing.licenses import assign_seat, release_seat
from wagtail_licensing.models import EntitlementRule, License

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def shelf(article, pro, team, now):
    """The article, published five days ago, behind a gate that keeps it for Pro and for Team."""
    gate = gate_page(article, pro, team)
    EntitlementRule.objects.filter(gate=gate).update(keeps=True)
    article.first_published_at = now - 5 * DAY
    article.save()
    return article


@pytest.fixture
def ended_team(alice, bob, team, shelf, now):
    """A license for a team that ended yesterday, with seats for Alice and Bob."""
    license = give(alice, team, at=now - 9 * DAY, ends_at=now - DAY)
    assign_seat(license_id=license.pk, user=bob, at=now - 9 * DAY, by=STAFF)
    return license


def test_who_had_a_seat_keeps_what_was_published_then(ended_team, shelf, alice, bob, now):
    for person in (alice, bob):
        decision = check_access(person, shelf, now)
        assert (decision.allowed, decision.reason) == (True, AccessReason.KEPT)
        assert decision.license_id == ended_team.pk


def test_nobody_keeps_what_others_had(ended_team, shelf, charlie, dana, pro, now):
    give(dana, pro, at=now - 9 * DAY, ends_at=now - DAY)
    assert has_access(dana, shelf, now)
    assert not has_access(charlie, shelf, now)


def test_a_seat_that_was_taken_away_keeps_nothing(ended_team, shelf, alice, bob, now):
    release_seat(seat_id=ended_team.seats.get(user=bob).pk, at=now - 8 * DAY, by=STAFF)
    assert not has_access(bob, shelf, now)
    ended_team.seats.filter(user=alice).update(state="released", slot=None, released_at=now)
    assert not has_access(alice, shelf, now), "the holder counts by the seat"


def test_seats_that_a_license_no_longer_has_open_and_keep_nothing(ended_team, shelf, bob, now):
    License.objects.filter(pk=ended_team.pk).update(uses_seats=False)
    assert not has_access(bob, shelf, now - 2 * DAY)
    assert not has_access(bob, shelf, now)


def test_a_page_published_at_the_end_is_not_kept(ended_team, shelf, bob, now):
    moment = dt.timedelta(microseconds=1)
    for published, kept in ((ended_team.access_until, False), (ended_team.access_until - moment, True)):
        shelf.first_published_at = published
        assert has_access(bob, shelf, now) is kept
