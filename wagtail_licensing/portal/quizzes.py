"""Answering the quiz of a lesson."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from ..access import check_access
from ..access.decision import is_hidden
from ..conf import now
from ..courses import LessonLocked, QuizClosed, take_quiz
from .lessons import lesson_or_404
from .responses import SeeOther, private, sign_in_url

#: Where a lesson shows its quiz.
QUIZ = "#licensing-quiz"


@require_POST
@private
@csrf_protect
def answer(request: HttpRequest, page_id: int) -> HttpResponse:
    """Grade the answers of the signed-in person, and go back to the lesson, which says how it went.

    A lesson that does not open for the person, or a quiz that takes no answers now, changes nothing;
    the page of the lesson says why.
    """
    # Asked first: an answer that never looked at the session tells by its headers that nothing is there.
    signed_in = request.user.is_authenticated
    lesson: Any = lesson_or_404(request, page_id)
    at = now()
    if is_hidden(check_access(request.user, lesson, at)):
        raise Http404  # its address would tell that it is there, and what it is called
    url = lesson.get_url(request) or "/"
    if not signed_in:
        return SeeOther(sign_in_url(url))
    given = {name: request.POST.getlist(name) for name in request.POST}
    try:
        take_quiz(user=request.user, lesson=lesson, given=given, at=at)
    except LessonLocked:
        return SeeOther(url)
    except QuizClosed:
        pass  # somebody answered twice: the page says how it stands
    return SeeOther(url + QUIZ)
