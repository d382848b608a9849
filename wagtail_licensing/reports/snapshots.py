"""Daily snapshots: the figures at the end of every day in UTC, exact however late they are taken.

They are sums over what is written once, not counts of the moment, so that a day that was missed, or a
change that was heard of late, is made up for. Only whole days are written, never the running one.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Min, Sum
from django.db.models.functions import TruncDate

from ..conf import conf
from ..domain.periods import midnight
from ..models import DailyFigure, LicenseEvent
from .revenue import changes

MRR, PAYING = "mrr", "paying"
#: States of licenses whose number is kept; an active license in its trial counts as ``trial``.
_STATES = frozenset({"active", "trial", "grace", "suspended"})

Key = tuple[str, str]


def take_snapshots(*, at: datetime) -> int:
    """Write the figures of all whole days that have none yet, and of those about which something was
    heard since. Returns how many days were written. Five queries at most when nothing is due."""
    today = at.astimezone(UTC).date()
    last = _kept().order_by("-day").first()
    if last is None:
        return rebuild_snapshots(at=at)
    first = last.day + timedelta(days=1)
    # An hour back: what was being committed while the last snapshot was taken.
    late = changes().filter(recorded_at__gte=last.computed_at - timedelta(hours=1))
    earliest = late.aggregate(first=Min("at"))["first"]
    if earliest is not None:
        first = min(first, earliest.astimezone(UTC).date())
    return _write(first, today, at=at)


def rebuild_snapshots(*, at: datetime, first: date | None = None) -> int:
    """Write the figures of every whole day from ``first`` on (default: the first day of which there is
    history) anew. Returns how many days were written."""
    if first is None:
        began = [
            changes().aggregate(first=Min("at"))["first"],
            LicenseEvent.objects.aggregate(first=Min("at"))["first"],
        ]
        known = [each for each in began if each is not None]
        if not known:
            return 0
        first = min(known).astimezone(UTC).date()
    return _write(first, at.astimezone(UTC).date(), at=at)


def _kept() -> Any:
    return DailyFigure.objects.filter(account=conf.stripe_account, livemode=conf.stripe_livemode)


def _write(first: date, today: date, *, at: datetime) -> int:
    if first >= today:
        return 0
    rows = [
        DailyFigure(
            day=day,
            account=conf.stripe_account,
            livemode=conf.stripe_livemode,
            name=name,
            currency=currency,
            value=value,
            computed_at=at,
        )
        for day, figures in figures_by_day(first, today)
        for (name, currency), value in sorted(figures.items())
    ]
    with transaction.atomic():
        _kept().filter(day__gte=first).delete()
        # Somebody else who takes the same snapshot writes the same rows.
        DailyFigure.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    return (today - first).days


def figures_by_day(first: date, until: date) -> Iterator[tuple[date, Counter[Key]]]:
    """Yield each day from ``first`` up to, but without, ``until`` with its figures by name and
    currency. Four queries."""
    figures: Counter[Key] = Counter()
    before, ends = midnight(first), midnight(until)
    figures.update(_revenue(None, before).get(None, Counter()))
    figures.update(_licenses(None, before).get(None, Counter()))
    by_day = [_revenue(before, ends), _licenses(before, ends)]
    day = first
    while day < until:
        for each in by_day:
            figures.update(each.get(day, Counter()))
        yield day, Counter(figures)
        day += timedelta(days=1)


def _within(rows: Any, begins: datetime | None, ends: datetime) -> Any:
    rows = rows.filter(at__lt=ends).order_by()
    if begins is None:
        return rows
    return rows.filter(at__gte=begins).annotate(day=TruncDate("at", tzinfo=UTC))


def _revenue(begins: datetime | None, ends: datetime) -> dict[Any, Counter[Key]]:
    """Return the sums of what changed, by day; under None where the days do not matter."""
    by_day = ["day"] if begins is not None else []
    rows = _within(changes(), begins, ends).values_list(*by_day, "currency", "kind")
    found: dict[Any, Counter[Key]] = {}
    for row in rows.annotate(number=Count("pk"), total=Sum(F("after") - F("before"))):
        day, (currency, kind, number, total) = (row[0] if by_day else None), row[-4:]
        sums = found.setdefault(day, Counter())
        sums[MRR, currency] += total
        sums[PAYING, currency] += {"new": number, "reactivation": number, "churn": -number}.get(kind, 0)
    return found


def _licenses(begins: datetime | None, ends: datetime) -> dict[Any, Counter[Key]]:
    """Return how many more licenses are in each state, by day: every line of history takes one out of
    the state before it, and puts it into the state after it."""
    by_day = ["day"] if begins is not None else []
    sides = ["before__state", "before__is_trial", "after__state", "after__is_trial"]
    rows = _within(LicenseEvent.objects, begins, ends).values_list(*by_day, *sides)
    found: dict[Any, Counter[Key]] = {}
    for row in rows.annotate(number=Count("pk")):
        day = row[0] if by_day else None
        was, was_trial, now_is, now_trial, number = row[-5:]
        counts = found.setdefault(day, Counter())
        for state, sign in ((_state(was, was_trial), -1), (_state(now_is, now_trial), 1)):
            if state in _STATES:
                counts[state, ""] += sign * number
    return found


def _state(state: str | None, is_trial: bool | None) -> str:
    return "trial" if state == "active" and is_trial else state or ""


def kept_revenue(days: Iterable[date]) -> dict[tuple[date, str], int]:
    """Return the revenue by the month that was written down at the end of ``days``, by day and
    currency. One query."""
    rows = _kept().filter(name=MRR, day__in=list(days)).order_by()
    return {
        (day, currency): value for day, currency, value in rows.values_list("day", "currency", "value")
    }
