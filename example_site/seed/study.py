"""What makes a course and a shelf more than pages: a quiz, a file to a lesson, a file in versions."""

from wagtail.documents import get_document_model

from wagtail_licensing.models import Quiz, QuizQuestion

from ..models import FilePage, LessonFile
from . import downloads, texts
from .content import Pages


def create(pages: Pages) -> None:
    """Give Friday a quiz, Thursday a file, and the shelf a file in versions."""
    by_slug = {lesson.slug: lesson for lesson in pages.lessons}
    quiz = Quiz.objects.create(
        lesson_id=by_slug[texts.QUIZ_LESSON].pk, pass_percent=60, attempts_allowed=5
    )
    for order, (text, kind, answers) in enumerate(texts.QUIZ):
        QuizQuestion.objects.create(quiz=quiz, sort_order=order, text=text, kind=kind, answers=answers)
    sizes = get_document_model().objects.get(title="Image sizes on one page")
    LessonFile.objects.create(lesson=by_slug["thursday"], document=sizes)
    page = pages.shelf.add_child(
        instance=FilePage(
            title="Toolkit",
            slug="toolkit",
            introduction=texts.TOOLKIT_INTRODUCTION,
            search_description=texts.TOOLKIT_INTRODUCTION,
        )
    )
    for number, days, notes in texts.TOOLKIT:
        downloads.add_version(page, number, pages.collections[downloads.TOOLKIT], days, notes)
