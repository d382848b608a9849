"""Completing a lesson from its page."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.conftest import CANARY, gate_page, give
from wagtail_licensing.models import LessonProgress

pytestmark = pytest.mark.django_db


def url_of(page):
    return reverse("wagtail_licensing:complete_lesson", args=[page.pk])


@pytest.fixture
def lessons(course, pro):
    """Three lessons that Pro opens."""
    gate_page(course, pro)
    return course.get_lessons()


def test_a_member_completes_a_lesson_and_goes_on(client, alice, pro, lessons, course, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    first, second, third = lessons
    answer = client.post(url_of(first))
    assert (answer.status_code, answer.url) == (303, second.url)
    assert answer.headers["Cache-Control"] == "private, no-store"
    client.post(url_of(second))
    assert client.post(url_of(third)).url == course.url
    assert LessonProgress.objects.filter(user=alice, completed_at__isnull=False).count() == 3


def test_the_second_time_it_goes_on_too(client, alice, pro, lessons, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    client.post(url_of(lessons[0]))
    assert client.post(url_of(lessons[0])).url == lessons[1].url
    assert LessonProgress.objects.count() == 1


def test_a_stranger_writes_nothing_and_lands_at_the_paywall(client, charlie, lessons):
    client.force_login(charlie)
    answer = client.post(url_of(lessons[0]), follow=True)
    assert answer.redirect_chain == [(lessons[0].url, 303)]
    assert CANARY not in answer.content.decode()
    assert not LessonProgress.objects.exists()


def test_a_visitor_signs_in_first_and_comes_back_to_the_lesson(client, lessons):
    answer = client.post(url_of(lessons[0]))
    assert answer.status_code == 303
    assert answer.url == f"/login/?next={lessons[0].url.replace('/', '%2F')}"
    assert not LessonProgress.objects.exists()


def test_reading_completes_nothing(client, alice, lessons):
    client.force_login(alice)
    assert client.get(url_of(lessons[0])).status_code == 405


def test_another_site_completes_nothing(alice, pro, lessons, now):
    give(alice, pro, at=now)
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    assert browser.post(url_of(lessons[0])).status_code == 403
    assert not LessonProgress.objects.exists()


def test_what_is_no_lesson_is_not_found(client, alice, article, course):
    client.force_login(alice)
    for page_id in (article.pk, course.pk, 9999):
        url = reverse("wagtail_licensing:complete_lesson", args=[page_id])
        assert client.post(url).status_code == 404


def test_a_draft_is_not_found(client, alice, course):
    lesson = course.get_lessons()[0]
    lesson.unpublish()
    client.force_login(alice)
    assert client.post(url_of(lesson)).status_code == 404


def test_a_lesson_that_wagtail_keeps_private_is_not_found(client, alice, course):
    lesson = course.get_lessons()[0]
    lesson.view_restrictions.create(restriction_type="password", password="x")
    client.force_login(alice)
    assert client.post(url_of(lesson)).status_code == 404
    assert not LessonProgress.objects.exists()


def test_looking_at_a_lesson_writes_nothing(client, alice, pro, lessons, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    assert CANARY in client.get(lessons[0].url).content.decode()
    assert not LessonProgress.objects.exists()


@pytest.mark.parametrize("who", [None, "charlie"])
def test_the_address_of_a_hidden_lesson_is_not_told(request, client, course, pro, who):
    gate_page(course, pro, without_access="not_found")
    lesson = course.get_children().first()
    if who:
        client.force_login(request.getfixturevalue(who))
    answer = client.post(url_of(lesson))
    assert answer.status_code == 404
    assert lesson.slug not in str(answer.headers) + answer.content.decode()


def test_a_member_completes_a_hidden_lesson(client, alice, course, pro, now):
    gate_page(course, pro, without_access="not_found")
    give(alice, pro, at=now)
    lesson = course.get_children().first()
    client.force_login(alice)
    answer = client.post(url_of(lesson))
    assert answer.status_code == 303
    assert lesson.lesson_progress.get(user=alice).completed_at
