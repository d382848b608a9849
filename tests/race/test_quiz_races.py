"""Somebody sends a quiz from six windows at once, and has one attempt."""

import datetime as dt
import time

import pytest
from django.db import IntegrityError

from tests.conftest import gate_page, give, make_user
from tests.race.threads import at_once
from wagtail_licensing.courses import QuizClosed, complete_lesson, quiz, take_quiz
from wagtail_licensing.models import Certificate, LessonProgress, Quiz, QuizAttempt, QuizQuestion

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def reader(course, pro):
    gate_page(course, pro)
    reader = make_user("reader")
    give(reader, pro, at=dt.datetime.now(dt.UTC))
    return reader


@pytest.fixture
def lesson(course, reader):
    """A lesson that was begun: to begin it is a row of its own, which keeps the windows apart too."""
    lesson = course.get_lessons()[0]
    at = dt.datetime.now(dt.UTC)
    LessonProgress.objects.create(user=reader, lesson_id=lesson.pk, opened_at=at)
    found = Quiz.objects.create(lesson_id=lesson.pk, attempts_allowed=1)
    QuizQuestion.objects.create(quiz=found, text="Say it", kind="text", answers="it")
    return lesson


@pytest.fixture
def slow_count(monkeypatch):
    """Let everybody count before anybody writes, as far as a lock allows it."""
    real = quiz._state

    def slow(*args):
        state = real(*args)
        time.sleep(0.05)
        return state

    monkeypatch.setattr(quiz, "_state", slow)


def send(user, lesson):
    at = dt.datetime.now(dt.UTC)
    return at_once(*[lambda: take_quiz(user=user, lesson=lesson, given={}, at=at)] * 6)


def test_six_windows_at_once_get_one_attempt(reader, lesson, slow_count):
    results = send(reader, lesson)
    assert sum(isinstance(result, QuizAttempt) for result in results) == 1
    assert sum(isinstance(result, QuizClosed) for result in results) == 5
    assert QuizAttempt.objects.count() == 1


def test_without_the_lock_windows_run_into_the_constraint(reader, lesson, slow_count, monkeypatch):
    """The control: with the lock nobody gets that far."""
    monkeypatch.setattr(quiz, "_lock", lambda progress: None)
    assert any(isinstance(result, IntegrityError) for result in send(reader, lesson))


def test_the_last_lesson_done_in_six_windows_gives_one_certificate(reader, course):
    course.gives_certificate = True
    course.save()
    at = dt.datetime.now(dt.UTC)
    *first, last = course.get_lessons()
    for lesson in first:
        complete_lesson(user=reader, lesson=lesson, at=at)
    results = at_once(*[lambda: complete_lesson(user=reader, lesson=last, at=at)] * 6)
    assert not any(isinstance(result, Exception) for result in results)
    assert Certificate.objects.count() == 1
