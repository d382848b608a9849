"""Take a quiz: what a person sees of one, and what their answers come to.

Answers are graded here and nowhere else. What leaves this module are questions and choices, never
which of them are right.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ..access import check_access
from ..domain.quizzes import QuizRules, is_right, passes
from ..models import LessonProgress, Quiz, QuizAttempt, QuizQuestion
from ..models.quizzes import QuestionKindChoice

#: Letters of an answer that are kept.
_LONGEST = 500


class QuizClosed(Exception):  # noqa: N818 - the field's word for it
    """There is no quiz, no attempt left, or not yet another one: ``opens_at`` says when."""

    def __init__(self, opens_at: datetime | None = None) -> None:
        super().__init__("the quiz takes no answers now")
        self.opens_at = opens_at


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question for people: ``choices`` are pairs of a number and a text, none for a short text."""

    pk: int
    text: str
    kind: str
    choices: Sequence[tuple[int, str]]

    @property
    def field(self) -> str:
        """Return the name of its field in a form."""
        return f"question-{self.pk}"

    @property
    def is_text(self) -> bool:
        """Tell whether it is answered in words."""
        return self.kind == QuestionKindChoice.TEXT

    @property
    def is_multiple(self) -> bool:
        """Tell whether several answers may be right."""
        return self.kind == QuestionKindChoice.MULTIPLE


@dataclass(frozen=True, slots=True)
class QuizState:
    """A quiz for one person at one instant. ``last`` is their latest attempt, ``passed`` the one that
    passed. ``left``: attempts that are left, None for no end. ``opens_at``: when there is another."""

    quiz: Quiz
    questions: Sequence[ShownQuestion]
    last: QuizAttempt | None
    passed: bool
    left: int | None
    opens_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Tell whether it takes answers now."""
        return not self.passed and self.left != 0 and self.opens_at is None


def quiz_of(lesson: Any) -> Quiz | None:
    """Return the quiz of ``lesson``, or None: without a question there is none. One query."""
    return Quiz.objects.filter(lesson_id=lesson.pk, questions__isnull=False).first()


def quiz_state(lesson: Any, *, user: Any, at: datetime) -> QuizState | None:
    """Return the quiz of ``lesson`` as ``user`` finds it at ``at``; None where there is none, and for
    who does not open the lesson. Three queries and the decision; one and the decision without a quiz.
    """
    quiz = quiz_of(lesson) if check_access(user, lesson, at).allowed else None
    return None if quiz is None else _state(quiz, user, at)


def has_passed(lesson: Any, *, user: Any) -> bool:
    """Tell whether ``user`` has passed the quiz of ``lesson``, or there is none. Two queries at most."""
    quiz = quiz_of(lesson)
    return quiz is None or quiz.attempts.filter(user_id=user.pk, passed=True).exists()


def grade_quiz(
    *, quiz: Quiz, user: Any, given: Mapping[str, Sequence[str]], at: datetime
) -> QuizAttempt:
    """Grade what ``user`` has ``given`` (by the field of each question), keep the attempt, return it.

    Raises :class:`QuizClosed` without an attempt left, before the pause is over, and when it is
    passed already. Two at once are one after the other: the person's progress is locked. Whether the
    lesson is open is for :func:`take_quiz` in ``complete`` to ask.
    """
    with transaction.atomic():
        progress, _created = LessonProgress.objects.get_or_create(
            user_id=user.pk, lesson_id=quiz.lesson_id, defaults={"opened_at": at}
        )
        _lock(progress)
        state = _state(quiz, user, at)
        if not state.is_open:
            raise QuizClosed(state.opens_at)
        questions = list(quiz.questions.all())
        answers = {str(question.pk): _given(question, given) for question in questions}
        right = sum(
            is_right(question.kind, question.parsed, answers[str(question.pk)]) for question in questions
        )
        return QuizAttempt.objects.create(
            quiz=quiz,
            user_id=user.pk,
            number=(state.last.number if state.last else 0) + 1,
            at=at,
            right=right,
            total=len(questions),
            passed=passes(right, len(questions), quiz.pass_percent),
            given=answers,
        )


def _lock(progress: LessonProgress) -> None:
    LessonProgress.objects.select_for_update().get(pk=progress.pk)


def _given(question: QuizQuestion, given: Mapping[str, Sequence[str]]) -> list[str]:
    field = ShownQuestion(question.pk, "", question.kind, ()).field
    # PostgreSQL keeps no NUL.
    values = [str(value).replace("\0", "")[:_LONGEST] for value in given.get(field, ())]
    return values[: len(question.parsed) or 1]


def _state(quiz: Quiz, user: Any, at: datetime) -> QuizState:
    attempts = list(quiz.attempts.filter(user_id=user.pk).order_by("-number")) if user.pk else []
    rules = QuizRules(quiz.attempts_allowed, timedelta(minutes=quiz.pause_minutes))
    opens_at = rules.opens_at(attempts[0].at) if attempts else None
    return QuizState(
        quiz=quiz,
        questions=[_shown(question) for question in quiz.questions.all()],
        last=attempts[0] if attempts else None,
        passed=any(attempt.passed for attempt in attempts),
        left=rules.left(len(attempts)),
        opens_at=opens_at if opens_at is not None and at < opens_at else None,
    )


def _shown(question: QuizQuestion) -> ShownQuestion:
    is_text = question.kind == QuestionKindChoice.TEXT
    choices = [] if is_text else [(at, answer.text) for at, answer in enumerate(question.parsed)]
    return ShownQuestion(question.pk, question.text, question.kind, choices)
