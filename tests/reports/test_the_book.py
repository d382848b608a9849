"""Sixty subscriptions over fourteen months, against figures that were worked out on paper."""

import datetime as dt
from collections import Counter

import pytest
from django.db import connection

from tests.reports.conftest import END, rows
from wagtail_licensing.billing.revenue import end_discounts
from wagtail_licensing.domain.periods import Period, month_of
from wagtail_licensing.models import BillingSubscription, DailyFigure, LicenseEvent, RevenueChange
from wagtail_licensing.reports.revenue import (
    Movement,
    balance_sheet,
    balances,
    changes,
    movements,
    revenue_at,
)
from wagtail_licensing.reports.snapshots import rebuild_snapshots, take_snapshots

KINDS = ("new", "reactivation", "expansion", "contraction", "churn")
CURRENCIES = ("EUR", "USD", "JPY")
NOTHING = Movement(0, 0)


def expected(row: dict[str, str]) -> dict[str, int]:
    return {name: int(row[name]) for name in (*KINDS, "mrr", "paying")}


def test_the_book_comes_out_as_on_paper(book) -> None:
    wrong = []
    for row in rows("expected"):
        period = month_of(dt.date.fromisoformat(f"{row['month']}-01"))
        currency = row["currency"]
        moved = movements(period)
        found = {kind: moved.get((currency, kind), NOTHING).amount for kind in KINDS}
        found["mrr"] = revenue_at(period.ends).get(currency, 0)
        found["paying"] = balances(period, currency=currency, outcome="end").count()
        if found != expected(row):
            wrong.append((row, found))

    assert wrong == []
    _churn_as_on_paper()
    _snapshots_as_on_paper()
    _everything_by_another_way()
    _the_last_day()
    _the_chains()
    _what_is_heard_of_late_is_made_up_for()


def _churn_as_on_paper() -> None:
    for row in rows("churn"):
        period = Period(dt.date.fromisoformat(row["from"]), dt.date.fromisoformat(row["until"]))
        sheet = balance_sheet(period, CURRENCIES)[row["currency"]]
        logos, revenue = sheet.logo_churn, sheet.revenue_churn
        assert (logos.whole, logos.part, revenue.whole, revenue.part) == tuple(
            int(row[name]) for name in ("start_count", "lost", "start_amount", "shrunk")
        ), row


def _snapshots_as_on_paper() -> None:
    days = take_snapshots(at=END)
    assert days == (END.date() - dt.date(2023, 9, 4)).days
    for row in rows("expected"):
        last = month_of(dt.date.fromisoformat(f"{row['month']}-01")).last
        kept = DailyFigure.objects.filter(day=last, currency=row["currency"])
        found = dict(kept.values_list("name", "value"))
        assert (found.get("mrr", 0), found.get("paying", 0)) == (int(row["mrr"]), int(row["paying"])), (
            row
        )
    before = set(DailyFigure.objects.values_list("day", "name", "currency", "value"))
    # One line was read within the hour before: its day is written once more, to the same numbers.
    assert take_snapshots(at=END) == 1
    assert rebuild_snapshots(at=END) == days
    assert set(DailyFigure.objects.values_list("day", "name", "currency", "value")) == before


#: Another way to the same numbers: not sums of differences, but the last word on each subscription.
_LAST_WORD = """
    SELECT c.currency, SUM(c.after), COUNT(*)
      FROM wagtail_licensing_revenuechange c
     WHERE c.after > 0
       AND c.id = (SELECT MAX(l.id) FROM wagtail_licensing_revenuechange l
                    WHERE l.subscription_id = c.subscription_id
                      AND l.at = (SELECT MAX(m.at) FROM wagtail_licensing_revenuechange m
                                   WHERE m.subscription_id = c.subscription_id AND m.at < %s))
  GROUP BY c.currency
"""


def _everything_by_another_way() -> None:
    for month in {row["month"] for row in rows("expected")}:
        period = month_of(dt.date.fromisoformat(f"{month}-01"))
        with connection.cursor() as cursor:
            instant = connection.ops.adapt_datetimefield_value(period.ends)
            cursor.execute(_LAST_WORD, [instant])
            found = {currency: (int(total), count) for currency, total, count in cursor.fetchall()}
        sheet = balance_sheet(period, CURRENCIES)
        assert found == {
            currency: (each.end_amount, each.end_count)
            for currency, each in sheet.items()
            if each.end_count
        }, month
    _license_states_by_another_way()


def _license_states_by_another_way() -> None:
    """Count the states of licenses by the last line of each history, not by sums of steps."""
    for day in (dt.date(2023, 12, 31), dt.date(2024, 3, 30), dt.date(2024, 10, 31)):
        last: dict[int, dict] = {}
        until = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), dt.UTC)
        for event in LicenseEvent.objects.filter(at__lt=until).order_by("at", "pk"):
            last[event.license_id] = event.after
        counts = Counter(
            "trial" if facts["state"] == "active" and facts["is_trial"] else facts["state"]
            for facts in last.values()
        )
        kept = DailyFigure.objects.filter(day=day, currency="").exclude(value=0)
        assert dict(kept.values_list("name", "value")) == {
            state: count
            for state, count in counts.items()
            if state in {"active", "trial", "grace", "suspended"}
        }, day


def _the_last_day() -> None:
    sheet = balance_sheet(month_of(dt.date(2024, 10, 1)), ["EUR"])["EUR"]
    assert (sheet.at_risk_count, sheet.at_risk_amount) == (1, 1200)
    assert (sheet.leaving_count, sheet.leaving_amount) == (1, 1200)


def _the_chains() -> None:
    """Each subscription is a chain that begins at nothing, and the mirror holds its end."""
    chains: dict[int, int] = {}
    for change in RevenueChange.objects.order_by("subscription", "pk"):
        assert change.before == chains.get(change.subscription_id, 0)
        chains[change.subscription_id] = change.after
    for subscription in BillingSubscription.objects.all():
        assert subscription.monthly_amount == chains.get(subscription.pk, 0)

    # What was read late lands on its own day.
    assert changes(period=month_of(dt.date(2024, 8, 1)), kinds=["churn"]).count() == 1
    assert end_discounts(at=END) == 0


def _what_is_heard_of_late_is_made_up_for() -> None:
    later = END + dt.timedelta(hours=2)
    take_snapshots(at=later)
    day = dt.date(2024, 9, 30)
    figure = DailyFigure.objects.get(day=day, name="mrr", currency="EUR")
    change = (
        RevenueChange.objects.filter(currency="EUR", at__lt=figure.computed_at).order_by("at").first()
    )
    RevenueChange.objects.create(
        subscription=change.subscription,
        kind="expansion",
        at=dt.datetime(2024, 9, 15, tzinfo=dt.UTC),
        recorded_at=later,
        currency="EUR",
        before=change.after,
        after=change.after + 1,
    )

    take_snapshots(at=later)

    assert DailyFigure.objects.get(day=day, name="mrr", currency="EUR").value == figure.value + 1
    earlier = DailyFigure.objects.get(day=dt.date(2024, 9, 14), name="mrr", currency="EUR")
    assert earlier.value == 30733


@pytest.mark.parametrize("until", [dt.date(2024, 2, 29), dt.date(2024, 3, 31)])
def test_days_are_half_open(until) -> None:
    period = Period(until, until + dt.timedelta(days=1))

    assert period.ends - period.begins == dt.timedelta(days=1)
    assert period.last == until
    with pytest.raises(ValueError):
        Period(until, until)
