"""The order of lessons: by a button, by dragging, and only for those who may."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db


def order_of(course):
    return [lesson.title[-1] for lesson in course.get_lessons()]


@pytest.fixture
def url(course):
    return reverse("wagtail_licensing_admin:lesson_order", args=[course.pk])


def test_a_button_moves_a_lesson_by_one_place(client, erin, course, url):
    client.force_login(erin)
    assert client.get(url).content.decode().count('value="up"') == 3
    first = course.get_lessons()[0]
    answer = client.post(url, {"page": first.pk, "to": "down"})
    assert answer.url == f"{url}#lesson-{first.pk}"
    assert order_of(course) == ["2", "1", "3"]
    client.post(url, {"page": first.pk, "to": "up"})
    assert order_of(course) == ["1", "2", "3"]


@pytest.mark.parametrize(("number", "to"), [(0, "up"), (2, "down"), (1, "sideways"), (1, "")])
def test_what_leads_nowhere_moves_nothing(client, erin, course, url, number, to):
    client.force_login(erin)
    client.post(url, {"page": course.get_lessons()[number].pk, "to": to})
    client.post(url, {"page": course.pk, "to": "down"})
    assert order_of(course) == ["1", "2", "3"]


def test_dragging_calls_a_view_that_moves(client, erin, course, url):
    client.force_login(erin)
    page = client.get(url).content.decode()
    drag = page.split('data-w-orderable-url-value="')[1].split('"')[0]
    last = course.get_lessons()[2]
    client.post(drag.replace("999999", str(last.pk)) + "?position=0")
    assert order_of(course) == ["3", "1", "2"]


def test_who_may_not_reorder_is_refused(client, charlie, course, url):
    from django.contrib.auth.models import Permission

    charlie.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(charlie)
    assert client.get(url).status_code == 302
    client.post(url, {"page": course.get_lessons()[0].pk, "to": "down"})
    assert order_of(course) == ["1", "2", "3"]


def test_what_is_no_course_has_no_lessons(client, erin, article, course, url):
    client.force_login(erin)
    other = reverse("wagtail_licensing_admin:lesson_order", args=[article.pk])
    assert client.get(other).status_code == 404
    explore = client.get(reverse("wagtailadmin_explore", args=[course.pk])).content.decode()
    assert url in explore
    assert other not in client.get(reverse("wagtailadmin_explore", args=[article.pk])).content.decode()
