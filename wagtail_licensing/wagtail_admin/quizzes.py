"""Quizzes in the admin: the questions of a lesson, for those who may edit it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext, gettext_lazy
from wagtail.admin.forms import WagtailAdminModelForm
from wagtail.admin.panels import FieldPanel, InlinePanel, MultiFieldPanel, ObjectList
from wagtail.admin.views import generic
from wagtail.admin.viewsets.model import ModelViewSet

from ..models import LessonMixin, Quiz
from .links import QUIZZES


class QuizForm(WagtailAdminModelForm):
    """Takes lessons only, and those that the user may edit."""

    def clean_lesson(self) -> Any:
        """Refuse a page that is no lesson, or is not the user's to edit."""
        lesson = self.cleaned_data["lesson"]
        if not isinstance(lesson.specific, LessonMixin):
            self.add_error("lesson", gettext("This page is no lesson."))
        elif self.for_user is None or not lesson.permissions_for_user(self.for_user).can_edit():
            self.add_error("lesson", gettext("You may not edit this lesson."))
        return lesson


class _OwnLessonsMixin:
    """Keeps the quiz of a lesson from those who may not edit the lesson: it shows the answers."""

    def get_object(self, *args: Any, **kwargs: Any) -> Any:
        """Return the quiz, or refuse."""
        quiz = super().get_object(*args, **kwargs)  # type: ignore[misc]
        if not quiz.lesson.permissions_for_user(self.request.user).can_edit():  # type: ignore[attr-defined]
            raise PermissionDenied
        return quiz


class QuizEditView(_OwnLessonsMixin, generic.EditView):
    """Changes the quiz of a lesson."""


class QuizDeleteView(_OwnLessonsMixin, generic.DeleteView):
    """Takes the quiz of a lesson away, with the attempts at it."""


class QuizViewSet(ModelViewSet):
    """Quizzes: one for a lesson."""

    model = Quiz
    name = QUIZZES
    url_prefix = "licensing/quizzes"
    icon = "help"
    menu_label = gettext_lazy("Quizzes")
    menu_order = 600
    copy_view_enabled = False
    add_to_reference_index = False
    list_display = ["lesson", "pass_percent", "attempts_allowed", "pause_minutes"]
    edit_view_class = QuizEditView
    delete_view_class = QuizDeleteView
    edit_handler = ObjectList(
        [
            FieldPanel("lesson"),
            MultiFieldPanel(
                [
                    FieldPanel("pass_percent"),
                    FieldPanel("attempts_allowed"),
                    FieldPanel("pause_minutes"),
                ],
                heading=gettext_lazy("To pass"),
            ),
            InlinePanel(
                "questions",
                heading=gettext_lazy("Questions"),
                label=gettext_lazy("Question"),
                min_num=1,
                panels=[FieldPanel("text"), FieldPanel("kind"), FieldPanel("answers")],
            ),
        ],
        base_form_class=QuizForm,
    )
