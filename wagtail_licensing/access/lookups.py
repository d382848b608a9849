"""Leaf conditions on one column, whose size does not grow with the number of gates.

They are lookups and not subqueries or long ORs, so that they stay inside a search, and so that
5,000 gates are a few bound values and not 5,000 terms.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import BooleanField, F, Lookup


class Bucket(NamedTuple):
    """The verdicts on tree paths of one length: which are closed and which open."""

    length: int
    closed: tuple[str, ...]
    opened: tuple[str, ...]


def buckets_of(paths: Iterable[str], is_open: Callable[[str], bool]) -> tuple[Bucket, ...]:
    """Sort tree paths into buckets, longest first, leaving out those that change nothing.

    A path changes something when its verdict is another than that of the nearest path above it,
    or, where there is none, than "open".
    """
    verdicts = {path: is_open(path) for path in paths}
    lengths = sorted({len(path) for path in verdicts}, reverse=True)
    closed: dict[int, list[str]] = {}
    opened: dict[int, list[str]] = {}
    for path, verdict in verdicts.items():
        if verdict != _above(path, verdicts, lengths):
            (opened if verdict else closed).setdefault(len(path), []).append(path)
    return tuple(
        Bucket(length, tuple(sorted(closed.get(length, ()))), tuple(sorted(opened.get(length, ()))))
        for length in lengths
        if length in closed or length in opened
    )


def _above(path: str, verdicts: Mapping[str, bool], lengths: list[int]) -> bool:
    for length in lengths:
        if length < len(path) and (found := verdicts.get(path[:length])) is not None:
            return found
    return True


class _Leaf(Lookup):
    """A condition on one column with a value that is bound as it is."""

    prepare_rhs = False
    output_field = BooleanField()

    def __init__(self, column: str, value: Any) -> None:
        # Resolved copies are made without calling this again.
        super().__init__(F(column), value)

    def _among(self, sql: str, values: tuple[Any, ...], vendor: str) -> tuple[str, Any]:
        if vendor == "postgresql":
            kind = "bigint" if isinstance(values[0], int) else "text"
            return f"{sql} = ANY(%s::{kind}[])", [list(values)]
        if vendor == "sqlite":
            return f"{sql} IN (SELECT value FROM json_each(%s))", [json.dumps(values)]  # noqa: S608  # noqa: S608
        return f"{sql} IN ({', '.join(['%s'] * len(values))})", list(values)


class IsAmong(_Leaf):
    """The column is one of the values: a tuple of one kind, integers or strings."""

    lookup_name = "licensing_among"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return the condition. One bound value on SQLite and PostgreSQL."""
        sql, params = self.process_lhs(compiler, connection)
        if not self.rhs:
            return "1 = 0", []
        among, values = self._among(sql, self.rhs, connection.vendor)
        return among, [*params, *values]


class OpenByPath(_Leaf):
    """The nearest verdict above a tree path is "open"; the value is a tuple of :class:`Bucket`."""

    lookup_name = "licensing_open_by_path"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return the condition: at most two bound values for each length of path."""
        sql, params = self.process_lhs(compiler, connection)
        if not self.rhs:
            return "1 = 1", []
        cases: list[str] = []
        values: list[Any] = []
        for length, closed, opened in self.rhs:
            start = f"SUBSTR({sql}, 1, {int(length)})"
            for paths, verdict in ((closed, 0), (opened, 1)):
                if paths:
                    among, bound = self._among(start, paths, connection.vendor)
                    cases.append(f"WHEN {among} THEN {verdict}")
                    values += [*params, *bound]
        # "Not 0" rather than "1": planners take an equation with an expression to hold for next to
        # no row, and sort the whole table where they could stop after the first page of a list.
        return f"(CASE {' '.join(cases)} ELSE 1 END) <> 0", values
