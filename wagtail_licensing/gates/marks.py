"""Marks that a leak scan has put onto what a named area opens, so that it is known where it turns up."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

#: The header that carries the mark of a view.
HEADER = "X-Licensing-Canary"

_marks: ContextVar[Mapping[str, str] | None] = ContextVar("licensing_marks", default=None)


@contextmanager
def marking(marks: Mapping[str, str]) -> Iterator[None]:
    """Mark what named areas open inside: ``marks`` are words by the name of the area."""
    token = _marks.set(marks)
    try:
        yield
    finally:
        _marks.reset(token)


def mark_of_area(area: str) -> str:
    """Return the mark of ``area``, empty outside of a scan."""
    marks = _marks.get()
    return marks.get(area, "") if marks else ""
