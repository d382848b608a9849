"""My courses and progress, my downloads with links that work for me alone."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from wagtail.documents import get_document_model

from tests.conftest import CANARY, gate_page, give
from wagtail_licensing.models import EntitlementRule, Gate, LessonProgress

pytestmark = pytest.mark.django_db

ROOT = "/licensing/api/v1/"


@pytest.fixture
def open_course(course, pro, alice, now):
    gate_page(course, pro)
    give(alice, pro, at=now)
    return course


@pytest.fixture
def strict(alice):
    """A browser of Alice's whose CSRF tokens are checked."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    return client


def complete(client, page, **headers):
    return client.post(f"{ROOT}lessons/{page.pk}/complete", **headers)


def test_a_course_with_the_state_of_every_lesson(ask, alice, open_course):
    (row,) = ask("courses", alice).json()
    assert (row["title"], row["total"], row["done"], row["percent"]) == ("Wagtail in a week", 3, 0, 0)
    assert [lesson["is_open"] for lesson in row["lessons"]] == [True, True, True]
    assert row["next"] == row["lessons"][0]["page"]
    assert CANARY not in str(row)


def test_a_stranger_has_no_courses_and_a_visitor_signs_in(ask, charlie, open_course):
    assert ask("courses", charlie).json() == []
    assert ask("courses").status_code == 401
    assert ask("downloads").status_code == 401


def test_a_lesson_is_completed_once(strict, alice, open_course):
    token = strict.get(f"{ROOT}me").json()["csrf_token"]
    lesson = open_course.get_lessons()[0]
    for _ in range(2):
        answer = complete(strict, lesson, headers={"X-CSRFToken": token})
        assert (answer.status_code, answer.json()["done"], answer.json()["percent"]) == (200, 1, 33)
    assert LessonProgress.objects.filter(user=alice).count() == 1


def test_without_the_token_nothing_is_written(strict, open_course):
    answer = complete(strict, open_course.get_lessons()[0])
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert not LessonProgress.objects.exists()


def test_a_locked_lesson_is_refused_and_a_hidden_one_is_missing(client, charlie, course, pro):
    gate = gate_page(course, pro)
    client.force_login(charlie)
    lesson = course.get_lessons()[0]
    answer = complete(client, lesson)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    gate.without_access = "not_found"
    gate.save()
    assert complete(client, lesson).status_code == 404
    assert not LessonProgress.objects.exists()


def test_what_is_no_lesson_is_missing(client, alice, article, course):
    client.force_login(alice)
    for page in (article, course):
        assert complete(client, page).status_code == 404
    for number in ("0", "-1", "99999999999999999999", "x", "%00"):
        assert client.post(f"{ROOT}lessons/{number}/complete").status_code in (400, 404)


def test_reading_is_not_writing(client, alice, open_course):
    client.force_login(alice)
    assert client.get(f"{ROOT}lessons/{open_course.get_lessons()[0].pk}/complete").status_code == 405
    for path in ("me", "licenses", "access", "courses", "downloads"):
        assert client.post(ROOT + path).status_code == 405


# --- downloads ----------------------------------------------------------------------------------


def make_file(product, number=0):
    document = get_document_model().objects.create(
        title=f"Guide {number:03}", file=ContentFile(b"the guide", f"guide-{number}.pdf")
    )
    gate = Gate.objects.create(kind="document", document_id=document.pk)
    EntitlementRule.objects.create(gate=gate, product=product)
    return document


def test_downloads_have_links_for_the_person_alone(ask, client, alice, charlie, pro, now):
    make_file(pro)
    give(alice, pro, at=now)
    answer = ask("downloads", alice).json()
    (row,) = answer["items"]
    assert (answer["count"], row["title"]) == (1, "Guide 000")
    assert row["filename"].startswith("guide-0")
    until = dt.datetime.fromisoformat(row["signed_until"])
    assert dt.timedelta(minutes=59) < until - now < dt.timedelta(minutes=61)
    stranger = Client()
    assert b"".join(stranger.get(row["signed_url"]).streaming_content) == b"the guide"
    stranger.force_login(charlie)
    assert stranger.get(row["signed_url"]).status_code == 403
    assert ask("downloads", charlie).json() == {"count": 0, "items": []}


def test_a_page_of_downloads(ask, alice, pro, now):
    for number in range(4):
        make_file(pro, number)
    give(alice, pro, at=now)
    answer = ask("downloads", alice, offset=1, limit=2).json()
    assert answer["count"] == 4
    assert [row["title"] for row in answer["items"]] == ["Guide 001", "Guide 002"]
    for wrong in ({"limit": 101}, {"limit": 0}, {"offset": -1}, {"offset": 10**12}):
        assert ask("downloads", alice, **wrong).status_code == 400


def test_queries_do_not_grow_with_courses_and_files(
    count_queries, alice, open_course, pro, home, settings
):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    make_file(pro)
    few = {path: count_queries(path, alice) for path in ("courses", "downloads")}
    for number in range(1, 9):
        make_file(pro, number)
        open_course.add_child(
            instance=type(open_course.get_lessons()[0])(title=f"More {number}", slug=f"more-{number}")
        )
    assert {path: count_queries(path, alice) for path in few} == few
