"""A course that Pro opens, whose second lesson has a quiz."""

import pytest

from tests.conftest import gate_page
from wagtail_licensing.models import Quiz, QuizQuestion

#: What is right stands nowhere but in the database.
SECRET = "xylophone-answer"


@pytest.fixture
def lessons(course, pro):
    """Three lessons that Pro opens."""
    gate_page(course, pro)
    return course.get_lessons()


@pytest.fixture
def quiz(lessons):
    """Three questions; two have to be right."""
    quiz = Quiz.objects.create(lesson_id=lessons[1].pk, pass_percent=60)
    questions = [
        ("single", "Which tree?", "Oak\n* Page tree\nTree house"),
        ("multiple", "Which are fields?", "* RichTextField\n* StreamField\nCornfield"),
        ("text", "Say the word", SECRET),
    ]
    for number, (kind, text, answers) in enumerate(questions):
        QuizQuestion.objects.create(quiz=quiz, sort_order=number, kind=kind, text=text, answers=answers)
    return quiz


def answers_to(quiz, *given):
    """Return a form with what was ``given`` to each question, as lists."""
    return {
        f"question-{question.pk}": values
        for question, values in zip(quiz.questions.all(), given, strict=True)
    }


def right_answers(quiz):
    return answers_to(quiz, ["1"], ["0", "1"], [SECRET])


def wrong_answers(quiz):
    return answers_to(quiz, ["0"], ["0"], [SECRET.upper()])
