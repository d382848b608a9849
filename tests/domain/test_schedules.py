"""Gates with dates, and rules that keep what was published while a product was held."""

import datetime as dt

import pytest

from wagtail_licensing.domain.access import (
    AccessReason,
    GateFacts,
    HolderFacts,
    LicenseFacts,
    RuleFacts,
    decide,
)

NOW = dt.datetime(2026, 6, 15, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MOMENT = dt.timedelta(microseconds=1)
STRANGER = HolderFacts()


def gate(**fields):
    return GateFacts(id=1, audience="licensed", rules=(RuleFacts(7),), **fields)


def license(**fields):
    facts = {
        "id": 3,
        "product_id": 7,
        "state": "expired",
        "pending_reason": "",
        "starts_at": NOW - 100 * DAY,
        "access_until": NOW - 10 * DAY,
        "held_since": NOW - 100 * DAY,
    }
    return LicenseFacts(**facts | fields)


def member(*licenses):
    return HolderFacts(signed_in=True, licenses=licenses)


def test_a_gate_is_open_to_everyone_until_its_date_and_not_at_it():
    dated = gate(free_until=NOW)
    before = decide([dated], STRANGER, NOW - MOMENT)
    assert before.allowed
    assert before.reason is AccessReason.OPEN_TO_ALL
    assert before.access_until == NOW
    assert not decide([dated], STRANGER, NOW).allowed


def test_a_gate_is_open_to_everyone_from_its_date_on():
    dated = gate(free_from=NOW)
    denied = decide([dated], STRANGER, NOW - MOMENT)
    assert not denied.allowed
    assert denied.unlocks_at == NOW
    opened = decide([dated], STRANGER, NOW)
    assert opened.allowed
    assert opened.access_until is None


def test_free_at_first_then_licensed_then_free_for_ever():
    dated = gate(free_until=NOW - DAY, free_from=NOW + DAY)
    assert decide([dated], STRANGER, NOW - 2 * DAY).access_until == NOW - DAY
    assert not decide([dated], STRANGER, NOW).allowed
    assert decide([dated], STRANGER, NOW + DAY).allowed


def test_free_dates_that_overlap_never_close():
    dated = gate(free_until=NOW + DAY, free_from=NOW)
    assert decide([dated], STRANGER, NOW - DAY).access_until is None
    assert decide([dated], STRANGER, NOW + DAY).allowed


def test_the_license_may_open_before_the_date_does():
    drip = GateFacts(1, "licensed", (RuleFacts(7, after=5 * DAY),), free_from=NOW + 30 * DAY)
    held = license(state="active", access_until=None, starts_at=NOW, held_since=NOW)
    assert decide([drip], member(held), NOW).unlocks_at == NOW + 5 * DAY


def keeping(**fields):
    return GateFacts(1, "licensed", (RuleFacts(7, keeps=True, **fields),))


def test_what_was_published_while_held_is_kept_and_nothing_else():
    person = member(license())
    start, end = NOW - 100 * DAY, NOW - 10 * DAY
    for published, kept in [
        (start - MOMENT, False),
        (start, True),
        (end - MOMENT, True),
        (end, False),
        (None, False),
    ]:
        decision = decide([keeping()], person, NOW, published)
        assert decision.allowed is kept
        assert (decision.reason is AccessReason.KEPT) is kept


@pytest.mark.parametrize(
    "facts",
    [
        {"state": "revoked"},
        {"state": "suspended"},
        {"state": "pending"},
        {"state": "unheard of", "access_until": None},
        {"product_id": 8},
        {"held_since": NOW - 11 * DAY, "_after": 2 * DAY},
    ],
)
def test_nothing_is_kept_of_what_was_taken_away_or_never_opened(facts):
    after = facts.pop("_after", dt.timedelta(0))
    person = member(license(**facts))
    assert not decide([keeping(after=after)], person, NOW, NOW - 50 * DAY).allowed


def test_a_rule_that_does_not_keep_keeps_nothing():
    assert not decide([gate()], member(license()), NOW, NOW - 50 * DAY).allowed


def test_strangers_and_inactive_people_keep_nothing():
    kept = (license(),)
    assert not decide([keeping()], HolderFacts(licenses=kept), NOW, NOW - 50 * DAY).allowed
    inactive = HolderFacts(signed_in=True, active=False, licenses=kept)
    assert not decide([keeping()], inactive, NOW, NOW - 50 * DAY).allowed


def test_of_two_open_gates_the_one_that_ends_first_answers_in_either_order():
    dated = gate(free_until=NOW + DAY)
    held = member(license(state="active", access_until=None))
    for gates in ([dated, gate()], [gate(), dated]):
        assert decide(gates, held, NOW).access_until == NOW + DAY
    free = GateFacts(id=2, audience="everyone")
    for gates in ([free, gate()], [gate(), free]):
        decision = decide(gates, held, NOW)
        assert (decision.reason, decision.access_until) == (AccessReason.LICENSE, None)


def test_what_is_open_already_does_not_wait_for_the_day_that_opens_it_to_everyone():
    decision = decide(
        [gate(free_from=NOW + DAY)], member(license(state="active", access_until=None)), NOW
    )
    assert (decision.allowed, decision.unlocks_at) == (True, None)


def test_what_was_published_does_not_wait_less_while_the_product_is_held():
    drip = GateFacts(id=1, audience="licensed", rules=(RuleFacts(7, after=30 * DAY, keeps=True),))
    held = license(
        state="active", starts_at=NOW - 5 * DAY, held_since=NOW - 5 * DAY, access_until=NOW + 60 * DAY
    )
    decision = decide([drip], member(held), NOW, NOW - 2 * DAY)
    assert (decision.allowed, decision.reason) == (False, AccessReason.NOT_YET)


def test_keeping_begins_at_the_end_itself():
    keeps = GateFacts(id=1, audience="licensed", rules=(RuleFacts(7, keeps=True),))
    held = license()
    assert decide([keeps], member(held), held.access_until, NOW - 20 * DAY).reason is AccessReason.KEPT


def test_of_several_licenses_the_first_that_opens_is_waited_for():
    drip = GateFacts(id=1, audience="licensed", rules=(RuleFacts(7, after=30 * DAY),))
    running = {"state": "active", "access_until": None}
    waiting = [
        license(id=number, held_since=NOW - days * DAY, **running)
        for number, days in ((1, 2), (2, 9), (3, 9), (4, 5))
    ]
    decision = decide([drip], member(*waiting), NOW)
    assert (decision.unlocks_at, decision.license_id) == (NOW + 21 * DAY, 2)
    opens = license(id=5, held_since=NOW - 40 * DAY, **running)
    assert decide([drip], member(*waiting, opens), NOW).license_id == 5


def test_a_miss_names_its_license_and_when_one_that_waits_for_its_start_opens():
    drip = GateFacts(id=1, audience="licensed", rules=(RuleFacts(7, after=3 * DAY),))
    ended = decide([drip], member(license(id=1), license(id=2)), NOW)
    assert (ended.reason, ended.license_id, ended.product_id) == (AccessReason.LICENSE_EXPIRED, 1, 7)
    start = NOW + DAY
    waits = license(state="active", starts_at=start, held_since=start, access_until=None)
    assert decide([drip], member(waits), NOW).unlocks_at == start + 3 * DAY
