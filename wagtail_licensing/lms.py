"""Access to the lessons of wagtail-lms: name ``lesson_access`` in its settings.

``WAGTAIL_LMS_CHECK_LESSON_ACCESS = "wagtail_licensing.lms.lesson_access"``
"""

from typing import Any

from .gates.lms import lesson_is_open

__all__ = ["lesson_access"]


def lesson_access(request: Any, lesson: Any, course: Any) -> bool:
    """Tell wagtail-lms whether the visitor may read ``lesson``: by its gate, or by enrolment in
    ``course`` where no gate stands. A member whom the gate lets in is enrolled. Two queries."""
    return lesson_is_open(user=request.user, lesson=lesson, course=course)
