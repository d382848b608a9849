"""Courses, progress and downloads of the person who asks."""

from typing import Any

from django.http import HttpRequest
from ninja import Path, Query, Router
from ninja.errors import HttpError

from ..conf import conf, now
from ..courses import CourseOutline, LessonLocked, OutlineLesson, complete_lesson, courses_of, outline
from ..links import signed_document_url
from ..models import LessonMixin
from ..portal.downloads import gated_documents_open_to
from ..portal.reasons import reason_text
from .access import LARGEST_ID
from .answers import CourseAnswer, Downloads, Problem
from .auth import MEMBER
from .targets import NotThere, decide, page_with_id

router = Router(tags=["learning"])


@router.get(
    "courses", auth=MEMBER, response={200: list[CourseAnswer], 401: Problem}, summary="My courses"
)
def courses(request: HttpRequest) -> list[dict[str, Any]]:
    """List the courses that are open to the person or begun, with the state of every lesson."""
    return [_course(row) for row in courses_of(request.user, at=now(), request=request)]


@router.post(
    "lessons/{page}/complete",
    auth=MEMBER,
    response={200: CourseAnswer, 401: Problem, 403: Problem, 404: Problem},
    summary="Complete a lesson",
)
def complete(request: HttpRequest, page: int = Path(ge=1, le=LARGEST_ID)) -> dict[str, Any]:
    """Write down that the person has done a lesson, and return its course. Twice is once."""
    at = now()
    lesson = page_with_id(page).specific
    if not isinstance(lesson, LessonMixin):
        raise NotThere
    decide(request, lesson, at=at)
    course = lesson.get_course()
    if course is None:
        raise NotThere
    try:
        complete_lesson(user=request.user, lesson=lesson, at=at)
    except LessonLocked as locked:
        raise HttpError(403, reason_text(locked.decision)) from None
    return _course(outline(course, user=request.user, at=at, request=request))


def _course(row: CourseOutline) -> dict[str, Any]:
    following = row.next_lesson
    return {
        "page": row.course.pk,
        "title": row.course.title,
        "url": row.url,
        "total": row.total,
        "done": row.done,
        "percent": row.percent,
        "next": following.page.pk if following else None,
        "lessons": [_lesson(lesson) for lesson in row.lessons],
    }


def _lesson(lesson: OutlineLesson) -> dict[str, Any]:
    return {
        "page": lesson.page.pk,
        "title": lesson.title,
        "url": lesson.url,
        "number": lesson.number,
        "is_open": lesson.is_open,
        "is_done": lesson.is_done,
        "reason": lesson.decision.reason,
        "unlocks_at": lesson.unlocks_at,
    }


@router.get("downloads", auth=MEMBER, response={200: Downloads, 401: Problem}, summary="My downloads")
def downloads(
    request: HttpRequest,
    offset: int = Query(0, ge=0, le=1_000_000),
    limit: int = Query(50, ge=1, le=100),
) -> dict[str, Any]:
    """List the files behind gates that the person may download now, by title."""
    at = now()
    documents = gated_documents_open_to(request.user, at)
    until = at + conf.signed_link_lifetime
    rows = list(documents[offset : offset + limit])
    return {
        "count": documents.count(),
        "items": [_download(request, document, at, until) for document in rows],
    }


def _download(request: HttpRequest, document: Any, at: Any, until: Any) -> dict[str, Any]:
    return {
        "document": document.pk,
        "title": document.title,
        "filename": document.filename,
        "size": document.file_size,
        "url": request.build_absolute_uri(document.url),
        "signed_url": signed_document_url(document, request.user, request=request, at=at),
        "signed_until": until,
    }
