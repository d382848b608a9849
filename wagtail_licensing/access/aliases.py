"""What the sources of aliases add to the gates before them, as a pure computation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

GateIds = tuple[int, ...]

#: An alias of an alias of an alias: each link is one round.
_ROUNDS = 16


class AliasRow(NamedTuple):
    """An alias, and the page it shows."""

    path: str
    source_path: str
    source_type_id: int
    source_id: Any = None


class Nearest(Protocol):
    """A table of gates by path."""

    def nearest(self, path: str) -> GateIds:
        """Return the gates on the longest prefix of ``path`` that has any."""
        ...


@dataclass(frozen=True, slots=True)
class ClosedAliases:
    """``subtrees``: for an alias and all under it; ``alone``: for the alias itself."""

    subtrees: Mapping[str, GateIds]
    alone: Mapping[str, GateIds]


def close_aliases(
    rows: Iterable[AliasRow], pages: Nearest, page_types: Mapping[int, GateIds]
) -> ClosedAliases:
    """Give every alias the gates before its source, through any chain of aliases.

    A source may be an alias itself, or lie under one, so that rounds are made until nothing
    changes. Aliases that show each other settle late or never: from the middle of the rounds on,
    gates are only added, so that a doubtful case ends closed.
    """
    rows = list(rows)
    subtrees: dict[str, GateIds] = {}
    alone: dict[str, GateIds] = {}
    for number in range(_ROUNDS):
        before = (dict(subtrees), dict(alone))
        for row in rows:
            own = pages.nearest(row.source_path)
            inherited = own + _nearest(subtrees, row.source_path)
            by_type = () if own else page_types.get(row.source_type_id, ())
            by_type += alone.get(row.source_path, ())
            keep = number >= _ROUNDS // 2
            _put(subtrees, row.path, inherited, keep)
            _put(alone, row.path, by_type, keep)
        if before == (subtrees, alone):
            break
    return ClosedAliases(subtrees, alone)


def _nearest(table: Mapping[str, GateIds], path: str) -> GateIds:
    # Slicing at every length: the table changes while it is asked.
    if not table:
        return ()
    for length in range(len(path), 0, -1):
        if found := table.get(path[:length]):
            return found
    return ()


def _put(table: dict[str, GateIds], path: str, gates: GateIds, keep: bool) -> None:
    gates = tuple(sorted({*gates, *(table.get(path, ()) if keep else ())}))
    if gates:
        table[path] = gates
    else:
        table.pop(path, None)
