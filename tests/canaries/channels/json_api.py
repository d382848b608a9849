"""Our own JSON API: what it says of courses, lessons and files, and whether a page is there."""

from typing import Any

from ..world import FILES, NAME, World
from .courses import have_done_a_lesson
from .visit import Ask, Visit, add, channel, told_if

_API = "/licensing/api/v1"
#: Who cannot sign in gets nothing of what is somebody's own.
_SIGNED_OUT = frozenset({"stranger", "inactive"})
_OWN: dict[str, Any] = {"blind": _SIGNED_OUT, "control": "without license", "way": "json api"}
_DOCUMENT = {"reaches": "file", "thing": "document", "subject": "document"}


def _asking_whether(parameter: str, value: str) -> Ask:
    def ask(visit: Visit) -> list[Any]:
        """Ask whether a page opens: any answer but "nothing of the kind" tells that it is there."""
        page = visit.world.pages["article"]
        answer = visit.get(f"{_API}/access?{parameter}={value or _of(page, parameter)}")
        return [told_if(answer, answer.status_code != 404, NAME)]

    return ask


def _of(page: Any, parameter: str) -> str:
    return str(page.pk) if parameter == "page" else page.url


for _parameter, _nothing in (("page", "987654"), ("path", "/there-is-nothing-here/")):
    add(
        f"json api access by {_parameter}",
        _asking_whether(_parameter, ""),
        subject="decision",
        way="json api",
        tells="name",
        missing=_asking_whether(_parameter, _nothing),
    )


@channel("json api courses", subject="outline", tells="name", **_OWN)
def _courses(visit: Visit) -> list[Any]:
    """Look at one's courses."""
    have_done_a_lesson(visit)
    return [visit.get(f"{_API}/courses")]


def _complete(get: Any) -> Ask:
    return lambda visit: [visit.get(f"{_API}/lessons/{get(visit.world)}/complete", "post")]


def _lesson(world: World) -> int:
    return int(world.pages["lesson"].pk)


add(
    "json api lesson marked as done",
    _complete(_lesson),
    subject="outline",
    tells="name",
    missing=_complete(lambda world: 987654),
    **_OWN,
)


def _says(word: Any) -> Ask:
    def ask(visit: Visit) -> list[Any]:
        """Look for a file in the list: what stands there is open, so all of it tells."""
        answer = visit.get(f"{_API}/downloads")
        return [told_if(answer, word(visit.world) in answer.content.decode())]

    return ask


add("json api downloads", _says(lambda world: world.document.url), **_DOCUMENT, **_OWN)
add("json api names of downloads", _says(lambda world: FILES["document"]), **_DOCUMENT, **_OWN)
