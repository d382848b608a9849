"""Courses and lessons as mixins for page models, and what each member has done."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from ..compat import page_model_name
from .pages import LicensedPageMixin


class CourseMixin(LicensedPageMixin):
    """A page whose children are lessons, in the order of the page tree.

    ``gives_certificate``: who has done every lesson gets a certificate.
    """

    gives_certificate = models.BooleanField(
        _("gives a certificate"),
        default=False,
        help_text=_("To members who have done every lesson."),
    )

    class Meta:
        abstract = True

    def get_paywall_context(self, request: Any) -> dict[str, Any]:
        """Return ``course_id``, by which the paywall shows the titles of the lessons."""
        return {"course_id": self.pk}

    def get_lessons(self) -> list[Any]:
        """Return the live lessons of the course as specific pages, in order. Two queries and more."""
        children = self.get_children().live().specific()  # type: ignore[attr-defined]
        return [page for page in children if isinstance(page, LessonMixin)]


class LessonMixin(LicensedPageMixin):
    """A page under a course that a member can complete.

    ``section`` is the heading of the section that begins with the lesson and goes on until the next
    one; empty in the middle of a section.
    """

    section = models.CharField(
        _("section"),
        max_length=120,
        blank=True,
        default="",
        help_text=_("Heading of the section that begins with this lesson, if one does."),
    )

    class Meta:
        abstract = True

    def get_course(self) -> Any:
        """Return the course that the lesson belongs to, or None. Two queries."""
        parent = self.get_parent()  # type: ignore[attr-defined]
        course = parent.specific if parent else None
        return course if isinstance(course, CourseMixin) else None

    def get_files(self) -> list[Any]:
        """Return the files of the lesson in order, each with its ``document``: the rows of a model made
        from ``AbstractLessonFile``. None without such a model. One query."""
        files = getattr(self, "files", None)
        return [] if files is None else list(files.select_related("document"))


class LessonProgress(models.Model):
    """What one member did in one lesson. Kept when a license ends, so that it returns with it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="lesson_progress"
    )
    lesson = models.ForeignKey(
        page_model_name(),
        on_delete=models.CASCADE,
        related_name="lesson_progress",
    )
    opened_at = models.DateTimeField(_("first opened"))
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)

    class Meta:
        verbose_name = _("lesson progress")
        verbose_name_plural = _("lesson progress")
        constraints = [models.UniqueConstraint(name="wl_progress_once", fields=["user", "lesson"])]

    def __str__(self) -> str:
        return f"{self.user_id}/{self.lesson_id}"
