"""Complete a lesson: by saying so, or by passing its quiz."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from ..access import check_access
from ..domain.access import AccessDecision, AccessReason
from ..models import LessonProgress, QuizAttempt
from .certificates import NotComplete, issue_certificate
from .quiz import QuizClosed, grade_quiz, has_passed, quiz_of


class LessonLocked(Exception):  # noqa: N818 - the field's word for it
    """The lesson does not open for the person; ``decision`` says why."""

    def __init__(self, decision: AccessDecision) -> None:
        super().__init__(f"the lesson is locked: {decision.reason}")
        self.decision = decision


class QuizNotPassed(Exception):  # noqa: N818 - the field's word for it
    """The lesson has a quiz that the person has not passed."""


def complete_lesson(*, user: Any, lesson: Any, at: datetime) -> LessonProgress:
    """Write down that ``user`` has completed ``lesson``, and return the progress.

    A lesson completed before keeps its first instant. With the last lesson of a course that gives a
    certificate, it is issued. Raises :class:`LessonLocked` when the lesson does not open for the
    user at ``at``, and for anonymous visitors, whose progress has no owner; :class:`QuizNotPassed`
    when its quiz is not passed.
    """
    _refuse_locked(user, lesson, at)
    if not has_passed(lesson, user=user):
        raise QuizNotPassed
    return _complete(user, lesson, at)


def take_quiz(
    *, user: Any, lesson: Any, given: Mapping[str, Sequence[str]], at: datetime
) -> QuizAttempt:
    """Grade the answers of ``user`` to the quiz of ``lesson``, and return the attempt.

    ``given``: lists of answers by the name of the field. Who passes has completed the lesson. Raises
    :class:`LessonLocked` as :func:`complete_lesson` does, and :class:`QuizClosed` when there is no
    quiz, or it takes no answers now.
    """
    _refuse_locked(user, lesson, at)
    quiz = quiz_of(lesson)
    if quiz is None:
        raise QuizClosed
    with transaction.atomic():
        attempt = grade_quiz(quiz=quiz, user=user, given=given, at=at)
        if attempt.passed:
            _complete(user, lesson, at)
    return attempt


def _refuse_locked(user: Any, lesson: Any, at: datetime) -> None:
    decision = check_access(user, lesson, at)
    if not user.is_authenticated:
        raise LessonLocked(replace(decision, allowed=False, reason=AccessReason.SIGN_IN_REQUIRED))
    if not decision.allowed:
        raise LessonLocked(decision)


def _complete(user: Any, lesson: Any, at: datetime) -> LessonProgress:
    with transaction.atomic():
        progress, created = LessonProgress.objects.get_or_create(
            user=user, lesson_id=lesson.pk, defaults={"opened_at": at, "completed_at": at}
        )
        if not created and progress.completed_at is None:
            # Only the row that is still open: of two clicks at once the first instant stands.
            LessonProgress.objects.filter(pk=progress.pk, completed_at__isnull=True).update(
                completed_at=at
            )
            progress.refresh_from_db()
        _certify(user, lesson, at)
    return progress


def _certify(user: Any, lesson: Any, at: datetime) -> None:
    course = lesson.get_course()
    if getattr(course, "gives_certificate", False):
        try:
            issue_certificate(user=user, course=course, at=at)
        except NotComplete:
            return
