"""A quiz of a lesson, and what members answered.

Its questions are rows of their own and no part of the page: nothing that prints, lists, indexes or
keeps versions of pages can tell an answer.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import Orderable

from ..compat import page_model_name
from ..domain import quizzes
from ..domain.quizzes import Answer, AnswersWrong

_WRONG = {
    AnswersWrong.NONE: _("Write at least one answer."),
    AnswersWrong.TOO_FEW: _("Write at least two answers, one a line."),
    AnswersWrong.NOT_ONE_RIGHT: _("Put a star (*) before the right answer, and before no other."),
    AnswersWrong.NONE_RIGHT: _("Put a star (*) before each right answer."),
}


class Quiz(ClusterableModel):
    """The quiz of a lesson, which is done only when it is passed.

    ``pass_percent`` of the questions have to be right; ``attempts_allowed`` (None: no end) with
    ``pause_minutes`` between two of them. Without a question there is no quiz.
    """

    lesson = models.OneToOneField(
        page_model_name(),
        on_delete=models.CASCADE,
        related_name="licensing_quiz",
        verbose_name=_("lesson"),
    )
    pass_percent = models.PositiveSmallIntegerField(
        _("percent to pass"),
        default=80,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("Of the questions, answered right."),
    )
    attempts_allowed = models.PositiveSmallIntegerField(
        _("attempts"), null=True, blank=True, help_text=_("Empty: as many as it takes.")
    )
    pause_minutes = models.PositiveIntegerField(
        _("minutes between attempts"), default=0, help_text=_("0: at once.")
    )

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")
        ordering = ["lesson__path"]
        constraints = [
            models.CheckConstraint(
                name="wl_quiz_percent", condition=Q(pass_percent__gte=1, pass_percent__lte=100)
            ),
            models.CheckConstraint(
                name="wl_quiz_attempts",
                condition=Q(attempts_allowed__isnull=True) | Q(attempts_allowed__gte=1),
                violation_error_message=_("A quiz has at least one attempt."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.lesson)


class QuestionKindChoice(models.TextChoices):
    """How a question is answered."""

    SINGLE = quizzes.QuestionKind.SINGLE.value, _("one of several")
    MULTIPLE = quizzes.QuestionKind.MULTIPLE.value, _("any of several")
    TEXT = quizzes.QuestionKind.TEXT.value, _("a short text")


class QuizQuestion(Orderable):
    """A question with its answers, one a line; a star before a line says that it is right."""

    quiz = ParentalKey(Quiz, on_delete=models.CASCADE, related_name="questions")
    kind = models.CharField(
        _("kind"), max_length=20, choices=QuestionKindChoice, default=QuestionKindChoice.SINGLE
    )
    text = models.TextField(_("question"))
    answers = models.TextField(
        _("answers"),
        help_text=_(
            "One a line, with a star (*) before those that are right. Of a short text: each line is "
            "an answer that is accepted, in capitals or not."
        ),
    )

    class Meta(Orderable.Meta):
        verbose_name = _("question")
        verbose_name_plural = _("questions")

    def __str__(self) -> str:
        return self.text[:60]

    @property
    def parsed(self) -> tuple[Answer, ...]:
        """Return the answers, and which are right. For the server only."""
        return quizzes.parse_answers(self.kind, self.answers)

    def clean(self) -> None:
        """Refuse a question that nobody could answer."""
        super().clean()
        wrong = quizzes.wrong_with(self.kind, self.parsed)
        if wrong is not None:
            raise ValidationError({"answers": _WRONG[wrong]})


class QuizAttempt(models.Model):
    """What somebody answered, and how many were right. Kept when a license ends.

    ``number`` counts the attempts of one person from 1; ``given`` are the answers by the id of the
    question, as lists of texts or of the numbers of what was chosen.
    """

    quiz = models.ForeignKey(Quiz, on_delete=models.CASCADE, related_name="attempts")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiz_attempts"
    )
    number = models.PositiveIntegerField(_("attempt"))
    at = models.DateTimeField(_("answered"))
    right = models.PositiveSmallIntegerField(_("right"))
    total = models.PositiveSmallIntegerField(_("questions"))
    passed = models.BooleanField(_("passed"))
    given: Any = models.JSONField(_("answers"), default=dict)

    class Meta:
        verbose_name = _("quiz attempt")
        verbose_name_plural = _("quiz attempts")
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="wl_attempt_once", fields=["quiz", "user", "number"])
        ]

    def __str__(self) -> str:
        return f"{self.right}/{self.total}"

    @property
    def percent(self) -> int:
        """Return how many percent were right, whole, rounded down."""
        return 100 * self.right // self.total if self.total else 0
