"""Courses beside their pages: what is said of their lessons, and what a lesson that is done leads to."""

from typing import Any

from wagtail_licensing.conf import now
from wagtail_licensing.models import LessonProgress

from .visit import Visit, add, asking, channel

_SIGNED_OUT = frozenset({"stranger", "inactive"})


def have_done_a_lesson(visit: Visit) -> None:
    """Let somebody have done a lesson, which keeps the course of a former member listed."""
    if visit.who.user.pk:
        LessonProgress.objects.update_or_create(
            {"opened_at": now(), "completed_at": now()},
            user=visit.who.user,
            lesson_id=visit.world.pages["lesson"].pk,
        )


add(
    "outline of a course elsewhere",
    asking(lambda w: f"/outline/{w.pages['course'].pk}/"),
    subject="outline",
    tells="name",
)


@channel(
    "courses of the account",
    subject="outline",
    way="account",
    tells="name",
    blind=_SIGNED_OUT,
    control="without license",
)
def _account(visit: Visit) -> list[Any]:
    """Look at the courses of one's account."""
    have_done_a_lesson(visit)
    return [visit.get("/licensing/account/courses/")]


@channel(
    "lesson marked as done",
    way="post",
    tells="name",
    missing=lambda visit: [visit.get("/licensing/lessons/987654/complete/", "post")],
)
def _done(visit: Visit) -> list[Any]:
    """Say that a lesson is done: the answer leads on, and the address has the name in it."""
    return [visit.get(f"/licensing/lessons/{visit.world.pages['lesson'].pk}/complete/", "post")]
