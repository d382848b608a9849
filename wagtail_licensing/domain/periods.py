"""Periods of figures: whole days in UTC, the last one excluded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``first`` up to, but without, ``until``. Raises ``ValueError`` for no day at all."""

    first: date
    until: date

    def __post_init__(self) -> None:
        if self.until <= self.first:
            raise ValueError("a period has at least one day")

    @property
    def begins(self) -> datetime:
        """Return its first instant."""
        return midnight(self.first)

    @property
    def ends(self) -> datetime:
        """Return the first instant after it."""
        return midnight(self.until)

    @property
    def last(self) -> date:
        """Return the last day in it."""
        return self.until - timedelta(days=1)

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.until - self.first).days


def midnight(day: date) -> datetime:
    """Return the instant at which ``day`` begins in UTC."""
    return datetime.combine(day, time(), UTC)


def month_of(day: date) -> Period:
    """Return the calendar month of ``day``."""
    first = day.replace(day=1)
    return Period(first, next_month(first))


def next_month(day: date) -> date:
    """Return the first day of the month after that of ``day``."""
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def months(until: date, count: int) -> Iterator[date]:
    """Yield the first days of ``count`` months, oldest first; the last is that of ``until``."""
    number = until.year * 12 + until.month - count
    for each in range(number, number + count):
        yield date(each // 12, each % 12 + 1, 1)
