"""Billing periods, counted from an anchor so that a short month does not shift later ones."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, datetime

DAY = 24 * 3600
FIXED = {"day": DAY, "week": 7 * DAY}
MONTHS = {"month": 1, "year": 12}


def boundary(anchor: int, interval: str, count: int, index: int) -> int:
    """The moment *index* intervals after *anchor* (Jan 31, Feb 28, Mar 31, ...)."""
    if interval in FIXED:
        return anchor + FIXED[interval] * count * index
    start = datetime.fromtimestamp(anchor, UTC)
    months = start.year * 12 + start.month - 1 + MONTHS[interval] * count * index
    year, month = divmod(months, 12)
    day = min(start.day, monthrange(year, month + 1)[1])
    return int(start.replace(year=year, month=month + 1, day=day).timestamp())


def next_boundary(anchor: int, interval: str, count: int, after: int) -> int:
    """The first period boundary strictly later than *after*."""
    rough = FIXED.get(interval, 31 * DAY * MONTHS.get(interval, 1)) * count
    index = (after - anchor) // rough - 1
    while boundary(anchor, interval, count, index) <= after:
        index += 1
    return boundary(anchor, interval, count, index)


def end_of(price: dict, anchor: int, after: int) -> int:
    """The end of the period of a recurring *price* that starts at *after*."""
    recurring = price["recurring"]
    return next_boundary(anchor, recurring["interval"], recurring["interval_count"], after)
