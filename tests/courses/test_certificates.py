"""Certificates: issued once, checked by anybody, revoked for a reason."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse
from wagtail.models import ModelLogEntry

from tests.conftest import gate_page, give
from wagtail_licensing.courses import (
    CertificateRevoked,
    NotComplete,
    complete_lesson,
    issue_certificate,
    outline,
    revoke_certificate,
)
from wagtail_licensing.models import Certificate, Gate
from wagtail_licensing.signals import certificate_issued

pytestmark = pytest.mark.django_db
COURSES = "/licensing/account/courses/"
INDEX = "wagtail_licensing_certificates:index"


@pytest.fixture
def giving(course, lessons):
    """The course, which gives a certificate."""
    course.gives_certificate = True
    course.save()
    return course


def finish(user, lessons, at):
    for lesson in lessons:
        complete_lesson(user=user, lesson=lesson, at=at)


@pytest.fixture
def graduate(alice, pro, giving, lessons, now):
    """Alice Liddell, who has done every lesson."""
    alice.first_name, alice.last_name = "Alice", "Liddell"
    alice.save()
    give(alice, pro, at=now)
    finish(alice, lessons, now)
    return alice


@pytest.fixture
def certificate(graduate):
    return Certificate.objects.get()


def url_of(certificate):
    return reverse("wagtail_licensing:certificate", args=[certificate.number])


def test_the_last_lesson_brings_the_certificate(
    alice, pro, giving, lessons, now, django_capture_on_commit_callbacks
):
    give(alice, pro, at=now)
    finish(alice, lessons[:2], now)
    assert not Certificate.objects.exists()
    heard = []
    certificate_issued.connect(lambda certificate, **kwargs: heard.append(certificate), weak=False)
    with django_capture_on_commit_callbacks(execute=True):
        finish(alice, lessons, now)
        finish(alice, lessons, now)
    certificate = Certificate.objects.get()
    assert heard == [certificate]
    assert (certificate.user, certificate.course_id, certificate.issued_at) == (alice, giving.pk, now)
    assert (certificate.name, certificate.course_title) == ("alice", "Wagtail in a week")


def test_it_bears_the_name_and_the_title_of_that_day(certificate, graduate, giving, now):
    graduate.last_name = "Hargreaves"
    graduate.save()
    giving.title = "Wagtail in a month"
    giving.save()
    again = issue_certificate(user=graduate, course=giving, at=now + dt.timedelta(days=9))
    assert (again.pk, again.name, again.issued_at) == (certificate.pk, "Alice Liddell", now)
    assert again.course_title == "Wagtail in a week"


def test_a_mail_address_is_no_name(alice, pro, giving, lessons, now):
    alice.username = "alice@example.org"
    alice.save()
    give(alice, pro, at=now)
    finish(alice, lessons, now)
    assert Certificate.objects.get().name == "alice"


def test_a_course_that_gives_none_gives_none(course, lessons, alice, pro, now):
    give(alice, pro, at=now)
    finish(alice, lessons, now)
    with pytest.raises(NotComplete):
        issue_certificate(user=alice, course=course, at=now)


def test_who_has_done_what_is_shown_gets_none_while_lessons_are_hidden(charlie, giving, lessons, now):
    Gate.objects.update(without_access="not_found")
    gate_page(lessons[0], audience="everyone")
    complete_lesson(user=charlie, lesson=lessons[0], at=now)
    shown = outline(giving, user=charlie, at=now)
    assert (shown.total, shown.is_complete, shown.is_finished) == (1, True, False)
    assert not Certificate.objects.exists()


def test_numbers_are_long_and_differ(certificate, charlie, giving, now):
    other = Certificate.objects.create(
        user=charlie, course_id=giving.pk, name="c", course_title="c", issued_at=now
    )
    assert len(certificate.number.replace("-", "")) == 20
    assert certificate.number != other.number
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.create(
            user=charlie, course_id=giving.pk, name="c", course_title="c", issued_at=now
        )


# --- for anybody ---------------------------------------------------------------------------------


def test_anybody_may_check_it_and_sees_no_more(client, certificate, graduate):
    answer = client.get(url_of(certificate))
    page = answer.content.decode()
    for text in ("Alice Liddell", "Wagtail in a week", "Valid", certificate.number):
        assert text in page
    assert graduate.email not in page
    assert "WL-" not in page
    assert answer["X-Robots-Tag"] == "noindex"
    assert "no-store" in answer["Cache-Control"]
    assert client.get(url_of(certificate).lower()).status_code == 200


@pytest.mark.parametrize("number", ["AAAAA-AAAAA-AAAAA-AAAAA", "1", "%00", "x" * 3000])
def test_a_number_that_is_none_is_not_found(client, certificate, number):
    answer = client.get(f"/licensing/certificates/{number}/")
    assert answer.status_code == 404
    assert "Alice" not in answer.content.decode()


def test_a_revoked_one_says_so_and_not_why(client, certificate, olivia, now):
    revoke_certificate(certificate_id=certificate.pk, by=olivia, reason="copied", at=now)
    page = client.get(url_of(certificate)).content.decode()
    assert "was revoked on" in page
    assert "Valid" not in page
    assert "copied" not in page
    assert "olivia" not in page


def test_it_outlives_the_license(client, certificate, graduate, now):
    graduate.licenses.update(access_until=now - dt.timedelta(days=1), starts_at=now - dt.timedelta(9))
    client.force_login(graduate)
    assert url_of(certificate) in client.get(COURSES).content.decode()


# --- for the member ------------------------------------------------------------------------------


def test_one_that_came_late_is_there_for_the_asking(client, alice, pro, course, lessons, now):
    give(alice, pro, at=now)
    finish(alice, lessons, now)
    client.force_login(alice)
    get = reverse("wagtail_licensing:get_certificate", args=[course.pk])
    assert get not in client.get(COURSES).content.decode()
    assert client.post(get).url == COURSES
    course.gives_certificate = True
    course.save()
    assert get in client.get(COURSES).content.decode()
    assert client.get(get).status_code == 405
    answer = client.post(get)
    certificate = Certificate.objects.get()
    assert (answer.status_code, answer.url) == (303, url_of(certificate))
    assert get not in client.get(COURSES).content.decode()


def test_nobody_gets_what_is_not_theirs(client, giving, lessons, alice, charlie, pro, now):
    get = reverse("wagtail_licensing:get_certificate", args=[giving.pk])
    assert "/login/" in client.post(get).url
    client.force_login(charlie)
    client.post(get)
    give(alice, pro, at=now)
    complete_lesson(user=alice, lesson=lessons[0], at=now)
    client.force_login(alice)
    client.post(get)
    assert not Certificate.objects.exists()
    assert client.post(reverse("wagtail_licensing:get_certificate", args=[9999])).status_code == 404


def test_after_a_lapse_none_is_issued(client, course, lessons, dana, pro, now):
    start = now - dt.timedelta(days=9)
    license = give(dana, pro, at=start, ends_at=now - dt.timedelta(days=1))
    finish(dana, lessons, start)
    course.gives_certificate = True
    course.save()
    client.force_login(dana)
    client.post(reverse("wagtail_licensing:get_certificate", args=[course.pk]))
    assert license.pk
    assert not Certificate.objects.exists()


# --- for staff -----------------------------------------------------------------------------------


def test_staff_revoke_it_for_a_reason_and_it_is_written_down(client, certificate, olivia, graduate):
    client.force_login(olivia)
    revoke = reverse("wagtail_licensing_certificates:revoke", args=[certificate.pk])
    assert revoke in client.get(reverse(INDEX)).content.decode()
    client.post(revoke, {"reason": " "})
    certificate.refresh_from_db()
    assert certificate.is_valid
    client.post(revoke, {"reason": "The quiz was copied."})
    certificate.refresh_from_db()
    assert not certificate.is_valid
    assert (certificate.revoked_by, certificate.revoke_reason) == (olivia, "The quiz was copied.")
    entry = ModelLogEntry.objects.get(action="wagtail_licensing.certificate.revoked")
    assert (entry.user, entry.data["reason"]) == (olivia, "The quiz was copied.")
    page = client.get(reverse(INDEX), {"q": "liddell"}).content.decode()
    assert "The quiz was copied." in page
    assert client.get(reverse(INDEX), {"q": "liddell", "revoked": "false"}).status_code == 200


def test_it_is_revoked_once_and_nobody_gets_another(certificate, graduate, giving, olivia, now):
    revoke_certificate(certificate_id=certificate.pk, by=olivia, reason="copied", at=now)
    with pytest.raises(CertificateRevoked):
        revoke_certificate(certificate_id=certificate.pk, by=olivia, reason="again", at=now)
    assert not issue_certificate(user=graduate, course=giving, at=now).is_valid
    with pytest.raises(ValueError, match="reason"):
        revoke_certificate(certificate_id=certificate.pk, by=olivia, reason=" ", at=now)


def test_to_look_is_not_to_revoke(client, certificate, charlie):
    names = ["access_admin", "view_certificate"]
    charlie.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(charlie)
    page = client.get(reverse(INDEX)).content.decode()
    revoke = reverse("wagtail_licensing_certificates:revoke", args=[certificate.pk])
    assert certificate.number in page
    assert revoke not in page
    assert client.post(revoke, {"reason": "no"}).status_code == 302
    certificate.refresh_from_db()
    assert certificate.is_valid
