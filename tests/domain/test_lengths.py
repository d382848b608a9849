"""Where a term ends: exact to the second, over leap days and changes of the clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_licensing.domain.lengths import Length, end_of_term, next_term

BERLIN = ZoneInfo("Europe/Berlin")
UTC = dt.UTC
MONTH, YEAR = Length(months=1), Length(months=12)
SECOND = dt.timedelta(seconds=1)


def berlin(*args):
    return dt.datetime(*args, tzinfo=BERLIN)


@pytest.mark.parametrize(
    ("start", "length", "end"),
    [
        (berlin(2026, 3, 1, 9), YEAR, berlin(2027, 3, 1, 9)),
        (berlin(2028, 2, 29, 12, 30, 59), YEAR, berlin(2029, 2, 28, 12, 30, 59)),
        (berlin(2027, 2, 28, 12), YEAR, berlin(2028, 2, 28, 12)),
        (berlin(2024, 2, 29, 12), Length(months=48), berlin(2028, 2, 29, 12)),
        (berlin(2026, 1, 31, 0), MONTH, berlin(2026, 2, 28, 0)),
        (berlin(2026, 8, 31, 0), MONTH, berlin(2026, 9, 30, 0)),
        (berlin(2026, 12, 31, 23, 59, 59), MONTH, berlin(2027, 1, 31, 23, 59, 59)),
        # Summer time begins on 29 March 2026 and ends on 25 October 2026.
        (berlin(2026, 3, 15, 9), MONTH, berlin(2026, 4, 15, 9)),
        (berlin(2026, 10, 15, 9), MONTH, berlin(2026, 11, 15, 9)),
        (berlin(2026, 2, 28, 2, 30), Length(months=1, days=1), berlin(2026, 3, 29, 3, 30)),
        (berlin(2026, 3, 28, 9), Length(days=1), berlin(2026, 3, 29, 10)),
    ],
)
def test_the_calendar(start, length, end):
    assert end_of_term(start, length, zone=BERLIN) == end


def test_a_time_that_the_clocks_skip_is_an_hour_later_by_them():
    assert end_of_term(berlin(2026, 2, 28, 2, 30), MONTH, zone=BERLIN) == berlin(2026, 3, 28, 2, 30)
    skipped = end_of_term(berlin(2025, 3, 29, 2, 30), YEAR, zone=BERLIN)
    assert skipped == dt.datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_the_day_is_that_of_the_site_not_of_greenwich():
    late = dt.datetime(2028, 2, 28, 23, 30, tzinfo=UTC)
    assert end_of_term(late, YEAR, zone=BERLIN) == berlin(2029, 2, 28, 0, 30)
    assert end_of_term(late, YEAR, zone=UTC) == dt.datetime(2029, 2, 28, 23, 30, tzinfo=UTC)


def renew(start, *, times, length=YEAR, early=dt.timedelta(days=1)):
    """Buy ``times`` terms, each early; return the ends."""
    chain, ends = [start], [end_of_term(start, length, zone=BERLIN)]
    for _ in range(times):
        begin, end = next_term(chain, ends_at=ends[-1], at=ends[-1] - early, length=length, zone=BERLIN)
        assert begin == ends[-1]
        chain.append(begin)
        ends.append(end)
    return ends


def test_a_leap_day_comes_back_after_four_years():
    ends = renew(berlin(2028, 2, 29, 12), times=3)
    assert [(end.astimezone(BERLIN).month, end.astimezone(BERLIN).day) for end in ends] == [
        (2, 28),
        (2, 28),
        (2, 28),
        (2, 29),
    ]


def test_the_end_of_january_comes_back_in_march():
    ends = renew(berlin(2026, 1, 31, 12), times=2, length=MONTH)
    assert [end.astimezone(BERLIN).day for end in ends] == [28, 31, 30]


def test_a_second_before_the_end_adds_and_at_the_end_it_starts_now():
    start = berlin(2026, 5, 1, 9)
    end = end_of_term(start, YEAR, zone=BERLIN)
    early = next_term([start], ends_at=end, at=end - SECOND, length=YEAR, zone=BERLIN)
    assert early == (end, berlin(2028, 5, 1, 9))
    for at in (end, end + SECOND):
        late = next_term([start], ends_at=end, at=at, length=YEAR, zone=BERLIN)
        assert late == (at, end_of_term(at, YEAR, zone=BERLIN))


def test_what_was_changed_by_hand_is_counted_from_there():
    start = berlin(2028, 2, 29, 12)
    given_longer = berlin(2029, 6, 15, 8)
    got = next_term([start], ends_at=given_longer, at=start, length=YEAR, zone=BERLIN)
    assert got == (given_longer, berlin(2030, 6, 15, 8))


@given(
    start=st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2060, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    months=st.integers(0, 40),
    days=st.integers(0, 400),
    times=st.integers(1, 6),
)
def test_terms_follow_each_other_and_none_is_lost(start, months, days, times):
    length = Length(days=days, months=months)
    if not length:
        assert end_of_term(start, length, zone=BERLIN) == start
        return
    chain, ends = [start], [end_of_term(start, length, zone=BERLIN)]
    for _ in range(times):
        begin, end = next_term(chain, ends_at=ends[-1], at=start, length=length, zone=BERLIN)
        assert begin == ends[-1] < end
        chain.append(begin)
        ends.append(end)
    assert ends[-1] == end_of_term(start, length.times(times + 1), zone=BERLIN)
