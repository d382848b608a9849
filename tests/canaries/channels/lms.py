"""wagtail-lms: its lessons, players, the files of packages, and enrolment.

It goes by enrolment where no gate stands: whoever asks has been enrolled, and only that is taken away.
"""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.urls import reverse

from tests.conftest import CANARY

from ..world import World
from .visit import Ask, Visit, add, channel, text_of, told_if

#: Who has no session is not enrolled in anything.
_OPTIONS: dict[str, Any] = {
    "subject": "lms",
    "blind": frozenset({"stranger", "inactive"}),
    "control": "without license",
    "skip": "" if apps.is_installed("wagtail_lms") else "wagtail-lms is not installed",
}


def _activity_of(world: World) -> Any:
    from wagtail_lms.models import H5PActivity

    return H5PActivity.objects.latest("pk")


def _scorm_file(world: World) -> str:
    return f"/lms/scorm-content/{world.pages['watch'].scorm_package.extracted_path}/index.html"


def _h5p_file(world: World) -> str:
    return f"/lms/h5p-content/{_activity_of(world).extracted_path}/content/content.json"


def _state(world: World) -> str:
    return (
        reverse("wagtail_lms:h5p_content_user_data", args=[_activity_of(world).pk]) + "?dataType=state"
    )


#: Addresses, and what an answer has to have in it that tells something without a canary.
_ADDRESSES: dict[str, tuple[Callable[[World], str], str]] = {
    "scorm lesson": (lambda w: w.pages["watch"].url, CANARY),
    "h5p lesson": (lambda w: w.pages["do"].url, CANARY),
    "player": (
        lambda w: reverse("wagtail_lms:scorm_player", args=[w.pages["watch"].pk]),
        "scorm-content",
    ),
    "file of a scorm package": (_scorm_file, CANARY),
    "file of an h5p package": (_h5p_file, CANARY),
    "state": (_state, "Content-Type: application/json"),
}


def _enrolled(visit: Visit) -> None:
    from wagtail_lms.models import CourseEnrollment

    if visit.who.user.pk:
        course = visit.world.pages["lms course"]
        CourseEnrollment.objects.get_or_create(user=visit.who.user, course=course)


def _asking(url: Callable[[World], str], word: str) -> Ask:
    def ask(visit: Visit) -> list[Any]:
        _enrolled(visit)
        answer = visit.get(url(visit.world))
        if word == CANARY:
            return [answer]
        return [told_if(answer, answer.status_code == 200 and word in text_of(answer))]

    return ask


for _name, (_url, _word) in _ADDRESSES.items():
    add(f"lms {_name}", _asking(_url, _word), way="get", **_OPTIONS)


@channel("lms enrolment", way="post", **_OPTIONS)
def _enrol(visit: Visit) -> list[Any]:
    """Enrol in the course: an enrolment that comes of it tells that one may."""
    from wagtail_lms.models import CourseEnrollment

    course = visit.world.pages["lms course"]
    CourseEnrollment.objects.filter(course=course).delete()
    answer = visit.get(reverse("wagtail_lms:enroll_course", args=[course.pk]), "post")
    return [told_if(answer, CourseEnrollment.objects.filter(course=course).exists())]
