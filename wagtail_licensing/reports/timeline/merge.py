"""One page of a timeline: the newest lines of every table, merged, and where the next page begins."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from .scope import Scope
from .sources import SOURCES, LineKind, Source


@dataclass(frozen=True, slots=True)
class Line:
    """One line: when, from which table, and its row with what is needed to tell it."""

    at: datetime
    source: Source
    row: Any


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last line of a page: its instant, the place of its table in ``SOURCES``, its key."""

    at: datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.rank}~{self.pk}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the cursor that ``text`` stands for, None where it stands for none."""
        parts = text.split("~")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts[1:]):
            return None
        if len(parts[1]) > 3 or len(parts[2]) > 18:
            return None
        try:
            at = parse_datetime(parts[0])
            if at is None or at.tzinfo is None:
                return None
            return cls(at.astimezone(UTC), int(parts[1]), int(parts[2]))
        except (ValueError, OverflowError):
            return None


def lines_after(
    scope: Scope, *, kinds: Collection[LineKind], cursor: Cursor | None = None, size: int = 50
) -> tuple[list[Line], Cursor | None]:
    """Return up to ``size`` lines of ``kinds``, the latest first, and the cursor of what is older.

    Without ``cursor`` the first page. One query for each table of these kinds, whatever the number of
    lines and however far back they are.
    """
    found: list[tuple[int, Line]] = []
    for rank, source in enumerate(SOURCES):
        if source.kind not in kinds:
            continue
        rows = source.rows(scope).order_by("-line_at", "-pk")
        if cursor is not None:
            rows = rows.filter(_older(rank, cursor))
        found += [(rank, Line(row.line_at, source, row)) for row in rows[: size + 1]]
    found.sort(key=lambda each: (each[0], -each[1].row.pk))
    found.sort(key=lambda each: each[1].at, reverse=True)
    page = found[:size]
    if len(found) <= size:
        return [line for _rank, line in page], None
    rank, last = page[-1]
    return [line for _rank, line in page], Cursor(last.at, rank, last.row.pk)


def _older(rank: int, cursor: Cursor) -> Q:
    """Return which rows of a table come after the cursor: those of the same instant by their table,
    then by their key."""
    if rank > cursor.rank:
        return Q(line_at__lte=cursor.at)
    before = Q(line_at__lt=cursor.at)
    return before | Q(line_at=cursor.at, pk__lt=cursor.pk) if rank == cursor.rank else before
