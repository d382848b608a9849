"""How many files a license downloads a month, as pure rules."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo


def month_of(at: datetime, zone: tzinfo) -> date:
    """Return the first day of the calendar month of ``at`` in ``zone``."""
    return at.astimezone(zone).date().replace(day=1)


def next_month(at: datetime, zone: tzinfo) -> datetime:
    """Return the instant at which the month after that of ``at`` begins in ``zone``."""
    first = (month_of(at, zone) + timedelta(days=32)).replace(day=1)
    return datetime(first.year, first.month, first.day, tzinfo=zone)


@dataclass(frozen=True, slots=True)
class Way:
    """A license by which a file opens. ``limit``: files a month; None is without limit."""

    license_id: int
    product_id: int
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a month: ``used`` of ``limit`` files."""

    limit: int
    used: int

    @property
    def left(self) -> int:
        """Return how many files are left."""
        return max(self.limit - self.used, 0)


def is_limited(ways: Iterable[Way]) -> bool:
    """Tell whether every way has a limit; without any way there is none."""
    ways = list(ways)
    return bool(ways) and all(way.limit is not None for way in ways)


def best_way(ways: Iterable[Way], used: Mapping[int, int]) -> tuple[Way, Allowance] | None:
    """Return the limited way with the most left, by what each license has ``used``; None without any.

    Of equal ones the first: a person with two licenses uses up one before the other.
    """
    found = [
        (way, Allowance(way.limit, used.get(way.license_id, 0))) for way in ways if way.limit is not None
    ]
    return max(found, key=lambda pair: pair[1].left) if found else None
