"""A course as one person sees it."""

import datetime as dt

import pytest
from django.contrib.auth.models import AnonymousUser
from wagtail.models import PageViewRestriction

from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import ArticlePage, CoursePage, LessonPage
from wagtail_licensing.access import AccessReason
from wagtail_licensing.courses import complete_lesson, courses_of, outline
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db


@pytest.fixture
def gated_course(course, pro):
    """Pro opens it; the first lesson is free, the third opens after a week."""
    first, _second, third = course.get_lessons()
    gate_page(course, pro)
    gate_page(first, audience="everyone")
    gate_page(third, pro, after_days=7)
    return course


def seen(course, user, at):
    return outline(course, user=user, at=at)


def test_a_visitor_sees_every_title_and_opens_the_free_lesson(gated_course, now):
    found = seen(gated_course, AnonymousUser(), now)
    assert [(row.number, row.title, row.is_open) for row in found.lessons] == [
        (1, "Lesson 1", True),
        (2, "Lesson 2", False),
        (3, "Lesson 3", False),
    ]
    assert [row.is_free_preview for row in found.lessons] == [True, False, False]
    assert found.lessons[1].decision.reason is AccessReason.SIGN_IN_REQUIRED
    assert found.continue_url == found.lessons[0].url


def test_a_member_is_told_when_a_lesson_opens(gated_course, alice, pro, now):
    give(alice, pro, at=now)
    found = seen(gated_course, alice, now)
    assert [row.is_open for row in found.lessons] == [True, True, False]
    assert found.lessons[2].unlocks_at == now + dt.timedelta(days=7)
    assert seen(gated_course, alice, now + dt.timedelta(days=7)).lessons[2].is_open


def test_continue_leads_to_the_first_lesson_that_is_open_and_not_done(gated_course, alice, pro, now):
    give(alice, pro, at=now)
    first, second, third = gated_course.get_lessons()
    assert seen(gated_course, alice, now).next_lesson.page.pk == first.pk
    complete_lesson(user=alice, lesson=first, at=now)
    complete_lesson(user=alice, lesson=second, at=now)
    found = seen(gated_course, alice, now)
    assert (found.done, found.total, found.percent) == (2, 3, 66)
    assert found.next_lesson is None
    assert found.next_locked.page.pk == third.pk
    assert found.continue_url == found.url


def test_after_the_last_lesson_comes_the_first_that_was_left_out(course, alice, now):
    first, second, third = course.get_lessons()
    complete_lesson(user=alice, lesson=third, at=now)
    assert seen(course, alice, now).next_after(third.pk).page.pk == first.pk
    assert seen(course, alice, now).next_after(first.pk).page.pk == second.pk


def test_a_course_is_complete_when_all_lessons_are_done(course, alice, now):
    for lesson in course.get_lessons():
        assert not seen(course, alice, now).is_complete
        complete_lesson(user=alice, lesson=lesson, at=now)
    found = seen(course, alice, now)
    assert found.is_complete
    assert found.percent == 100


def test_a_course_without_lessons_is_not_complete(home, alice, now):
    empty = home.add_child(instance=CoursePage(title="Empty", slug="empty"))
    found = seen(empty, alice, now)
    assert (found.total, found.percent, found.is_complete, found.next_lesson) == (0, 0, False, None)


def test_drafts_and_other_pages_are_no_lessons(course, alice, now):
    course.add_child(instance=LessonPage(title="Draft", slug="draft", live=False))
    course.add_child(instance=ArticlePage(title="Note", slug="note"))
    assert seen(course, alice, now).total == 3


def test_progress_survives_a_lapse_and_returns(gated_course, alice, pro, now):
    give(alice, pro, at=now, ends_at=now + dt.timedelta(days=10))
    second = gated_course.get_lessons()[1]
    complete_lesson(user=alice, lesson=second, at=now)
    later = now + dt.timedelta(days=11)
    found = seen(gated_course, alice, later)
    assert found.lessons[1].is_done
    assert not found.lessons[1].is_open
    assert found.done == 1
    give(alice, pro, at=later)
    assert seen(gated_course, alice, later).lessons[1].is_open


def test_progress_of_somebody_else_is_not_shown(course, alice, charlie, now):
    complete_lesson(user=alice, lesson=course.get_lessons()[0], at=now)
    assert seen(course, charlie, now).done == 0


def test_a_thousand_lessons_cost_as_many_queries_as_three(
    gated_course, alice, pro, now, django_assert_num_queries
):
    give(alice, pro, at=now)
    seen(gated_course, alice, now)
    with django_assert_num_queries(5) as few:
        seen(gated_course, alice, now)
    for number in range(4, 40):
        gated_course.add_child(instance=LessonPage(title=f"Lesson {number}", slug=f"lesson-{number}"))
    seen(gated_course, alice, now)
    with django_assert_num_queries(len(few.captured_queries)):
        assert seen(gated_course, alice, now).total == 39


def test_the_paywall_of_a_course_names_its_lessons_and_no_hidden_one(client, gated_course, charlie):
    first, second, _third = gated_course.get_lessons()
    gate_page(second, without_access="not_found")
    client.force_login(charlie)
    page = client.get(gated_course.url).content.decode()
    assert page.count("You need a license to open this.") == 2  # the course, and its third lesson
    assert "Free preview" in page
    assert first.title in page
    assert second.title not in page
    assert CANARY not in page


def test_a_section_goes_on_until_the_next_one_begins(course, alice, now):
    first, second, third = course.get_lessons()
    assert [(row.title, len(row.lessons)) for row in seen(course, alice, now).sections] == [("", 3)]
    for lesson, heading in ((second, "Content"), (third, "Going live")):
        lesson.section = heading
        lesson.save()
    sections = seen(course, alice, now).sections
    assert [section.title for section in sections] == ["", "Content", "Going live"]
    assert [[row.page.pk for row in section.lessons] for section in sections] == [
        [first.pk],
        [second.pk],
        [third.pk],
    ]


def test_the_account_lists_courses_that_a_license_opens(gated_course, course, alice, charlie, pro, now):
    give(alice, pro, at=now)
    assert [row.course.pk for row in courses_of(alice, at=now)] == [course.pk]
    assert courses_of(charlie, at=now) == []


def test_the_account_lists_a_free_course_once_it_is_begun(course, alice, now):
    assert courses_of(alice, at=now) == []
    complete_lesson(user=alice, lesson=course.get_lessons()[0], at=now)
    assert [row.done for row in courses_of(alice, at=now)] == [1]


def test_a_course_that_lapsed_stays_listed_with_its_progress(gated_course, alice, pro, now):
    give(alice, pro, at=now, ends_at=now + dt.timedelta(days=1))
    complete_lesson(user=alice, lesson=gated_course.get_lessons()[1], at=now)
    assert [row.done for row in courses_of(alice, at=now + dt.timedelta(days=2))] == [1]


def test_a_member_without_progress_does_not_see_a_course_after_the_lapse(gated_course, alice, pro, now):
    give(alice, pro, at=now, ends_at=now + dt.timedelta(days=1))
    assert courses_of(alice, at=now + dt.timedelta(days=1)) == []


def test_many_courses_cost_as_many_queries_as_one(
    gated_course, home, alice, pro, now, django_assert_num_queries
):
    give(alice, pro, at=now)
    courses_of(alice, at=now)
    with django_assert_num_queries(7) as few:
        courses_of(alice, at=now)
    for number in range(5):
        other = home.add_child(instance=CoursePage(title=f"Course {number}", slug=f"course-{number}"))
        other.add_child(instance=LessonPage(title="Only", slug="only"))
        gate_page(other, pro)
    courses_of(alice, at=now)
    with django_assert_num_queries(len(few.captured_queries)):
        assert len(courses_of(alice, at=now)) == 6


def test_a_course_model_may_say_itself_what_its_lessons_are(course, alice, now, monkeypatch):
    monkeypatch.setattr(
        CoursePage, "get_lessons", lambda self: list(LessonPage.objects.child_of(self)[:1])
    )
    assert seen(course, alice, now).total == 1


@pytest.mark.parametrize("kind", ["page", "page_type"])
def test_hidden_lessons_are_listed_to_who_opens_them_and_to_nobody_else(
    course, alice, charlie, pro, now, kind
):
    lesson = course.get_lessons()[1]
    target = {"page_id": lesson.pk} if kind == "page" else {"page_type": lesson.cached_content_type}
    gate = Gate.objects.create(kind=kind, without_access="not_found", **target)
    EntitlementRule.objects.create(gate=gate, product=pro)
    give(alice, pro, at=now)
    others = ["Lesson 1", "Lesson 3"] if kind == "page" else []
    for user in (charlie, AnonymousUser()):
        found = seen(course, user, now)
        assert [row.title for row in found.lessons] == others
        assert [row.number for row in found.lessons] == [1, 2][: len(others)]
    assert [row.title for row in seen(course, alice, now).lessons] == [
        "Lesson 1",
        "Lesson 2",
        "Lesson 3",
    ]


@pytest.mark.parametrize("kind", ["page", "page_type"])
def test_a_hidden_course_is_among_those_of_its_members_only(course, alice, charlie, pro, now, kind):
    for user in (alice, charlie):
        complete_lesson(user=user, lesson=course.get_lessons()[0], at=now)
    target = {"page_id": course.pk} if kind == "page" else {"page_type": course.cached_content_type}
    gate = Gate.objects.create(kind=kind, without_access="not_found", **target)
    EntitlementRule.objects.create(gate=gate, product=pro)
    give(alice, pro, at=now)
    assert [row.course.pk for row in courses_of(alice, at=now)] == [course.pk]
    assert courses_of(charlie, at=now) == []


def test_what_wagtail_keeps_private_stays_out_of_an_outline(course, alice, now):
    PageViewRestriction.objects.create(page=course.get_lessons()[0], restriction_type="login")
    assert [row.title for row in seen(course, alice, now).lessons] == ["Lesson 2", "Lesson 3"]
