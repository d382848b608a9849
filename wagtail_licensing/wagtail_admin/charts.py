"""A line over time as SVG that the server draws: no script, no words in it, colors by the theme.

The words are in the table beside it; the picture repeats them for the eye.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, MARGIN = 600, 160, 8


@dataclass(frozen=True, slots=True)
class Point:
    """A value at the end of a day; ``value`` is None where none was kept, ``text`` what people read."""

    day: date
    value: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A chart of one currency: its points, and where they lie on ``WIDTH`` by ``HEIGHT``."""

    name: str
    points: tuple[Point, ...]

    @property
    def view_box(self) -> str:
        """Return the coordinates of the picture."""
        return f"0 0 {WIDTH} {HEIGHT}"

    @property
    def runs(self) -> list[str]:
        """Return the lines to draw, as points of polylines: one for each run of known values."""
        found: list[list[str]] = [[]]
        for number, point in enumerate(self.points):
            if point.value is None:
                found.append([])
            else:
                found[-1].append(f"{self._x(number)},{self._y(point.value)}")
        return [" ".join(run) for run in found if run]

    @property
    def dots(self) -> list[tuple[int, int]]:
        """Return where the values lie."""
        return [
            (self._x(number), self._y(point.value))
            for number, point in enumerate(self.points)
            if point.value is not None
        ]

    def _x(self, number: int) -> int:
        steps = max(len(self.points) - 1, 1)
        return MARGIN + round(number * (WIDTH - 2 * MARGIN) / steps)

    def _y(self, value: int) -> int:
        """Return the height of ``value`` over a base line of nothing."""
        highest = max((point.value or 0 for point in self.points), default=0) or 1
        return HEIGHT - MARGIN - round(max(value, 0) * (HEIGHT - 2 * MARGIN) / highest)


def line_of(name: str, points: Sequence[Point]) -> Line:
    """Return the chart of ``points``, oldest first."""
    return Line(name, tuple(points))
