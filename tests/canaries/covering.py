"""The short run: a few rows of the matrix, with a few personas each, in which all pairs meet.

The axes are the kind of gate, its mode, the persona, and of the channel two: what it is about (its
``subject``) and how one asks (its ``way``). Every two values of different axes that can meet in a row
meet in one that is chosen, and each channel is asked at least by a visitor and somebody signed in who
stay outside, and by somebody who finds it. Greedy, without chance: the same matrix gives the same rows.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from .axes import PERSONAS, Row, rows
from .modes import MODES

Pair = frozenset[tuple[str, str]]


def axes_of(row: Row) -> dict[str, str]:
    """Return the values of a row on the axes, but for the persona."""
    channel = row.channel
    return {"subject": channel.subject, "way": channel.way, "kind": row.kind, "mode": row.mode}


def pairs_of(row: Row) -> set[Pair]:
    """Return the pairs that meet in a row, whoever goes through it."""
    values = list(axes_of(row).items())
    return {frozenset((one, other)) for i, one in enumerate(values) for other in values[i + 1 :]}


def pairs_with(row: Row, persona: str) -> set[Pair]:
    """Return the pairs of a persona and the values of a row."""
    return {frozenset((("persona", persona), value)) for value in axes_of(row).items()}


def covering_rows() -> dict[Row, tuple[str, ...]]:
    """Return the rows of a short run, in their order, and who goes through each."""
    return _cast(_rows_where_all_meet(list(rows())))


def _rows_where_all_meet(everything: list[Row]) -> list[Row]:
    """Choose rows until no pair is left, channel by channel; of two that are as good, the one whose kind
    and mode were chosen less often."""
    met: set[Pair] = set()
    chosen: set[Row] = set()
    often: Counter[str] = Counter()

    def choose(row: Row) -> None:
        chosen.add(row)
        often.update((row.kind, row.mode))
        met.update(pairs_of(row))

    def gain(row: Row) -> tuple[int, int]:
        return len(pairs_of(row) - met), -often[row.kind] - often[row.mode]

    for candidates in _by_channel(everything):
        best = max(candidates, key=gain)
        choose(best)  # each channel at least once
        while pairs_of(best := max(candidates, key=gain)) - met:
            choose(best)
    return [row for row in everything if row in chosen]


def _cast(chosen: list[Row]) -> dict[Row, tuple[str, ...]]:
    """Give the chosen rows people until each has met every value."""
    met: set[Pair] = set()
    often: Counter[str] = Counter()
    people: dict[Row, list[str]] = {row: [] for row in chosen}

    def goes(row: Row, persona: str) -> None:
        if persona not in people[row]:
            people[row].append(persona)
            often[persona] += 1
            met.update(pairs_with(row, persona))

    def gain(row: Row, persona: str) -> tuple[int, int, int]:
        return len(pairs_with(row, persona) - met), -len(people[row]), -often[persona]

    for row in chosen:
        for persona in MODES[row.mode].asks:
            goes(row, persona)
    for candidates in _by_channel(chosen):
        for wanted in _AT_LEAST:
            options = [(row, one) for row in candidates for one in PERSONAS if wanted(row, one)]
            if options and not any(one in people[row] for row, one in options):
                goes(*max(options, key=lambda option: gain(*option)))
    for candidates in _by_channel(chosen):
        for persona in PERSONAS:
            row = max(candidates, key=lambda row: gain(row, persona))
            if pairs_with(row, persona) - met:
                goes(row, persona)
    for row in chosen:
        for persona in PERSONAS:
            if pairs_with(row, persona) - met:
                goes(row, persona)
        outside = [one for one in PERSONAS if row.denies(one)] or list(PERSONAS)
        if not any(one in outside for one in people[row]):
            goes(row, max(outside, key=lambda one: gain(row, one)))
    return {row: tuple(who) for row, who in people.items()}


#: Who asks by each channel, whatever else: a visitor outside, somebody signed in who stays outside, and
#: somebody who finds it.
_AT_LEAST: tuple[Callable[[Row, str], bool], ...] = (
    lambda row, one: one == "stranger" and row.denies(one),
    lambda row, one: one not in ("stranger", "inactive") and row.denies(one),
    lambda row, one: not row.denies(one) and row.shows(one),
)


def _by_channel(found: list[Row]) -> Iterator[list[Row]]:
    by_channel: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        by_channel[row.channel.name].append(row)
    yield from by_channel.values()
