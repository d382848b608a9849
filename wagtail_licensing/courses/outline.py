"""A course as one person sees it: its lessons in order, locked, open or done."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Q

from ..access import check_many
from ..access.decision import is_hidden
from ..access.floor import floor_ignored
from ..compat import page_model
from ..domain.access import AccessDecision, AccessReason
from ..models import CourseMixin, LessonMixin, LessonProgress

#: Reasons for which an open course counts as one of the member's own.
_OWN = frozenset({AccessReason.LICENSE, AccessReason.GRANT, AccessReason.SIGNED_IN})


@dataclass(frozen=True, slots=True)
class OutlineLesson:
    """A lesson in an outline. ``number`` counts from 1; ``section`` is the heading that begins with it.

    A lesson can be done and locked at once: progress stays when a license ends.
    """

    page: Any
    number: int
    url: str
    decision: AccessDecision
    is_done: bool
    section: str = ""

    @property
    def title(self) -> str:
        """Return the title, which locked lessons show too."""
        return str(self.page.title)

    @property
    def is_open(self) -> bool:
        """Tell whether the lesson opens now."""
        return self.decision.allowed

    @property
    def unlocks_at(self) -> datetime | None:
        """Return when a license that is held opens the lesson, if one will."""
        return self.decision.unlocks_at

    @property
    def is_free_preview(self) -> bool:
        """Tell whether the lesson is open to everybody by a gate of its own."""
        return self.decision.reason is AccessReason.OPEN_TO_ALL


@dataclass(frozen=True, slots=True)
class OutlineSection:
    """Lessons that follow each other under one heading; the first may have none."""

    title: str
    lessons: Sequence[OutlineLesson]


@dataclass(frozen=True, slots=True)
class CourseOutline:
    """A course with its lessons, for one person at one instant: without those hidden from them.

    ``is_hidden``: the course itself is. ``hides_lessons``: some were left out.
    """

    course: Any
    url: str
    lessons: Sequence[OutlineLesson]
    is_hidden: bool = False
    hides_lessons: bool = False

    @property
    def sections(self) -> list[OutlineSection]:
        """Return the lessons by section, in order; one without a heading where there are no sections."""
        found: list[tuple[str, list[OutlineLesson]]] = []
        for lesson in self.lessons:
            if lesson.section or not found:
                found.append((lesson.section, []))
            found[-1][1].append(lesson)
        return [OutlineSection(title, lessons) for title, lessons in found]

    @property
    def total(self) -> int:
        """Return the number of lessons."""
        return len(self.lessons)

    @property
    def done(self) -> int:
        """Return the number of lessons done."""
        return sum(lesson.is_done for lesson in self.lessons)

    @property
    def percent(self) -> int:
        """Return the share done in whole percent; 100 only when all are done."""
        return 100 * self.done // self.total if self.total else 0

    @property
    def is_complete(self) -> bool:
        """Tell whether every lesson is done; a course without lessons never is."""
        return self.total > 0 and self.done == self.total

    @property
    def is_finished(self) -> bool:
        """Tell whether every lesson is done and none is hidden from the person."""
        return self.is_complete and not self.hides_lessons

    @property
    def next_lesson(self) -> OutlineLesson | None:
        """Return the first lesson that is open and not done, if there is one."""
        return self.next_after(None)

    @property
    def next_locked(self) -> OutlineLesson | None:
        """Return the first lesson that is neither open nor done, if there is one."""
        return next((row for row in self.lessons if not row.is_open and not row.is_done), None)

    @property
    def continue_url(self) -> str:
        """Return where the person goes on: the next lesson, else the course."""
        following = self.next_lesson
        return following.url if following else self.url

    @property
    def belongs_to_the_person(self) -> bool:
        """Tell whether it is open to them as a member, or begun."""
        return self.done > 0 or any(row.decision.reason in _OWN for row in self.lessons)

    def next_after(self, page_id: int | None) -> OutlineLesson | None:
        """Return the first open, unfinished lesson after that with ``page_id``, else from the start."""
        number = next((row.number for row in self.lessons if row.page.pk == page_id), 0)
        rows = [*self.lessons[number:], *self.lessons[:number]]
        return next((row for row in rows if row.is_open and not row.is_done), None)


def outline(course: Any, *, user: Any, at: datetime, request: Any = None) -> CourseOutline:
    """Return ``course`` as ``user`` sees it at ``at``.

    Queries: the lessons, their sections, the person's progress and what the person holds; as many
    for one lesson as for a thousand.
    """
    return _outlines([course], user=user, at=at, request=request)[0]


def courses_of(user: Any, *, at: datetime, request: Any = None) -> list[CourseOutline]:
    """Return the live courses that are open to ``user`` as a member, or that they have begun.

    The number of queries does not depend on the number of courses or lessons.
    """
    models = [model for model in apps.get_models() if issubclass(model, CourseMixin)]
    if not models:
        return []
    courses = _public_pages().type(*models).order_by("path")
    found = _outlines(courses.specific(defer=True), user=user, at=at, request=request)
    return [row for row in found if row.belongs_to_the_person and not row.is_hidden]


def _public_pages() -> Any:
    """Return the live pages that Wagtail's own privacy keeps from nobody; ours is decided after it."""
    with floor_ignored():
        return page_model().objects.live().public()


def _outlines(courses: Iterable[Any], *, user: Any, at: datetime, request: Any) -> list[CourseOutline]:
    courses = list(courses)
    lessons = _lessons_of(courses)
    every = [*courses, *(page for course in courses for page in lessons[course.pk])]
    decisions = dict(zip([page.pk for page in every], check_many(user, every, at), strict=True))
    done = _done(user, every)
    sections = _sections(every)
    return [
        CourseOutline(
            course=course,
            url=course.get_url(request) or "",
            lessons=[
                OutlineLesson(
                    page=page,
                    number=number,
                    url=page.get_url(request) or "",
                    decision=decisions[page.pk],
                    is_done=page.pk in done,
                    section=sections.get(page.pk, ""),
                )
                for number, page in enumerate(_shown(lessons[course.pk], decisions), start=1)
            ],
            is_hidden=is_hidden(decisions[course.pk]),
            hides_lessons=any(is_hidden(decisions[page.pk]) for page in lessons[course.pk]),
        )
        for course in courses
    ]


def _shown(lessons: Sequence[Any], decisions: Mapping[int, AccessDecision]) -> list[Any]:
    return [page for page in lessons if not is_hidden(decisions[page.pk])]


def _lessons_of(courses: Sequence[Any]) -> dict[int, list[Any]]:
    """Return the lessons of each course in order, by course id. One query for all plain courses.

    A course model that has its own idea of ``get_lessons`` is asked itself. Lessons come without
    the fields of their own model, which an outline does not show.
    """
    plain = [course for course in courses if type(course).get_lessons is CourseMixin.get_lessons]
    found = {course.pk: list(course.get_lessons()) for course in courses if course not in plain}
    found |= {course.pk: [] for course in plain}
    if not plain:
        return found
    where = Q()
    for course in plain:
        where |= Q(path__startswith=course.path, depth=course.depth + 1)
    by_path = {course.path: course.pk for course in plain}
    children = _public_pages().filter(where).order_by("path")
    for page in children.specific(defer=True):
        if isinstance(page, LessonMixin):
            found[by_path[page.path[: -page.steplen]]].append(page)  # type: ignore[attr-defined]
    return found


def _sections(lessons: Sequence[Any]) -> dict[int, str]:
    """Return the headings of sections by the lesson that they begin with. One query a lesson model."""
    found: dict[int, str] = {}
    for model in {type(page) for page in lessons if isinstance(page, LessonMixin)}:
        rows = model._default_manager.filter(pk__in=[page.pk for page in lessons if type(page) is model])
        found |= dict(rows.exclude(section="").values_list("pk", "section"))
    return found


def _done(user: Any, lessons: Sequence[Any]) -> frozenset[int]:
    if not user.is_authenticated or not lessons:
        return frozenset()
    rows = LessonProgress.objects.filter(user=user, completed_at__isnull=False)
    return frozenset(rows.values_list("lesson_id", flat=True))
