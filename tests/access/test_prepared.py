"""The query that is written once answers for each person and instant anew."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model

from tests.conftest import give
from wagtail_licensing.access import prepared
from wagtail_licensing.access.holder import _held_by, _with_edits, load_holdings

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("build", [_held_by, _with_edits])
def test_the_kept_sql_gives_the_rows_that_the_orm_gives(alice, dana, erin, pro, team, now, build):
    day = dt.timedelta(days=1)
    give(alice, pro, at=now, ends_at=now + day)
    give(alice, team, at=now)
    give(dana, pro, at=now - 2 * day, ends_at=now - day)
    for at in (now, now + day, now - day - dt.timedelta(microseconds=1)):
        for user in (alice, dana, erin):
            kept = prepared.run(build.__name__, build, user_id=user.pk, at=at)
            assert sorted(map(repr, kept)) == sorted(map(repr, build(user.pk, at)))


@pytest.mark.parametrize("pk", [0, 1, 2, 3, 4])
def test_a_person_whose_number_is_a_constant_of_the_query_is_not_confused(pk, pro, now):
    user = get_user_model().objects.create(pk=pk or 5, username="low")
    other = get_user_model().objects.create(pk=6, username="other")
    license = give(user, pro, at=now)
    prepared._written.clear()
    assert [held.id for held in load_holdings(user, at=now).holder.licenses] == [license.pk]
    assert load_holdings(other, at=now).holder.licenses == ()


def test_writing_happens_once(alice, pro, now, monkeypatch):
    give(alice, pro, at=now)
    load_holdings(alice, at=now)
    monkeypatch.setattr(prepared, "_write", None)
    assert load_holdings(alice, at=now).holder.licenses
