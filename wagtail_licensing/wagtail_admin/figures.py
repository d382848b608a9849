"""The owner's figures for a screen: each with its words, its definition and the list behind it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from ..domain.money import Money
from ..domain.periods import Period
from ..domain.revenue import Share
from ..models.revenue import RevenueChangeKind
from ..reports.amounts import format_money
from ..reports.definitions import DEFINITIONS
from ..reports.revenue import Balance, Movement
from .links import figures_url, licenses_url


@dataclass(frozen=True, slots=True)
class Figure:
    """One number: ``value`` in minor units of ``currency``, or a count where there is none.

    ``count`` is the number of rows in the list at ``url``; ``share`` is shown as a percentage of it.
    """

    name: str
    value: int
    count: int
    url: str
    currency: str = ""
    share: Share | None = None
    about: str = ""

    @property
    def label(self) -> str:
        """Return what it is called."""
        return str(DEFINITIONS[self.name].label)

    @property
    def definition(self) -> str:
        """Return what is counted."""
        return str(DEFINITIONS[self.name].text)

    @property
    def text(self) -> str:
        """Return the number in words of the active language."""
        if self.share is not None:
            percent = self.share.percent
            return "–" if percent is None else f"{number_format(percent, 1)}\xa0%"
        if self.currency:
            return format_money(Money(self.value, self.currency))
        return number_format(self.value, force_grouping=True)

    @property
    def detail(self) -> str:
        """Return what the number is made of."""
        if self.share is not None and self.currency:
            whole = Money(self.share.whole, self.currency)
            part = Money(self.share.part, self.currency)
            return gettext("%(part)s of %(whole)s") % {
                "part": format_money(part),
                "whole": format_money(whole),
            }
        if self.share is not None:
            return gettext("%(part)s of %(whole)s") % {
                "part": number_format(self.share.part, force_grouping=True),
                "whole": number_format(self.share.whole, force_grouping=True),
            }
        return self.about

    @property
    def amount(self) -> Decimal | int:
        """Return the number for a spreadsheet: in units of the currency, exact."""
        return Money(self.value, self.currency).amount if self.currency else self.value


def _of_subscriptions(count: int) -> str:
    return ngettext("%(count)s subscription", "%(count)s subscriptions", count) % {
        "count": number_format(count, force_grouping=True)
    }


def _days(period: Period) -> dict[str, date]:
    return {"first": period.first, "until": period.until}


def revenue_figures(
    period: Period, currency: str, balance: Balance, moved: Mapping[tuple[str, str], Movement]
) -> list[Figure]:
    """Return what is to be said of one currency."""
    scope = {**_days(period), "currency": currency}

    def rows(outcome: str) -> str:
        return figures_url("figure_subscriptions", **scope, outcome=outcome)

    def sum_of(name: str, outcome: str) -> Figure:
        count = getattr(balance, f"{outcome}_count")
        amount = getattr(balance, f"{outcome}_amount")
        about = _of_subscriptions(count)
        return Figure(name, amount, count, rows(outcome), currency, about=about)

    mine = {kind: moved.get((currency, kind), Movement(0, 0)) for kind in RevenueChangeKind.values}
    all_of_them = Movement(
        sum(each.count for each in mine.values()), sum(each.amount for each in mine.values())
    )
    return [
        sum_of("mrr", "end"),
        _movement("net_new", all_of_them, scope),
        *(_movement(kind, movement, {**scope, "kind": kind}) for kind, movement in mine.items()),
        Figure("lost", balance.lost_count, balance.lost_count, rows("lost"), share=balance.logo_churn),
        Figure(
            "shrunk",
            balance.shrunk_amount,
            balance.shrunk_count,
            rows("shrunk"),
            currency,
            share=balance.revenue_churn,
        ),
        sum_of("at_risk", "at_risk"),
        sum_of("leaving", "leaving"),
    ]


def _movement(name: str, movement: Movement, scope: dict[str, Any]) -> Figure:
    about = ngettext("%(count)s change", "%(count)s changes", movement.count) % {
        "count": number_format(movement.count, force_grouping=True)
    }
    url = figures_url("figure_changes", **scope)
    return Figure(name, movement.amount, movement.count, url, scope["currency"], about=about)


def license_figures(counts: Mapping[str, int], seats: tuple[int, int]) -> list[Figure]:
    """Return how licenses stand."""
    found = [Figure(name, count, count, licenses_url(standing=name)) for name, count in counts.items()]
    return [
        Figure("shared", seats[0], each.count, each.url, share=Share(*seats))
        if each.name == "shared"
        else each
        for each in found
    ]


def renewal_figures(period: Period, cohorts: Mapping[date, Share]) -> list[tuple[date, Figure]]:
    """Return the renewals of each cohort: the first day of its month, and the figure."""
    return [
        (
            cohort,
            Figure(
                "renewed",
                share.part,
                share.part,
                figures_url("figure_renewals", **_days(period), cohort=cohort, outcome="renewed"),
                share=share,
            ),
        )
        for cohort, share in cohorts.items()
    ]


def checkout_figures(period: Period, currency: str, counts: Mapping[str, int]) -> list[Figure]:
    """Return what became of checkouts."""
    begun = counts["begun"]
    return [
        Figure(
            step,
            count,
            count,
            figures_url(
                "figure_checkouts",
                **_days(period),
                currency=currency,
                step="" if step == "begun" else step,
            ),
            share=None if step == "begun" else Share(count, begun),
        )
        for step, count in counts.items()
    ]


def spreadsheet_rows(figures: Iterable[Figure], period: Period, at: datetime) -> list[dict[str, Any]]:
    """Return the figures as rows of a spreadsheet."""
    return [
        {
            "label": figure.label if not figure.about else f"{figure.label} ({figure.about})",
            "currency": figure.currency,
            "value": figure.amount,
            "part": figure.share.part if figure.share else "",
            "whole": figure.share.whole if figure.share else "",
            "first": period.first.isoformat(),
            "until": period.until.isoformat(),
            "as_of": at.isoformat(),
            "definition": figure.definition,
        }
        for figure in figures
    ]
