"""How long a term is, and where it ends: to the second, over leap days and changes of the clocks."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Length:
    """The length of a term: days of 24 hours, and calendar months. Both zero: without end."""

    days: int = 0
    months: int = 0

    def __bool__(self) -> bool:
        return bool(self.days or self.months)

    def times(self, count: int) -> "Length":
        """Return the length of ``count`` such terms in a row."""
        return Length(self.days * count, self.months * count)


def end_of_term(starts_at: datetime, length: Length, *, zone: tzinfo) -> datetime:
    """Return the end, exclusive and in UTC, of a term that starts at ``starts_at``.

    Months are counted on the calendar of ``zone`` and end at the same time by the clock on the wall:
    a year from 1 March, 9:00 is 1 March, 9:00. Where the month has no such day, it ends on its last:
    a year from 29 February is 28 February. A time that the clocks skip counts as if they had not.
    Days are 24 hours each.
    """
    local = starts_at.astimezone(zone)
    month = local.year * 12 + local.month - 1 + length.months
    year, month = divmod(month, 12)
    day = min(local.day, monthrange(year, month + 1)[1])
    moved = local.replace(year=year, month=month + 1, day=day) if length.months else local
    return moved.astimezone(UTC) + timedelta(days=length.days)


def next_term(
    chain: Sequence[datetime], *, ends_at: datetime | None, at: datetime, length: Length, zone: tzinfo
) -> tuple[datetime, datetime]:
    """Return the start and the end of a term that is bought at ``at``.

    ``chain`` are the starts of the terms that follow each other without a gap up to ``ends_at``,
    oldest first. Bought before that end, the term begins there, and ends where the whole chain ends
    when it is counted from its first start: a year from 29 February comes back to 29 February.
    Bought at the end or later, it starts now. A chain whose end is another than its terms make, for
    somebody changed it by hand, is counted from that end.
    """
    if ends_at is None or ends_at <= at:
        return at, end_of_term(at, length, zone=zone)
    count = len(chain)
    if count and end_of_term(chain[0], length.times(count), zone=zone) == ends_at:
        return ends_at, end_of_term(chain[0], length.times(count + 1), zone=zone)
    return ends_at, end_of_term(ends_at, length, zone=zone)
