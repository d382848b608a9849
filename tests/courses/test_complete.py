"""Completing a lesson."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser

from tests.conftest import gate_page, give
from wagtail_licensing.access import AccessReason
from wagtail_licensing.courses import LessonLocked, complete_lesson
from wagtail_licensing.models import LessonProgress

pytestmark = pytest.mark.django_db


@pytest.fixture
def lesson(course, pro):
    """A lesson that Pro opens."""
    gate_page(course, pro)
    return course.get_lessons()[0]


def test_a_member_completes_a_lesson(lesson, alice, pro, now):
    give(alice, pro, at=now)
    progress = complete_lesson(user=alice, lesson=lesson, at=now)
    assert (progress.opened_at, progress.completed_at) == (now, now)


def test_the_second_time_changes_nothing(lesson, alice, pro, now):
    give(alice, pro, at=now)
    complete_lesson(user=alice, lesson=lesson, at=now)
    again = complete_lesson(user=alice, lesson=lesson, at=now + dt.timedelta(hours=1))
    assert again.completed_at == now
    assert LessonProgress.objects.count() == 1


def test_a_lesson_that_was_opened_before_keeps_that_instant(lesson, alice, pro, now):
    give(alice, pro, at=now)
    earlier = now - dt.timedelta(days=1)
    LessonProgress.objects.create(user=alice, lesson_id=lesson.pk, opened_at=earlier)
    progress = complete_lesson(user=alice, lesson=lesson, at=now)
    assert (progress.opened_at, progress.completed_at) == (earlier, now)


def test_a_stranger_is_refused_and_nothing_is_written(lesson, charlie, now):
    with pytest.raises(LessonLocked) as refusal:
        complete_lesson(user=charlie, lesson=lesson, at=now)
    assert refusal.value.decision.reason is AccessReason.LICENSE_REQUIRED
    assert not LessonProgress.objects.exists()


def test_at_the_instant_that_access_ends_it_is_refused(lesson, alice, pro, now):
    end = now + dt.timedelta(days=1)
    give(alice, pro, at=now, ends_at=end)
    with pytest.raises(LessonLocked):
        complete_lesson(user=alice, lesson=lesson, at=end)
    assert complete_lesson(user=alice, lesson=lesson, at=end - dt.timedelta(microseconds=1))


def test_a_visitor_has_no_progress_even_of_an_open_lesson(course, now):
    with pytest.raises(LessonLocked) as refusal:
        complete_lesson(user=AnonymousUser(), lesson=course.get_lessons()[0], at=now)
    assert refusal.value.decision.reason is AccessReason.SIGN_IN_REQUIRED
    assert not refusal.value.decision.allowed
