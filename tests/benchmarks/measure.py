"""How things are measured: ratios of one run, and statements that are counted, not sampled.

A machine that does something else meanwhile makes every figure longer; the quotient of two figures
of the same moment stays. So each round runs every variant once, in an order of its own, and what is
reported is the median of the quotients to the round's baseline. The baseline runs twice: how far
that quotient is from 1 tells how far the others can be trusted.
"""

import gc
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any

from django.db import connection

#: What is measured. A float is the seconds that count; anything else is measured from outside.
Variant = Callable[[], Any]

AGAIN = "the baseline again"


@dataclass(frozen=True, slots=True)
class Ratio:
    """Quotients to the baseline: the median, the middle half, and the one of processor time."""

    middle: float
    low: float
    high: float
    cpu: float

    def __str__(self) -> str:
        return f"{figure(self.middle)}x [{figure(self.low)}-{figure(self.high)}]"


def figure(value: float) -> str:
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


@dataclass(frozen=True, slots=True)
class Measured:
    """The ratios of the variants by name, and that of the baseline to itself."""

    ratios: Mapping[str, Ratio]
    again: Ratio
    rounds: int
    seconds: float

    @property
    def is_noisy(self) -> bool:
        """Tell whether the machine was too busy for small differences to mean anything."""
        return not 0.97 <= self.again.middle <= 1.03 or self.again.high - self.again.low > 0.10


def compare(
    baseline: Variant,
    variants: Mapping[str, Variant],
    *,
    rounds: int = 100,
    seconds: float = 8,
    least: int = 5,
) -> Measured:
    """Measure against ``baseline``: at most so many rounds and seconds, but ``least`` rounds anyway."""
    everything: dict[str, Variant] = {"": baseline, AGAIN: baseline, **variants}
    chance = random.Random(7)
    for run in everything.values():
        run()
    wall: dict[str, list[float]] = {name: [] for name in everything}
    cpu: dict[str, list[float]] = {name: [] for name in everything}
    spent: list[float] = []
    until = time.monotonic() + seconds
    gc.collect()
    gc.disable()
    try:
        for number in range(rounds):
            if number >= least and time.monotonic() > until:
                break
            order = chance.sample(list(everything), k=len(everything))
            took = {name: _time(everything[name]) for name in order}
            spent.append(took[""][0])
            for name in everything:
                wall[name].append(took[name][0] / took[""][0])
                cpu[name].append(took[name][1] / max(took[""][1], 1e-9))
    finally:
        gc.enable()
    ratios = {name: _ratio(wall[name], cpu[name]) for name in everything if name}
    again = ratios.pop(AGAIN)
    return Measured(ratios, again, len(spent), median(spent))


def _time(run: Variant) -> tuple[float, float]:
    started, started_cpu = time.perf_counter(), time.process_time()
    own = run()
    took, took_cpu = time.perf_counter() - started, time.process_time() - started_cpu
    return (own, own) if isinstance(own, float) else (took, took_cpu)


def _ratio(wall: list[float], cpu: list[float]) -> Ratio:
    low, _, high = quantiles(wall, n=4)
    return Ratio(median(wall), low, high, median(cpu))


@dataclass(slots=True)
class Statements:
    """The statements that ran, and how many rows each of them wrote."""

    texts: list[str] = field(default_factory=list)
    rows_written: int = 0

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def without_savepoints(self) -> list[str]:
        """The statements that are no mere marks in a transaction."""
        return [text for text in self.texts if not text.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        self.texts.append(sql)
        if sql.lstrip().startswith(("INSERT", "UPDATE", "DELETE")):
            self.rows_written += max(context["cursor"].rowcount, 0)
        return result


@contextmanager
def statements() -> Iterator[Statements]:
    """Count what runs on the database within, without the limit that Django's own log has."""
    found = Statements()
    with connection.execute_wrapper(found):
        yield found


def count_statements(run: Variant, *, times: int = 3) -> int:
    """Return how many statements ``run`` takes once it is warm.

    The least of a few runs: the gate index is confirmed by a statement every second, and that one
    is not of this run.
    """
    run()
    found = []
    for _ in range(times):
        with statements() as seen:
            run()
        found.append(len(seen))
    return min(found)
