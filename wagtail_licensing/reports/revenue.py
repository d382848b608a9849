"""Revenue by the month: what there is at an instant, and what changed it in a period.

All of it is a sum over :class:`RevenueChange` of the configured Stripe account and mode. Sums of
different currencies never meet.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from ..conf import conf
from ..domain.periods import Period
from ..domain.revenue import Share
from ..models import BillingSubscription, RevenueChange

_DIFFERENCE = F("after") - F("before")
_ITS_DIFFERENCE = F("revenue_changes__after") - F("revenue_changes__before")

#: What became of a subscription from the beginning to the end of a period -> the rows. The last two
#: are about now, whatever the period.
OUTCOMES: dict[str, Q] = {
    "start": Q(at_start__gt=0),
    "end": Q(at_end__gt=0),
    "lost": Q(at_start__gt=0, at_end=0),
    "shrunk": Q(at_start__gt=0, at_end__lt=F("at_start")),
    "at_risk": Q(monthly_amount__gt=0, status="past_due"),
    "leaving": Q(monthly_amount__gt=0) & (Q(cancel_at_period_end=True) | Q(cancel_at__isnull=False)),
}


def changes(
    *, period: Period | None = None, currency: str = "", kinds: Iterable[str] = ()
) -> QuerySet[RevenueChange]:
    """Return the changes that took effect in ``period``; empty values ask for nothing."""
    found = RevenueChange.objects.filter(account=conf.stripe_account, livemode=conf.stripe_livemode)
    if period is not None:
        found = found.filter(at__gte=period.begins, at__lt=period.ends)
    if currency:
        found = found.filter(currency=currency)
    kinds = list(kinds)
    return found.filter(kind__in=kinds) if kinds else found


def currencies() -> list[str]:
    """Return the currencies in which anything was ever paid by the month. One query."""
    return sorted(set(changes().order_by().values_list("currency", flat=True).distinct()))


def revenue_at(instant: datetime) -> dict[str, int]:
    """Return what a month brings as of ``instant`` (exclusive), by currency. One query."""
    rows = changes().filter(at__lt=instant).order_by().values_list("currency")
    return dict(rows.annotate(total=Sum(_DIFFERENCE)))


@dataclass(frozen=True, slots=True)
class Movement:
    """The changes of one kind in one currency: how many, and by how much together."""

    count: int
    amount: int


def movements(period: Period) -> dict[tuple[str, str], Movement]:
    """Return what changed in ``period``, by currency and kind. One query."""
    rows = changes(period=period).order_by().values_list("currency", "kind")
    counted = rows.annotate(number=Count("pk"), amount=Sum(_DIFFERENCE))
    return {(currency, kind): Movement(number, amount) for currency, kind, number, amount in counted}


def balances(period: Period, *, currency: str = "", outcome: str = "") -> QuerySet[BillingSubscription]:
    """Return subscriptions with ``at_start`` and ``at_end``: what they bring in a month when ``period``
    begins and when it ends. ``outcome`` is one of ``OUTCOMES``. Raises ``KeyError`` for any other."""
    found = BillingSubscription.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, revenue_changes__isnull=False
    )
    if currency:
        found = found.filter(currency=currency)
    begins, ends = Q(revenue_changes__at__lt=period.begins), Q(revenue_changes__at__lt=period.ends)
    found = found.annotate(
        at_start=Coalesce(Sum(_ITS_DIFFERENCE, filter=begins), 0),
        at_end=Coalesce(Sum(_ITS_DIFFERENCE, filter=ends), 0),
    )
    return found.filter(OUTCOMES[outcome]) if outcome else found


def amount_of(outcome: str) -> Any:
    """Return what is added up of the subscriptions with ``outcome``: the expression on a row."""
    if outcome in {"lost", "shrunk"}:
        return F("at_start") - F("at_end")
    if outcome in {"at_risk", "leaving"}:
        return F("monthly_amount")
    return F("at_start") if outcome == "start" else F("at_end")


@dataclass(frozen=True, slots=True)
class Balance:
    """What became of the subscriptions in one currency: numbers of them, and amounts a month."""

    start_count: int
    start_amount: int
    end_count: int
    end_amount: int
    lost_count: int
    lost_amount: int
    shrunk_count: int
    shrunk_amount: int
    at_risk_count: int
    at_risk_amount: int
    leaving_count: int
    leaving_amount: int

    @property
    def logo_churn(self) -> Share:
        """Return the subscriptions that paid at the start and pay nothing at the end."""
        return Share(self.lost_count, self.start_count)

    @property
    def revenue_churn(self) -> Share:
        """Return what those who paid at the start pay less at the end, without what others pay more."""
        return Share(self.shrunk_amount, self.start_amount)


def balance_sheet(period: Period, wanted: Iterable[str]) -> dict[str, Balance]:
    """Return what became of all subscriptions in each of the ``wanted`` currencies. One query."""
    wanted = list(wanted)
    parts: dict[str, Any] = {}
    for currency in wanted:
        mine = Q(currency=currency)
        for outcome, rows in OUTCOMES.items():
            parts[f"{currency}_{outcome}_count"] = Count("pk", filter=mine & rows)
            amount = Coalesce(Sum(amount_of(outcome), filter=mine & rows), 0)
            parts[f"{currency}_{outcome}_amount"] = amount
    if not parts:
        return {}
    found = balances(period).order_by().aggregate(**parts)
    names = Balance.__dataclass_fields__
    return {
        currency: Balance(**{name: found[f"{currency}_{name}"] for name in names}) for currency in wanted
    }
