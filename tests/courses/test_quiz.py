"""Quizzes: graded here, passed once, and never told."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.urls import reverse

from tests.conftest import CANARY, give
from tests.courses.conftest import SECRET, answers_to, right_answers, wrong_answers
from tests.testapp.models import LessonPage
from wagtail_licensing.courses import (
    LessonLocked,
    QuizClosed,
    QuizNotPassed,
    complete_lesson,
    outline,
    quiz_state,
    take_quiz,
)
from wagtail_licensing.models import LessonProgress, Quiz, QuizAttempt, QuizQuestion

pytestmark = pytest.mark.django_db
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def lesson(lessons, quiz, monkeypatch):
    monkeypatch.setattr(LessonPage, "template", "testapp/lesson_page.html")
    return lessons[1]


def take(user, lesson, given, at):
    return take_quiz(user=user, lesson=lesson, given=given, at=at)


def test_who_passes_has_done_the_lesson(lesson, quiz, alice, pro, now):
    give(alice, pro, at=now)
    attempt = take(alice, lesson, right_answers(quiz), now)
    assert (attempt.right, attempt.total, attempt.passed, attempt.number) == (3, 3, True, 1)
    assert LessonProgress.objects.get(user=alice).completed_at == now


def test_who_does_not_pass_has_not(lesson, quiz, alice, pro, now):
    give(alice, pro, at=now)
    attempt = take(alice, lesson, wrong_answers(quiz), now)
    assert (attempt.right, attempt.passed, attempt.percent) == (1, False, 33)
    assert LessonProgress.objects.get(user=alice).completed_at is None
    with pytest.raises(QuizNotPassed):
        complete_lesson(user=alice, lesson=lesson, at=now)
    take(alice, lesson, answers_to(quiz, ["1"], ["0", "1"], ["no"]), now)
    assert LessonProgress.objects.get(user=alice).completed_at == now


def test_a_lesson_without_a_question_needs_no_quiz(lessons, alice, pro, now):
    give(alice, pro, at=now)
    Quiz.objects.create(lesson_id=lessons[0].pk)
    assert complete_lesson(user=alice, lesson=lessons[0], at=now).completed_at
    with pytest.raises(QuizClosed):
        take(alice, lessons[0], {}, now)


def test_who_does_not_open_the_lesson_takes_no_quiz(lesson, quiz, charlie, dana, pro, now):
    give(dana, pro, at=now - dt.timedelta(days=9), ends_at=now)
    for user in (charlie, dana, AnonymousUser()):
        with pytest.raises(LessonLocked):
            take(user, lesson, right_answers(quiz), now)
        assert quiz_state(lesson, user=user, at=now) is None
    assert not QuizAttempt.objects.exists()


def test_attempts_run_out(lesson, quiz, alice, bob, pro, now):
    Quiz.objects.update(attempts_allowed=2)
    for user in (alice, bob):
        give(user, pro, at=now)
    take(alice, lesson, wrong_answers(quiz), now)
    assert quiz_state(lesson, user=alice, at=now).left == 1
    take(alice, lesson, wrong_answers(quiz), now)
    with pytest.raises(QuizClosed):
        take(alice, lesson, right_answers(quiz), now)
    assert quiz_state(lesson, user=bob, at=now).left == 2


def test_between_two_attempts_there_is_a_pause(lesson, quiz, alice, pro, now):
    Quiz.objects.update(pause_minutes=10)
    give(alice, pro, at=now)
    take(alice, lesson, wrong_answers(quiz), now)
    with pytest.raises(QuizClosed) as refusal:
        take(alice, lesson, right_answers(quiz), now + 10 * MINUTE - dt.timedelta(microseconds=1))
    assert refusal.value.opens_at == now + 10 * MINUTE
    assert take(alice, lesson, right_answers(quiz), now + 10 * MINUTE).passed


def test_what_is_passed_is_passed_once(lesson, quiz, alice, pro, now):
    give(alice, pro, at=now)
    take(alice, lesson, right_answers(quiz), now)
    with pytest.raises(QuizClosed):
        take(alice, lesson, wrong_answers(quiz), now)
    assert QuizAttempt.objects.count() == 1


def test_progress_survives_a_lapse_and_returns(lesson, quiz, course, alice, pro, now):
    end = now + dt.timedelta(days=1)
    give(alice, pro, at=now, ends_at=end)
    take(alice, lesson, right_answers(quiz), now)
    later = end + dt.timedelta(days=30)
    row = outline(course, user=alice, at=later).lessons[1]
    assert (row.is_open, row.is_done) == (False, True)
    give(alice, pro, at=later)
    assert outline(course, user=alice, at=later).lessons[1].is_open
    assert quiz_state(lesson, user=alice, at=later).passed


def test_what_is_no_answer_is_wrong_and_breaks_nothing(lesson, quiz, alice, pro, now):
    give(alice, pro, at=now)
    odd = answers_to(quiz, ["999", "1"], ["\x00", "*", "1"] * 50, ["x" * 100_000])
    attempt = take(alice, lesson, {**odd, "question-0": ["1"], "csrf": ["1"]}, now)
    assert attempt.right == 0
    assert max(len(value) for values in attempt.given.values() for value in values) <= 500
    assert take(alice, lesson, {}, now).right == 0


def test_the_database_knows_an_attempt_once(lesson, quiz, alice, now):
    row = {"quiz": quiz, "user": alice, "number": 1, "at": now, "right": 0, "total": 1}
    QuizAttempt.objects.create(passed=False, **row)
    with pytest.raises(IntegrityError), transaction.atomic():
        QuizAttempt.objects.create(passed=True, **row)


@pytest.mark.parametrize("values", [{"pass_percent": 0}, {"pass_percent": 101}, {"attempts_allowed": 0}])
def test_rules_that_nobody_could_pass_are_refused(quiz, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        Quiz.objects.update(**values)


# --- on the site ---------------------------------------------------------------------------------


def send(client, lesson, quiz, given):
    return client.post(reverse("wagtail_licensing:answer_quiz", args=[lesson.pk]), given)


@pytest.fixture
def reader(client, alice, pro, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    return client


def test_the_lesson_shows_its_quiz_and_how_it_went(reader, lesson, quiz):
    page = reader.get(lesson.url).content.decode()
    assert "Which tree?" in page
    assert page.count('type="radio"') == 3
    assert page.count('type="checkbox"') == 3
    assert "Pass the quiz to finish this lesson" in page
    answer = send(reader, lesson, quiz, wrong_answers(quiz))
    assert (answer.status_code, answer.url) == (303, lesson.url + "#licensing-quiz")
    page = reader.get(lesson.url).content.decode()
    assert "Last time 1 of 3 questions were right." in page
    send(reader, lesson, quiz, right_answers(quiz))
    page = reader.get(lesson.url).content.decode()
    assert "You have passed." in page
    assert "Which tree?" not in page
    assert "Go on" in page


def test_pressing_done_without_the_quiz_leads_to_it(reader, lesson, quiz):
    answer = reader.post(reverse("wagtail_licensing:complete_lesson", args=[lesson.pk]))
    assert answer.url == lesson.url + "#licensing-quiz"
    assert not LessonProgress.objects.filter(completed_at__isnull=False).exists()


@pytest.mark.parametrize("who", [None, "charlie"])
def test_a_stranger_sends_answers_in_vain(request, client, lesson, quiz, who):
    if who:
        client.force_login(request.getfixturevalue(who))
    answer = send(client, lesson, quiz, right_answers(quiz))
    assert answer.status_code == 303
    assert not QuizAttempt.objects.exists()
    page = client.get(lesson.url).content.decode()
    assert "Which tree?" not in page
    assert CANARY not in page


def test_no_page_api_index_or_revision_tells_an_answer(reader, lesson, quiz, course):
    revision = lesson.save_revision()
    revision.publish()
    found = [
        reader.get(lesson.url).content.decode(),
        reader.get(course.url).content.decode(),
        reader.get(f"/api/v2/pages/{lesson.pk}/?fields=*").content.decode(),
        reader.get("/api/v2/pages/?fields=*").content.decode(),
        reader.get("/api/v2/pages/?search=xylophone").content.decode(),
        str(revision.content),
        str(lesson.serializable_data()),
    ]
    assert "Which tree?" in found[0]
    for text in found:
        assert SECRET not in text
        assert "* Page tree" not in text
        assert "is_right" not in text
    # Right and wrong choices are written alike.
    lines = [line.split(">", 1)[0] for line in found[0].split("<input") if 'type="radio"' in line]
    assert len({line.replace(f'value="{at}"', "") for at, line in enumerate(lines)}) == 1


def test_the_admin_takes_a_question_that_can_be_answered(client, olivia, lessons, quiz):
    client.force_login(olivia)
    edit = reverse("wagtail_licensing_quizzes:edit", args=[quiz.pk])
    assert SECRET in client.get(edit).content.decode()
    data = {
        "lesson": lessons[0].pk,
        "pass_percent": 50,
        "pause_minutes": 0,
        "questions-TOTAL_FORMS": 1,
        "questions-INITIAL_FORMS": 0,
        "questions-MIN_NUM_FORMS": 1,
        "questions-MAX_NUM_FORMS": 1000,
        "questions-0-text": "Why?",
        "questions-0-kind": "single",
        "questions-0-answers": "* because\n* why not",
        "questions-0-ORDER": 1,
    }
    add = reverse("wagtail_licensing_quizzes:add")
    assert "before the right answer" in client.post(add, data).content.decode()
    data["questions-0-answers"] = "* because\nwhy not"
    assert client.post(add, data).status_code == 302
    assert QuizQuestion.objects.filter(quiz__lesson=lessons[0].pk).count() == 1
    page = {**data, "lesson": lessons[0].get_parent().pk}
    assert "This page is no lesson." in client.post(add, page).content.decode()


def test_who_may_not_edit_the_lesson_does_not_see_its_answers(client, charlie, quiz):
    from django.contrib.auth.models import Permission

    names = ["access_admin", "change_quiz", "view_quiz", "add_quiz", "delete_quiz"]
    charlie.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(charlie)
    for name in ("edit", "delete"):
        response = client.get(reverse(f"wagtail_licensing_quizzes:{name}", args=[quiz.pk]))
        assert response.status_code == 302
    assert SECRET not in client.get(reverse("wagtail_licensing_quizzes:index")).content.decode()
