"""Courses: what a member sees of one, how far they are, and the way on.

Progress belongs to the member and outlives every license; whether a lesson opens is asked of
``wagtail_licensing.access`` at each look.
"""

from .complete import LessonLocked, complete_lesson
from .outline import CourseOutline, OutlineLesson, courses_of, outline

__all__ = [
    "CourseOutline",
    "LessonLocked",
    "OutlineLesson",
    "complete_lesson",
    "courses_of",
    "outline",
]
