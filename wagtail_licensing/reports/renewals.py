"""Renewals: terms of subscriptions that came to their end, by the month in which each began."""

from datetime import UTC, date

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth

from ..domain.periods import Period, midnight, next_month
from ..domain.revenue import Share
from ..models import LicenseEvent

#: A payment extended the term, on time or out of the days of grace.
_RENEWED = Q(kind="renewed") | Q(kind="paid", before__state="grace")
#: It was not renewed: it ran out, or was revoked. A trial that nobody paid for is none of it.
_ENDED = Q(kind__in=["expired", "revoked"]) & ~Q(before__is_trial=True) & ~Q(before__state="pending")

RENEWAL_OUTCOMES = {"renewed": _RENEWED, "ended": _ENDED, "due": _RENEWED | _ENDED}


def renewals(
    period: Period, *, cohort: date | None = None, outcome: str = "due"
) -> QuerySet[LicenseEvent]:
    """Return the history lines in ``period`` that renewed or ended a paid term.

    ``cohort`` is the first day of the month in which the licenses began; ``outcome`` one of
    ``RENEWAL_OUTCOMES``. Raises ``KeyError`` for any other.
    """
    found = LicenseEvent.objects.filter(
        at__gte=period.begins, at__lt=period.ends, license__source="subscription"
    ).filter(RENEWAL_OUTCOMES[outcome])
    if cohort is not None:
        began = {
            "license__starts_at__gte": midnight(cohort),
            "license__starts_at__lt": midnight(next_month(cohort)),
        }
        found = found.filter(**began)
    return found


def renewals_by_cohort(period: Period) -> dict[date, Share]:
    """Return for each month in which licenses began: the terms renewed, of those due. One query."""
    month = TruncMonth("license__starts_at", tzinfo=UTC)
    rows = renewals(period).order_by().annotate(cohort=month).values_list("cohort")
    counted = rows.annotate(renewed=Count("pk", filter=_RENEWED), due=Count("pk")).order_by("cohort")
    return {cohort.date(): Share(renewed, due) for cohort, renewed, due in counted}
