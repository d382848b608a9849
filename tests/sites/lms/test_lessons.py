"""Lessons of wagtail-lms open by their gates: pages, players, files of packages and what they report."""

import io
import json
import zipfile

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from wagtail_lms.models import (
    CourseEnrollment,
    CoursePage,
    H5PActivity,
    H5PLessonPage,
    SCORMAttempt,
    SCORMLessonPage,
    SCORMPackage,
)

from tests.conftest import CANARY, gate_page, give
from wagtail_licensing.gates.headers import NO_STORE

pytestmark = pytest.mark.django_db

MANIFEST = b"""<?xml version="1.0"?>
<manifest identifier="m" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2">
  <resources><resource identifier="r" href="index.html"/></resources>
</manifest>"""


def archive(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, content in files.items():
            packed.writestr(name.replace("__", "."), content)
    return ContentFile(buffer.getvalue(), name="package.zip")


@pytest.fixture(autouse=True)
def media(tmp_path, settings):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def package():
    package = SCORMPackage(title="Slides")
    package.package_file = archive(imsmanifest__xml=MANIFEST, index__html=f"<p>{CANARY}</p>")
    package.save()
    SCORMPackage.objects.filter(pk=package.pk).update(launch_url="index.html")
    return package


@pytest.fixture
def activity():
    described = json.dumps({"mainLibrary": "H5P.Test", "title": "Quiz"})
    packed = archive(h5p__json=described, **{"content/content__json": json.dumps({"text": CANARY})})
    packed.name = "quiz.h5p"
    activity = H5PActivity(title="Quiz", package_file=packed)
    activity.save()
    return activity


@pytest.fixture
def lms(home, package, activity):
    """A course with a SCORM and an H5P lesson; no gate yet."""
    course = home.add_child(instance=CoursePage(title="LMS course", slug="lms-course"))
    scorm = course.add_child(
        instance=SCORMLessonPage(
            title="Watch", slug="watch", scorm_package=package, intro=f"<p>{CANARY}</p>"
        )
    )
    body = json.dumps([{"type": "h5p_activity", "value": {"activity": activity.pk}}])
    h5p = course.add_child(
        instance=H5PLessonPage(title="Do", slug="do", body=body, intro=f"<p>{CANARY}</p>")
    )
    return course, scorm, h5p


@pytest.fixture
def gated(lms, pro):
    gate_page(lms[0], pro)
    return lms


@pytest.fixture
def member(alice, pro, now):
    give(alice, pro, at=now)
    return alice


def addresses(lms, package, activity):
    """Every address that shows something of the gated course."""
    _, scorm, h5p = lms
    content = f"{activity.extracted_path}/content/content.json"
    return {
        "scorm page": scorm.url,
        "h5p page": h5p.url,
        "player": reverse("wagtail_lms:scorm_player", args=[scorm.pk]),
        "scorm file": f"/lms/scorm-content/{package.extracted_path}/index.html",
        "h5p file": f"/lms/h5p-content/{content}",
        "state": reverse("wagtail_lms:h5p_content_user_data", args=[activity.pk]) + "?dataType=state",
    }


def body(response):
    return b"".join(response) if response.streaming else response.content


def test_without_a_gate_wagtail_lms_goes_by_enrolment(client, lms, package, activity, charlie):
    client.force_login(charlie)
    urls = addresses(lms, package, activity)
    assert client.get(urls["scorm page"]).status_code == 302
    assert CANARY.encode() in body(client.get(urls["scorm file"]))
    CourseEnrollment.objects.create(user=charlie, course=lms[0])
    assert client.get(urls["scorm page"]).status_code == 200


def test_who_holds_a_license_needs_no_enrolment(client, gated, package, activity, member):
    client.force_login(member)
    for name, url in addresses(gated, package, activity).items():
        response = client.get(url)
        assert response.status_code == 200, name
        assert response["Cache-Control"] == NO_STORE, name
        if name in ("scorm file", "h5p file"):
            assert CANARY.encode() in body(response), name
    assert CourseEnrollment.objects.filter(user=member, course=gated[0]).count() == 1


@pytest.mark.parametrize("persona", ["stranger", "charlie", "lapsed", "revoked"])
def test_nobody_else_gets_in_however_they_are_enrolled(
    client, gated, package, activity, charlie, pro, now, persona
):
    import datetime as dt

    from wagtail_licensing.testing import give_license, revoke_license

    CourseEnrollment.objects.create(user=charlie, course=gated[0])
    if persona == "lapsed":
        give(charlie, pro, at=now - dt.timedelta(days=9), ends_at=now - dt.timedelta(seconds=1))
    if persona == "revoked":
        revoke_license(give_license(charlie, pro), reason="refunded")
    if persona != "stranger":
        client.force_login(charlie)
    for name, url in addresses(gated, package, activity).items():
        for method in (client.get, client.head):
            response = method(url)
            assert CANARY.encode() not in body(response), name
            assert response["Cache-Control"] == NO_STORE, name
            assert "Content-Range" not in response, name


def test_nobody_else_reports_progress_or_enrols(client, gated, package, activity, charlie):
    attempt = SCORMAttempt.objects.create(user=charlie, scorm_package=package)
    client.force_login(charlie)
    posts = {
        reverse("wagtail_lms:scorm_api", args=[attempt.pk]): {"method": "Initialize"},
        reverse("wagtail_lms:h5p_xapi", args=[activity.pk]): {"verb": {"id": "x"}},
        reverse("wagtail_lms:h5p_content_user_data", args=[activity.pk]): {"data": "1"},
        reverse("wagtail_lms:enroll_course", args=[gated[0].pk]): {},
    }
    for url, data in posts.items():
        assert client.post(url, data, content_type="application/json").status_code == 403, url
    assert not CourseEnrollment.objects.exists()
    assert not activity.attempts.exists() if hasattr(activity, "attempts") else True


def test_a_hidden_course_is_not_there(client, lms, package, activity, pro, charlie):
    gate_page(lms[0], pro, without_access="not_found")
    client.force_login(charlie)
    for name, url in addresses(lms, package, activity).items():
        assert client.get(url).status_code == 404, name


def test_a_file_of_a_package_is_sent_in_parts(client, gated, package, activity, member):
    client.force_login(member)
    url = addresses(gated, package, activity)["scorm file"]
    response = client.get(url, HTTP_RANGE="bytes=0-2")
    assert response.status_code == 206
    assert body(response) == b"<p>"
    assert response["Content-Security-Policy"] == "frame-ancestors 'self'"


def test_a_package_that_an_open_lesson_holds_too_is_open(
    client, home, gated, package, activity, charlie
):
    other = home.add_child(instance=CoursePage(title="Free", slug="free"))
    draft = other.add_child(
        instance=SCORMLessonPage(title="Free", slug="free", scorm_package=package, live=False)
    )
    url = addresses(gated, package, activity)["scorm file"]
    client.force_login(charlie)
    assert CANARY.encode() not in body(client.get(url))
    draft.live = True
    draft.save()
    assert CANARY.encode() in body(client.get(url))


def test_paths_out_of_the_package_stay_closed(client, gated, package, activity, charlie):
    client.force_login(charlie)
    folder = package.extracted_path
    for path in (f"./{folder}/index.html", f"x/../{folder}/index.html", f"{folder}//index.html"):
        assert CANARY.encode() not in body(client.get(f"/lms/scorm-content/{path}")), path
