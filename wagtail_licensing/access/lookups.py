"""Leaf conditions on one column, whose size does not grow with the number of gates.

They are lookups and not subqueries or long ORs, so that they stay inside a search, and so that
5,000 gates are a few bound values and not 5,000 terms.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import BooleanField, F, Lookup


class Bucket(NamedTuple):
    """The verdicts on tree paths of one length: which are closed and which open."""

    length: int
    closed: tuple[str, ...]
    opened: tuple[str, ...]


class Buckets(tuple[Bucket, ...]):
    """The verdicts on all tree paths: buckets by length, the longest first."""

    @cached_property
    def switches(self) -> tuple[str, ...]:
        """The same as where the verdict changes in the order of paths: from the first one on it is
        "closed", from the second one on "open" again, and so on.

        What lies below a path is all between it and the path after it.
        """
        verdicts = {path: False for bucket in self for path in bucket.closed}
        verdicts |= {path: True for bucket in self for path in bucket.opened}
        lengths = [bucket.length for bucket in self]
        found: list[str] = []
        before = True
        for path in sorted({*verdicts, *map(_after, verdicts)}):
            verdict = verdicts.get(path)
            verdict = _above(path, verdicts, lengths) if verdict is None else verdict
            if verdict != before:
                found.append(path)
                before = verdict
        return tuple(found)

    @cached_property
    def switches_as_array(self) -> str:
        """The switches as PostgreSQL writes an array; "" if one is too long for its type "name"."""
        if any(len(path.encode()) > _LONGEST_NAME for path in self.switches):
            return ""
        quoted = (path.replace("\\", "\\\\").replace('"', '\\"') for path in self.switches)
        return "{" + ",".join(f'"{path}"' for path in quoted) + "}"


#: The bytes that PostgreSQL's type "name" holds: 15 levels of a tree, and longer paths are cut.
_LONGEST_NAME = 63


def _after(path: str) -> str:
    return path[:-1] + chr(ord(path[-1]) + 1)


def buckets_of(paths: Iterable[str], is_open: Callable[[str], bool]) -> Buckets:
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
    return Buckets(
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
            return f"{sql} IN (SELECT value FROM json_each(%s))", [json.dumps(values)]  # noqa: S608
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
    """The nearest verdict above a tree path is "open"; the value is :class:`Buckets`."""

    lookup_name = "licensing_open_by_path"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        """Return the condition: one bound value on PostgreSQL, elsewhere at most so many for each
        length of path as there are lengths."""
        sql, params = self.process_lhs(compiler, connection)
        if not self.rhs:
            return "1 = 1", []
        # "Not closed" rather than "open": planners take an equation with an expression to hold for
        # next to no row, and sort the whole table where they could stop after the first page of a list.
        if connection.vendor == "postgresql" and (switches := self.rhs.switches_as_array):
            # One search by halves among values of one width, in the order of bytes.
            place = f'width_bucket(({sql})::name COLLATE "C", %s::name[])'
            return f"({place} & 1) <> 1", [*params, switches]
        return self._by_length(sql, params, connection.vendor)

    def _by_length(self, sql: str, params: Any, vendor: str) -> tuple[str, Any]:
        """Closed is what lies below a closed path, unless it lies below a longer one that is open."""
        cases: list[str] = []
        values: list[Any] = []
        reopened: list[tuple[str, list[Any]]] = []
        for length, closed, opened in self.rhs:
            start = f"SUBSTR({sql}, 1, {int(length)})"
            if closed:
                among, bound = self._among(start, closed, vendor)
                values += [*params, *bound]
                for _, more in reopened:
                    values += more
                unless = "".join(f" AND NOT {text}" for text, _ in reopened)
                cases.append(f"WHEN {among}{unless} THEN 0")
            if opened:
                among, bound = self._among(start, opened, vendor)
                reopened.append((f"({among})", [*params, *bound]))
        return f"(CASE {' '.join(cases)} ELSE 1 END) <> 0", values
