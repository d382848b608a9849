"""Complete a lesson."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from ..access import check_access
from ..domain.access import AccessDecision, AccessReason
from ..models import LessonProgress


class LessonLocked(Exception):  # noqa: N818 - the field's word for it
    """The lesson does not open for the person; ``decision`` says why."""

    def __init__(self, decision: AccessDecision) -> None:
        super().__init__(f"the lesson is locked: {decision.reason}")
        self.decision = decision


def complete_lesson(*, user: Any, lesson: Any, at: datetime) -> LessonProgress:
    """Write down that ``user`` has completed ``lesson``, and return the progress.

    A lesson completed before keeps its first instant. Raises :class:`LessonLocked` when the lesson
    does not open for the user at ``at``, and for anonymous visitors, whose progress has no owner.
    """
    decision = check_access(user, lesson, at)
    if not user.is_authenticated:
        raise LessonLocked(replace(decision, allowed=False, reason=AccessReason.SIGN_IN_REQUIRED))
    if not decision.allowed:
        raise LessonLocked(decision)
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
    return progress
