"""What a subscription brings in a month: exact, rounded once, whatever interval and discounts."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_licensing.domain.periods import Period, month_of, months, next_month
from wagtail_licensing.domain.revenue import (
    ChangeKind,
    Discount,
    Line,
    Share,
    first_end,
    kind_of,
    monthly_amount,
)

AT = dt.datetime(2024, 2, 29, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("line", "amount"),
    [
        (Line(1200, "month"), 1200),
        (Line(12000, "year"), 1000),
        (Line(10000, "year"), 833),
        (Line(29000, "year"), 2417),
        (Line(6, "year"), 1),
        (Line(5, "year"), 0),
        (Line(8000, "month", 3), 2667),
        (Line(24000, "year", 2), 1000),
        (Line(700, "week"), 3033),
        (Line(1400, "week", 2), 3033),
        (Line(100, "day"), 3042),
        (Line(0, "month"), 0),
    ],
)
def test_an_interval_is_brought_to_a_month_and_rounded_half_up(line, amount) -> None:
    assert monthly_amount([line], at=AT) == amount


def test_lines_are_added_up_before_they_are_rounded() -> None:
    assert monthly_amount([Line(10000, "year")] * 3, at=AT) == 2500


@pytest.mark.parametrize(
    ("discount", "amount"),
    [
        (Discount(percent_off=Decimal("50")), 600),
        (Discount(percent_off=Decimal("33.3")), 800),
        (Discount(percent_off=Decimal("100")), 0),
        (Discount(amount_off=300), 900),
        (Discount(amount_off=5000), 0),
        (Discount(percent_off=Decimal("50"), ends_at=AT), 1200),
        (Discount(percent_off=Decimal("50"), ends_at=AT + dt.timedelta(microseconds=1)), 600),
    ],
)
def test_a_discount_goes_off_while_it_lasts_and_never_below_nothing(discount, amount) -> None:
    assert monthly_amount([Line(1200, "month")], [discount], at=AT) == amount
    assert monthly_amount([Line(1200, "month", discounts=(discount,))], at=AT) == amount


def test_discounts_go_off_in_their_order() -> None:
    half, three = Discount(percent_off=Decimal("50")), Discount(amount_off=300)

    assert monthly_amount([Line(1200, "month")], [half, three], at=AT) == 300
    assert monthly_amount([Line(1200, "month")], [three, half], at=AT) == 450


def test_the_first_discount_that_ends_is_known_beforehand() -> None:
    soon, later = AT + dt.timedelta(days=1), AT + dt.timedelta(days=9)
    ends = [Discount(ends_at=later), Discount(ends_at=soon), Discount(), Discount(ends_at=AT)]

    assert first_end(ends, at=AT) == soon
    assert first_end([Discount(), Discount(ends_at=AT)], at=AT) is None


@pytest.mark.parametrize(
    ("before", "after", "paid_before", "kind"),
    [
        (0, 5, False, ChangeKind.NEW),
        (0, 5, True, ChangeKind.REACTIVATION),
        (5, 6, True, ChangeKind.EXPANSION),
        (5, 4, True, ChangeKind.CONTRACTION),
        (5, 0, True, ChangeKind.CHURN),
    ],
)
def test_a_change_has_one_name(before, after, paid_before, kind) -> None:
    assert kind_of(before, after, paid_before=paid_before) is kind


def test_no_change_has_none() -> None:
    with pytest.raises(ValueError):
        kind_of(5, 5, paid_before=True)


def test_a_share_names_both_numbers_and_divides_by_nothing_not_at_all() -> None:
    assert Share(1, 23).percent == Decimal("4.3")
    assert Share(1, 80).percent == Decimal("1.3")
    assert Share(0, 7).percent == 0
    assert Share(0, 0).percent is None


@given(st.lists(st.integers(min_value=0, max_value=10**9), max_size=5), st.integers(0, 100))
def test_a_discount_in_percent_of_months_is_what_everybody_would_reckon(amounts, percent) -> None:
    lines = [Line(amount, "month") for amount in amounts]
    left = Decimal(sum(amounts)) * (100 - percent) / 100

    found = monthly_amount(lines, [Discount(percent_off=Decimal(percent))], at=AT)
    assert found == int((left + Decimal("0.5")) // 1)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 1, 1)), st.integers(1, 30))
def test_months_are_whole_and_touch(day, count) -> None:
    month = month_of(day)
    assert month.first <= day < month.until
    assert month_of(month.last) == month
    firsts = list(months(day, count))
    assert len(firsts) == count
    assert firsts[-1] == month.first
    assert [next_month(first) for first in firsts[:-1]] == firsts[1:]


def test_a_period_has_a_day() -> None:
    day = dt.date(2024, 2, 29)
    assert Period(day, day + dt.timedelta(days=1)).days == 1
    with pytest.raises(ValueError):
        Period(day, day)
