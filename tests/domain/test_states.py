"""The table of transitions: each row by each cause, and every other change refused."""

import itertools

import pytest

from wagtail_licensing.domain.states import (
    HOLD_LIFTERS,
    HOLD_PLACERS,
    TRANSITIONS,
    Cause,
    Hold,
    IllegalTransition,
    State,
    Trigger,
    find_transition,
    trigger_of,
    visible_state,
)

P, A, G = State.PENDING, State.ACTIVE, State.GRACE
S, E, R = State.SUSPENDED, State.EXPIRED, State.REVOKED

#: Every change that is allowed, written down a second time, by hand.
ALLOWED = {
    (P, A, "paid"): "stripe staff import",
    (P, A, "approved"): "staff",
    (P, A, "claimed"): "member staff",
    (P, A, "started"): "clock staff",
    (P, G, "payment_failed"): "stripe clock import",
    (P, S, "held"): "stripe staff clock import",
    (P, E, "lapsed"): "stripe clock staff import",
    (P, R, "denied"): "staff",
    (P, R, "revoked"): "stripe staff import",
    (A, G, "payment_failed"): "stripe clock import",
    (A, G, "term_over_with_grace"): "clock",
    (A, S, "held"): "stripe staff clock import",
    (A, E, "ended"): "stripe clock staff import",
    (A, R, "revoked"): "stripe staff import",
    (G, A, "paid"): "stripe staff import",
    (G, A, "renewed"): "stripe staff member clock import",
    (G, S, "held"): "stripe staff clock import",
    (G, E, "ended"): "stripe clock staff import",
    (G, R, "revoked"): "stripe staff import",
    (S, A, "holds_lifted"): "stripe staff clock import",
    (S, G, "holds_lifted"): "stripe staff clock import",
    (S, P, "holds_lifted"): "stripe staff clock import",
    (S, E, "ended"): "stripe clock staff import",
    (S, R, "revoked"): "stripe staff import",
    (E, A, "renewed"): "stripe staff member clock import",
    (E, A, "paid"): "stripe staff import",
    (E, G, "payment_failed"): "stripe clock import",
    (E, S, "held"): "stripe staff clock import",
    (E, R, "revoked"): "stripe staff import",
}

EVERY_CHANGE = list(itertools.product(State, State, Trigger, Cause))


def test_each_change_is_allowed_to_its_causes_and_refused_to_everybody_else():
    wrong = []
    for source, target, trigger, cause in EVERY_CHANGE:
        causes = ALLOWED.get((source, target, trigger.value), "").split()
        try:
            find_transition(source, target, trigger, cause)
            allowed = True
        except IllegalTransition:
            allowed = False
        if allowed != (cause.value in causes):
            wrong.append((source, target, trigger, cause))
    assert wrong == []


def test_the_table_says_nothing_twice_and_nothing_more():
    keys = [(row.source, row.target, row.trigger.value) for row in TRANSITIONS]
    assert len(keys) == len(set(keys))
    assert set(keys) == set(ALLOWED)


def test_nothing_leads_out_of_revoked():
    for target, trigger, cause in itertools.product(State, Trigger, Cause):
        with pytest.raises(IllegalTransition):
            find_transition(State.REVOKED, target, trigger, cause)


def test_no_change_leads_from_a_state_to_itself():
    assert [row for row in TRANSITIONS if row.source is row.target] == []


def test_every_state_can_be_reached_and_pending_again_from_under_a_hold_alone():
    assert {row.target for row in TRANSITIONS} == set(State)
    back = [row.source for row in TRANSITIONS if row.target is State.PENDING]
    assert back == [State.SUSPENDED]


@pytest.mark.parametrize("hold", Hold)
def test_every_hold_has_somebody_who_places_and_who_lifts_it(hold):
    assert HOLD_PLACERS[hold]
    assert HOLD_LIFTERS[hold]


def test_a_member_lifts_only_the_hold_for_too_many_people():
    assert {hold for hold in Hold if Cause.MEMBER in HOLD_LIFTERS[hold]} == {Hold.SEAT_OVERAGE}
    assert not any(Cause.MEMBER in placers for placers in HOLD_PLACERS.values())


def test_staff_and_stripe_do_not_lift_each_others_holds():
    assert HOLD_LIFTERS[Hold.ADMIN] == {Cause.STAFF}
    for hold in (Hold.BILLING, Hold.DISPUTE, Hold.PAUSED):
        assert Cause.STAFF not in HOLD_LIFTERS[hold]


@pytest.mark.parametrize("state", State)
def test_a_hold_hides_a_state_that_may_open_and_leaves_an_ended_one(state):
    held = visible_state(state, frozenset({Hold.ADMIN}))
    assert held is (State.SUSPENDED if state in {P, A, G} else state)
    assert visible_state(state, frozenset()) is state


@pytest.mark.parametrize(("source", "target"), itertools.permutations(State, 2))
def test_what_billing_and_the_clock_call_a_change_is_in_the_table_or_refused(source, target):
    try:
        trigger = trigger_of(source, target)
    except IllegalTransition:
        return
    if (source, target, trigger.value) in ALLOWED:
        find_transition(source, target, trigger, Cause.STRIPE)
    else:
        with pytest.raises(IllegalTransition):
            find_transition(source, target, trigger, Cause.STRIPE)
