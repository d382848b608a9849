"""What a subscription means for a license: the whole table, without a database."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_licensing.billing.facts import ItemFacts, SubscriptionFacts, read_subscription
from wagtail_licensing.billing.prices import instant
from wagtail_licensing.billing.projection import Policy, project
from wagtail_licensing.domain.states import Hold, PendingReason, State

START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
END = dt.datetime(2026, 2, 1, tzinfo=dt.UTC)
NOW = dt.datetime(2026, 1, 20, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)
POLICY = Policy(grace=7 * DAY, slack=3 * DAY)

ITEM = ItemFacts(id="si_1", price_id="price_1", quantity=1, period_start=START, period_end=END)
ACTIVE = SubscriptionFacts(
    id="sub_1", customer_id="cus_1", status="active", started_at=START, items=(ITEM,)
)


def terms(at=NOW, *, item=ITEM, policy=POLICY, **fields):
    return project(replace(ACTIVE, **fields), item, policy=policy, at=at)


@pytest.mark.parametrize(
    ("fields", "state", "holds", "ends_at", "access_until", "renews"),
    [
        ({}, State.ACTIVE, set(), END, END + 3 * DAY, True),
        ({"status": "trialing"}, State.ACTIVE, set(), END, END + 3 * DAY, True),
        ({"cancel_at_period_end": True}, State.ACTIVE, set(), END, END, False),
        ({"cancel_at": END}, State.ACTIVE, set(), END, END, False),
        ({"cancel_at": END, "cancel_at_period_end": True}, State.ACTIVE, set(), END, END, False),
        ({"cancel_at": NOW + DAY}, State.ACTIVE, set(), NOW + DAY, NOW + DAY, False),
        ({"cancel_at": END + 60 * DAY}, State.ACTIVE, set(), END + 60 * DAY, END + 3 * DAY, False),
        ({"status": "trialing", "cancel_at_period_end": True}, State.ACTIVE, set(), END, END, False),
        (
            {"status": "past_due", "past_due_since": NOW - DAY},
            State.GRACE,
            set(),
            NOW - DAY,
            NOW + 6 * DAY,
            True,
        ),
        (
            {"status": "past_due", "past_due_since": NOW - 7 * DAY},
            State.GRACE,
            {Hold.BILLING},
            NOW - 7 * DAY,
            NOW,
            True,
        ),
        ({"status": "past_due"}, State.GRACE, {Hold.BILLING}, START, START + 7 * DAY, True),
        (
            {"status": "past_due", "past_due_since": NOW - DAY, "cancel_at": NOW + DAY},
            State.GRACE,
            set(),
            NOW - DAY,
            NOW + DAY,
            False,
        ),
        (
            {"status": "unpaid", "past_due_since": NOW - DAY},
            State.GRACE,
            {Hold.BILLING},
            NOW - DAY,
            NOW + 6 * DAY,
            True,
        ),
        ({"status": "paused"}, State.ACTIVE, {Hold.PAUSED}, END, END + 3 * DAY, True),
        ({"status": "incomplete"}, State.PENDING, set(), END, END + 3 * DAY, True),
        (
            {"status": "incomplete_expired", "ended_at": NOW - DAY},
            State.EXPIRED,
            set(),
            NOW - DAY,
            NOW - DAY,
            False,
        ),
        ({"status": "canceled", "ended_at": NOW}, State.EXPIRED, set(), NOW, NOW, False),
        ({"status": "canceled", "canceled_at": NOW}, State.EXPIRED, set(), NOW, NOW, False),
        ({"status": "canceled"}, State.EXPIRED, set(), END, END, False),
        (
            {"status": "canceled", "ended_at": NOW, "cancel_at_period_end": True},
            State.EXPIRED,
            set(),
            NOW,
            NOW,
            False,
        ),
        ({"pauses_collection": True}, State.ACTIVE, set(), END, END + 3 * DAY, True),
    ],
)
def test_the_table(fields, state, holds, ends_at, access_until, renews):
    got = terms(**fields)
    assert (got.state, set(got.holds), got.renews) == (state, holds, renews)
    assert (got.ends_at, got.access_until) == (ends_at, access_until)
    assert got.starts_at == START
    assert got.is_trial == (fields.get("status") == "trialing")


@pytest.mark.parametrize("status", ["", "flying", "ACTIVE", "active "])
def test_an_unknown_status_says_nothing(status):
    assert terms(status=status) is None


def test_an_incomplete_subscription_waits_for_payment():
    assert terms(status="incomplete").pending_reason is PendingReason.PAYMENT


def test_grace_ends_in_the_very_instant_of_the_deadline():
    since = NOW - 7 * DAY
    assert not terms(NOW - TICK, status="past_due", past_due_since=since).holds
    assert terms(NOW, status="past_due", past_due_since=since).holds == {Hold.BILLING}


def test_a_start_that_is_ahead_of_our_clock_is_now():
    assert terms(started_at=NOW + DAY).starts_at == NOW


def test_an_item_without_a_period_has_no_end():
    item = replace(ITEM, period_start=None, period_end=None)
    assert terms(item=item).access_until is None


def test_each_item_has_its_own_end():
    yearly = replace(ITEM, id="si_2", period_end=END + 334 * DAY)
    assert terms(item=yearly).ends_at == END + 334 * DAY
    assert terms(item=ITEM).ends_at == END


def test_without_slack_a_renewal_ends_exactly():
    assert terms(policy=replace(POLICY, slack=0 * DAY)).access_until == END


instants = st.datetimes(
    min_value=dt.datetime(2025, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=dt.datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)
STATUSES = [
    "trialing",
    "active",
    "past_due",
    "unpaid",
    "paused",
    "incomplete",
    "incomplete_expired",
    "canceled",
]


@given(
    status=st.sampled_from(STATUSES),
    at=instants,
    cancel_at=st.none() | instants,
    ended_at=st.none() | instants,
    since=st.none() | instants,
    period_end=instants,
    flag=st.booleans(),
)
def test_no_facts_make_a_license_that_the_database_refuses(
    status, at, cancel_at, ended_at, since, period_end, flag
):
    item = replace(ITEM, period_end=period_end)
    got = terms(
        at,
        item=item,
        status=status,
        cancel_at=cancel_at,
        ended_at=ended_at,
        past_due_since=since,
        cancel_at_period_end=flag,
        started_at=min(at, period_end, *(each for each in (cancel_at, ended_at) if each)),
    )
    assert got.ends_at >= got.starts_at
    assert (got.state is State.EXPIRED) == (status in {"canceled", "incomplete_expired"})
    if status in {"trialing", "active"}:
        assert got.access_until <= period_end + POLICY.slack


# --- reading raw JSON ---------------------------------------------------------------------------

RAW = {
    "id": "sub_1",
    "customer": "cus_1",
    "status": "past_due",
    "start_date": 1767225600,
    "items": {
        "data": [
            {
                "id": "si_1",
                "price": {"id": "price_1"},
                "quantity": 2,
                "current_period_start": 1769904000,
                "current_period_end": 1772323200,
            }
        ]
    },
    "latest_invoice": {"status_transitions": {"finalized_at": 1769907600}, "due_date": None},
}


def test_the_debt_began_when_the_latest_invoice_was_finalized():
    assert read_subscription(RAW).past_due_since == instant(1769907600)


def test_the_debt_of_an_invoice_that_is_sent_began_at_its_due_date():
    invoice = {"status_transitions": {"finalized_at": 1769907600}, "due_date": 1772499600}
    raw = {**RAW, "latest_invoice": invoice}
    assert read_subscription(raw).past_due_since == instant(1772499600)


def test_the_oldest_open_invoice_counts():
    old = {"status_transitions": {"finalized_at": 1767229200}}
    facts = read_subscription(RAW, open_invoices=[RAW["latest_invoice"], old])
    assert facts.past_due_since == instant(1767229200)


def test_without_an_invoice_the_debt_began_with_the_period():
    raw = {**RAW, "latest_invoice": "in_not_expanded"}
    assert read_subscription(raw).past_due_since == instant(1769904000)


def test_who_is_not_in_debt_has_no_debt():
    assert read_subscription({**RAW, "status": "active"}).past_due_since is None


def test_a_metered_item_without_a_quantity_counts_once():
    item = {key: value for key, value in RAW["items"]["data"][0].items() if key != "quantity"}
    facts = read_subscription({**RAW, "items": {"data": [item]}})
    assert facts.items[0].quantity == 1


@pytest.mark.parametrize("value", [None, "", "1767225600", True, 0, -5, 1.5, {}])
def test_what_is_no_instant_is_none(value):
    assert instant(value) is None
