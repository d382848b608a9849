"""Gates before the lessons of wagtail-lms: its pages, players, package files and what they report.

Its pages pass our gates as every page does. The rest has views of its own, which go by enrolment;
they are wrapped once, when the application is ready. A SCORM package or an H5P activity is open to
whoever opens one of the pages that hold it, and to everybody while no page does.
"""

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.http import HttpResponse
from wagtail.models import ReferenceIndex

from ..access.reader import Reader
from ..compat import page_model
from ..conf import now
from ..domain.access import NO_GATE, AccessDecision
from .files.sending import send_file
from .headers import forbid_storing
from .responses import deny
from .wrapping import wrap, wrap_view

_LABEL = "wagtail_lms"
_URLS = "wagtail_lms.urls"

#: What a package may do in its frame: as wagtail-lms says.
_FRAMED = "frame-ancestors 'self'"


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file in a storage that no model keeps."""

    name: str
    storage: Any


def close_lms() -> None:
    """Put gates around the views of wagtail-lms, where it is installed; called once, when we are
    ready."""
    if not apps.is_installed(_LABEL):
        return
    from wagtail_lms import views

    wrap_view(views, "scorm_player_view", _gated(_lesson, enrols=True), urls=_URLS)
    wrap_view(views, "enroll_in_course", _gated(_course), urls=_URLS)
    wrap_view(views, "scorm_api_endpoint", _gated(_package_of_attempt), urls=_URLS)
    wrap_view(views, "h5p_xapi_view", _gated(_activity), urls=_URLS)
    wrap_view(views, "h5p_content_user_data_view", _gated(_activity), urls=_URLS)
    wrap(views.ServeScormContentView, "dispatch", _sent)


def lesson_is_open(*, user: Any, lesson: Any, course: Any) -> bool:
    """Tell whether ``user`` may read a lesson: by its gate, or without one by enrolment.

    One query behind a gate, and a member is enrolled, so that progress is kept.
    """
    from wagtail_lms.models import CourseEnrollment

    decision = Reader(user, at=now()).check(lesson)
    if not decision.allowed:
        return False
    if decision.consulted_a_gate:
        _enrol(user, course)
        return True
    enrolled = CourseEnrollment.objects.filter(user=user, course_id=course.pk)
    return bool(enrolled.exists())


def _enrol(user: Any, course: Any) -> None:
    from wagtail_lms.models import CourseEnrollment, CoursePage

    if isinstance(course, CoursePage) and user.is_authenticated:
        CourseEnrollment.objects.get_or_create(user=user, course=course)


def _gated(
    find: Callable[..., list[Any] | None], *, enrols: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return a wrapper that lets those into a view who open one of the pages that ``find`` names."""

    def wrapper(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def gated(request: Any, *args: Any, **kwargs: Any) -> Any:
            pages = find(request, *args, **kwargs)
            decision, answer = _decide(request, pages)
            if answer is not None:
                return answer
            if enrols and decision.consulted_a_gate and pages:
                _enrol(request.user, pages[0].get_parent().specific)
            response = view(request, *args, **kwargs)
            return forbid_storing(response) if decision.consulted_a_gate else response

        return gated

    return wrapper


def _decide(request: Any, pages: list[Any] | None) -> tuple[AccessDecision, HttpResponse | None]:
    """Return the decision about the first page that opens, or the answer to a visitor for whom none
    does. Without a page nothing is locked."""
    at = now()
    reader = Reader(request.user, at=at, many=True)
    first: tuple[Any, AccessDecision] | None = None
    for page in pages or ():
        decision = reader.check(page)
        if decision.allowed:
            return decision, None
        first = first or (page, decision)
    if first is None:
        return NO_GATE, None
    page, decision = first
    status = 403 if request.method != "GET" else None
    return decision, deny(request, page.specific_deferred, decision, at=at, status=status)


def _lesson(request: Any, lesson_id: int) -> list[Any]:
    return _pages([lesson_id])


def _course(request: Any, course_id: int) -> list[Any]:
    return _pages([course_id])


def _package_of_attempt(request: Any, attempt_id: int) -> list[Any]:
    from wagtail_lms.models import SCORMAttempt

    found = SCORMAttempt.objects.filter(pk=attempt_id).select_related("scorm_package").first()
    return pages_with(found.scorm_package) if found else []


def _activity(request: Any, activity_id: int) -> list[Any]:
    from wagtail_lms.models import H5PActivity

    found = H5PActivity.objects.filter(pk=activity_id).first()
    return pages_with(found) if found else []


def pages_with(package: Any) -> list[Any]:
    """Return the pages that hold a SCORM package or an H5P activity. Three queries at most."""
    from wagtail_lms.models import H5PLessonPage, SCORMLessonPage, SCORMPackage

    if isinstance(package, SCORMPackage):
        lessons = SCORMLessonPage.objects.filter(scorm_package=package)
    else:
        # As wagtail-lms itself looks for them; the index of references may be behind.
        lessons = H5PLessonPage.objects.filter(body__icontains=f'"activity": {package.pk}}}')
    ids = set(lessons.values_list("pk", flat=True))
    page_type = _page_type()
    for reference in ReferenceIndex.get_references_to(package):
        if reference.base_content_type_id == page_type:
            ids.add(int(reference.object_id))
    return _pages(ids)


def _page_type() -> int:
    from django.contrib.contenttypes.models import ContentType

    return int(ContentType.objects.get_for_model(page_model()).pk)


def _pages(ids: Any) -> list[Any]:
    """Return the pages, those that are live if any is: a draft opens nothing that a live page locks."""
    pages = list(page_model()._base_manager.filter(pk__in=ids).order_by("path"))
    return [page for page in pages if page.live] or pages


def _sent(dispatch: Callable[..., Any]) -> Callable[..., Any]:
    """Send a file of a package from behind its gate in parts, never past us to the storage."""

    def gated(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        normalized = self.normalize_content_path(kwargs["content_path"])
        pages = _pages_of_file(self, normalized)
        decision, answer = _decide(request, pages)
        if answer is not None:
            return answer
        if not decision.consulted_a_gate or request.method not in ("GET", "HEAD"):
            return dispatch(self, request, *args, **kwargs)
        response = send_file(
            request,
            StoredFile(self.get_storage_path(normalized), default_storage),
            filename=posixpath.basename(normalized),
            content_type=self.get_content_type(normalized),
            attachment=False,
            policy=_FRAMED,
        )
        response["X-Frame-Options"] = "SAMEORIGIN"
        return forbid_storing(response)

    return gated


def _pages_of_file(view: Any, normalized: str) -> list[Any]:
    from wagtail_lms.models import H5PActivity, SCORMPackage
    from wagtail_lms.views import ServeH5PContentView

    model = H5PActivity if isinstance(view, ServeH5PContentView) else SCORMPackage
    folder = normalized.partition("/")[0]
    found = model.objects.filter(extracted_path=folder)
    return [page for package in found for page in pages_with(package)]
