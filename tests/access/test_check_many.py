"""Many decisions at once: the same answers as one by one, at a price that does not grow."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm

from tests.conftest import gate_page, give
from wagtail_licensing.access import AccessReason, check_access, check_many
from wagtail_licensing.models import EntitlementRule, Gate
from wagtail_licensing.models.gates import GateStamp

pytestmark = pytest.mark.django_db

ADDRESS = "alice@example.org"


@pytest.fixture
def world(course, article, pro, basic, alice, dana, now):
    """A course behind Pro with a free lesson and a slow one; an article behind Basic."""
    first, _second, third = course.get_lessons()
    gate_page(course, pro)
    gate_page(first, audience="everyone")
    gate_page(third, pro, after_days=7)
    gate_page(article, basic)
    Gate.objects.create(kind="area", area="tools", audience="members")
    give(alice, pro, at=now)
    give(dana, pro, at=now - dt.timedelta(days=30), ends_at=now - dt.timedelta(days=1))
    return [*course.get_lessons(), course, article, "tools", "unknown"]


@pytest.mark.parametrize("name", ["alice", "dana", "charlie", "erin", "olivia"])
def test_the_answers_are_those_of_single_decisions(name, request, world, now):
    user = request.getfixturevalue(name)
    assert check_many(user, world, now) == [check_access(user, target, now) for target in world]


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_a_visitor_gets_the_answers_of_single_decisions(user, world, now):
    assert check_many(user, world, now) == [check_access(user, target, now) for target in world]


def test_an_inactive_user_opens_only_what_is_open_to_all(alice, world, now):
    alice.is_active = False
    answers = check_many(alice, world, now)
    assert answers == [check_access(alice, target, now) for target in world]
    assert [answer.allowed for answer in answers[:4]] == [True, False, False, False]


def test_a_grant_by_hand_counts(charlie, world, pro, now):
    assign_perm("use_product", charlie, pro)
    assert check_many(charlie, world[:2], now)[1].reason is AccessReason.GRANT


@pytest.mark.parametrize(("name", "queries"), [("alice", 2), ("dana", 2), ("charlie", 2)])
def test_the_price_does_not_grow_with_the_targets(
    name, queries, request, world, now, django_assert_num_queries
):
    user = request.getfixturevalue(name)
    check_many(user, world, now)
    with django_assert_num_queries(queries):
        check_many(user, world, now)
    with django_assert_num_queries(queries):
        check_many(user, world * 20, now)


def test_an_editor_of_something_pays_the_same_for_many_as_for_few(world, now, request):
    def cost(targets):
        erin = get_user_model().objects.get(username="erin")  # nothing is remembered on her
        with CaptureQueriesContext(connection) as captured:
            check_many(erin, targets, now)
        return len(captured)

    request.getfixturevalue("erin")
    cost(world)
    assert 0 < cost(world) == cost(world * 20)


def test_nothing_gated_costs_nothing(alice, course, now, django_assert_num_queries):
    lessons = course.get_lessons()
    check_many(alice, lessons, now)
    with django_assert_num_queries(0):
        assert all(check_many(alice, lessons, now))


def test_gates_that_changed_behind_the_index_hold_at_once(charlie, world, basic, now):
    article = world[4]
    give(charlie, basic, at=now)
    assert check_many(charlie, [article], now)[0].allowed
    # As another process would do it: rows and stamp change, and this process is not told.
    QuerySet(EntitlementRule).filter(gate__page=article).delete()
    QuerySet(GateStamp).update(version=1)
    assert not check_many(charlie, [article], now)[0].allowed


def test_what_cannot_be_gated_is_denied_and_the_rest_answered(alice, world, now, caplog):
    *answers, last = check_many(alice, [*world, object()], now)
    assert answers == [check_access(alice, target, now) for target in world]
    assert last.reason is AccessReason.ERROR
    assert "alice" not in caplog.text


def test_a_person_of_whom_nothing_can_be_read_is_denied_every_gated_target(world, now, caplog):
    class Broken:
        is_authenticated = is_active = True
        is_superuser = False

        @property
        def pk(self):
            raise RuntimeError(ADDRESS)

    answers = check_many(Broken(), world[1:5], now)
    assert {answer.reason for answer in answers} == {AccessReason.ERROR}
    assert ADDRESS not in caplog.text
