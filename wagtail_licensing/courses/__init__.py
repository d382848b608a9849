"""Courses: what a member sees of one, how far they are, and the way on.

Progress belongs to the member and outlives every license; whether a lesson opens is asked of
``wagtail_licensing.access`` at each look.
"""

from .certificates import (
    CertificateRevoked,
    NotComplete,
    courses_with_certificates,
    issue_certificate,
    revoke_certificate,
)
from .complete import LessonLocked, QuizNotPassed, complete_lesson, take_quiz
from .outline import CourseOutline, OutlineLesson, OutlineSection, courses_of, outline
from .quiz import QuizClosed, QuizState, has_passed, quiz_state

__all__ = [
    "CertificateRevoked",
    "CourseOutline",
    "LessonLocked",
    "NotComplete",
    "OutlineLesson",
    "OutlineSection",
    "QuizClosed",
    "QuizNotPassed",
    "QuizState",
    "complete_lesson",
    "courses_of",
    "courses_with_certificates",
    "has_passed",
    "issue_certificate",
    "outline",
    "quiz_state",
    "revoke_certificate",
    "take_quiz",
]
