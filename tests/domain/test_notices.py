"""Which mail a change calls for, which one the calendar calls for, and what a text may say."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_licensing.domain.notices import (
    Due,
    Notice,
    TermFacts,
    compose,
    due_reminder,
    fill,
    notice_of_change,
    placeholders_in,
    wait_after,
)

BEGAN = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
END = dt.datetime(2027, 1, 1, 12, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def line(state, *, renews=False, holds=(), due=None):
    return {"state": state, "renews": renews, "holds": list(holds), "seats_due_at": due}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, line("active"), Notice.WELCOME),
        ({}, line("pending"), None),
        (line("pending"), line("active"), Notice.WELCOME),
        (line("active"), line("grace"), Notice.PAYMENT_FAILED),
        (line("grace"), line("active"), Notice.RESTORED),
        (line("grace"), line("suspended", holds=["billing"]), Notice.ACCESS_LOST),
        (line("active"), line("suspended", holds=["billing"]), Notice.ACCESS_LOST),
        (line("active"), line("suspended", holds=["admin"]), None),
        (line("active"), line("suspended", holds=["paused"]), None),
        (line("suspended", holds=["billing"]), line("active"), Notice.RESTORED),
        (line("suspended", holds=["admin"]), line("active"), None),
        (line("active", renews=True), line("active"), Notice.CANCELLED),
        (line("grace", renews=True), line("grace"), Notice.CANCELLED),
        (line("active"), line("active", renews=True), None),
        (line("active", renews=True), line("active", renews=True), None),
        (line("active"), line("expired"), Notice.ENDED),
        (line("grace"), line("expired"), Notice.ENDED),
        (line("suspended"), line("expired"), Notice.ENDED),
        (line("pending"), line("expired"), None),
        ({}, line("expired"), None),
        (line("expired"), line("active"), Notice.RESTORED),
        (line("active"), line("revoked"), None),
        (line("active"), line("active", due="2026-12-24"), Notice.SEATS_OVER),
        (line("active", due="2026-12-24"), line("active", due="2026-12-24"), None),
        (line("active", due="2026-12-24"), line("active"), None),
        (line("suspended", holds=["admin"]), line("suspended", holds=["billing"]), None),
    ],
)
def test_a_change_calls_for_its_mail_and_for_no_other(before, after, expected):
    assert notice_of_change(before, after) is expected


def facts(**changes):
    usual = {
        "state": "active",
        "renews": True,
        "is_trial": False,
        "term_began": BEGAN,
        "ends_at": END,
        "access_until": END + dt.timedelta(hours=72),
    }
    return TermFacts(**(usual | changes))


def due(at, days=(14, 3), **changes):
    found = due_reminder(facts(**changes), days_before=days, at=at)
    return found.notice if found else None


def days(number):
    return dt.timedelta(days=number)


def test_a_reminder_comes_at_its_instant_and_not_a_second_before():
    assert due(END - days(14) - SECOND) is None
    assert due(END - days(14)) is Notice.RENEWAL_REMINDER
    assert due(END - SECOND) is Notice.RENEWAL_REMINDER
    assert due(END) is None
    assert due(END - days(3), renews=False) is Notice.ENDING_REMINDER


def test_the_second_reminder_is_another_one_and_missed_ones_are_not_made_up_for():
    first = due_reminder(facts(), days_before=(14, 3), at=END - days(14))
    later = due_reminder(facts(), days_before=(14, 3), at=END - days(4))
    second = due_reminder(facts(), days_before=(14, 3), at=END - days(3))
    late = due_reminder(facts(), days_before=(14, 3), at=END - days(1))
    assert first == later
    assert second != first
    assert second == late


def test_a_renewal_to_another_end_is_another_reminder():
    moved = facts(ends_at=END + days(365))
    one = due_reminder(facts(), days_before=(3,), at=END - days(3))
    other = due_reminder(moved, days_before=(3,), at=END + days(362))
    assert isinstance(one, Due)
    assert one != other


def test_nobody_is_reminded_of_a_month_two_weeks_ahead_or_of_a_day_at_once():
    month = {"term_began": END - days(30)}
    assert due(END - days(14), **month) is None
    assert due(END - days(3), **month) is Notice.RENEWAL_REMINDER
    assert due(END - days(1), days=(3,), term_began=END - days(2)) is None


@pytest.mark.parametrize("state", ["pending", "suspended", "expired", "revoked", "who knows"])
def test_only_running_licenses_are_reminded_of(state):
    assert due(END - days(1), state=state) is None
    assert due(END - days(1), ends_at=None) is None
    assert due(END - days(1), days=()) is None


def test_trials_and_debts_have_their_own():
    trial = {"is_trial": True, "term_began": END - days(14)}
    assert due(END - days(3) - SECOND, **trial) is None
    assert due(END - days(3), **trial) is Notice.TRIAL_ENDING
    debt = {"state": "grace", "access_until": END, "ends_at": END - days(7)}
    assert due(END - days(2) - SECOND, **debt) is None
    assert due(END - days(2), **debt) is Notice.ACCESS_ENDING
    assert due(END, **debt) is None


@given(
    st.integers(-10 * 86_400, 400 * 86_400),
    st.lists(st.integers(0, 400), max_size=4),
)
def test_a_reminder_is_always_inside_its_term(seconds, before):
    at = BEGAN + seconds * SECOND
    found = due_reminder(facts(), days_before=before, at=at)
    assert found is None or BEGAN < at < END


def test_values_are_text_and_never_filled_in_again():
    values = {"name": "{{ product }} {% load x %}", "product": "Pro"}
    assert fill("{{name}} has {{ product }}", values) == "{{ product }} {% load x %} has Pro"
    assert (
        fill("{{ secret_key }} {{ name.__class__ }}", values) == "{{ secret_key }} {{ name.__class__ }}"
    )
    assert placeholders_in("{{ name }} {{secret_key}}") == {"name", "secret_key"}


@given(st.text(max_size=200), st.text(max_size=40))
def test_filling_in_never_fails(text, value):
    assert isinstance(fill(text, {"name": value}), str)


def test_a_subject_is_one_line_and_paragraphs_are_parted():
    made = compose("{{ name }}\r\nBcc: x", "One\r\ntwo\r\n\r\n\r\n\r\nthree", "", {"name": "A\nB"})
    assert made == {"subject": "A B Bcc: x", "paragraphs": ["One\ntwo", "three"], "button": ""}


def test_the_waits_grow_and_stop_growing():
    waits = [wait_after(number) for number in range(1, 30)]
    assert waits[:3] == [dt.timedelta(minutes=1), dt.timedelta(minutes=2), dt.timedelta(minutes=4)]
    assert waits == sorted(waits)
    assert waits[-1] == dt.timedelta(hours=12)
