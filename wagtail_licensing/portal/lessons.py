"""Completing a lesson."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from ..access import check_access
from ..access.decision import is_hidden
from ..compat import page_model
from ..conf import now
from ..courses import LessonLocked, QuizNotPassed, complete_lesson, outline
from ..models import LessonMixin
from .responses import SeeOther, private, sign_in_url


@require_POST
@private
@csrf_protect
def complete(request: HttpRequest, page_id: int) -> HttpResponse:
    """Mark a lesson as done and go on to the next one that is open, or back to the course.

    A lesson that does not open for the person, or whose quiz is not passed, changes nothing and leads
    to its page, which says why. Who is not signed in signs in first and comes back to the lesson.
    """
    # Asked first: an answer that never looked at the session tells by its headers that nothing is there.
    signed_in = request.user.is_authenticated
    lesson = lesson_or_404(request, page_id)
    at = now()
    if is_hidden(check_access(request.user, lesson, at)):
        raise Http404  # its address would tell that it is there, and what it is called
    url = lesson.get_url(request) or "/"
    if not signed_in:
        return SeeOther(sign_in_url(url))
    try:
        complete_lesson(user=request.user, lesson=lesson, at=at)
    except LessonLocked:
        return SeeOther(url)
    except QuizNotPassed:
        return SeeOther(url + "#licensing-quiz")
    course = lesson.get_course()
    if course is None:
        return SeeOther(url)
    found = outline(course, user=request.user, at=at, request=request)
    following = found.next_after(lesson.pk)
    return SeeOther(following.url if following else found.url or url)


def lesson_or_404(request: HttpRequest, page_id: int) -> Any:
    """Return the live lesson with this id that Wagtail's own privacy does not keep from the visitor."""
    page = page_model().objects.live().filter(pk=page_id).first()
    lesson = page.specific if page else None
    if not isinstance(lesson, LessonMixin):
        raise Http404
    restrictions = lesson.get_view_restrictions()  # type: ignore[attr-defined]
    if any(not restriction.accept_request(request) for restriction in restrictions):
        raise Http404
    return lesson
