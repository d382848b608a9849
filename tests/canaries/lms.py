"""A course of wagtail-lms, with a package in each of its lessons, where wagtail-lms is installed."""

import io
import json
import zipfile
from typing import Any

from django.apps import apps
from django.core.files.base import ContentFile

from tests.conftest import CANARY

#: What a gate of a page type has to name beside the course.
LESSONS = ("watch", "do") if apps.is_installed("wagtail_lms") else ()
COURSE = ("lms course",) if LESSONS else ()

_MANIFEST = """<?xml version="1.0"?>
<manifest identifier="m" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2">
  <resources><resource identifier="r" href="index.html"/></resources>
</manifest>"""


def add_course(pages: dict[str, Any], section: Any, name: str) -> None:
    """Add a course with a SCORM and an H5P lesson below ``section``, if there can be one."""
    if not COURSE:
        return
    from wagtail_lms.models import CoursePage, H5PLessonPage, SCORMLessonPage

    fields = {"intro": f"<p>{CANARY}</p>"}
    course = CoursePage(title=f"Course of {name}", slug=f"{name}-lms")
    pages["lms course"] = section.add_child(instance=course)
    pages["watch"] = course.add_child(
        instance=SCORMLessonPage(
            title=f"Watch {name}", slug=f"{name}-watch", scorm_package=_package(), **fields
        )
    )
    body = json.dumps([{"type": "h5p_activity", "value": {"activity": _activity().pk}}])
    pages["do"] = course.add_child(
        instance=H5PLessonPage(title=f"Do {name}", slug=f"{name}-do", body=body, **fields)
    )


def _package() -> Any:
    from wagtail_lms.models import SCORMPackage

    files = {"imsmanifest.xml": _MANIFEST, "index.html": f"<p>{CANARY}</p>"}
    package = SCORMPackage(title="Slides", package_file=_archive("slides.zip", files))
    package.save()
    SCORMPackage.objects.filter(pk=package.pk).update(launch_url="index.html")
    package.refresh_from_db()
    return package


def _activity() -> Any:
    from wagtail_lms.models import H5PActivity

    described = json.dumps({"mainLibrary": "H5P.Test", "title": "Quiz"})
    files = {"h5p.json": described, "content/content.json": json.dumps({"text": CANARY})}
    activity = H5PActivity(title="Quiz", package_file=_archive("quiz.h5p", files))
    activity.save()
    return activity


def _archive(name: str, files: dict[str, str]) -> ContentFile:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for inside, content in files.items():
            packed.writestr(inside, content)
    return ContentFile(buffer.getvalue(), name=name)
