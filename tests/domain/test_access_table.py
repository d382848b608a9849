"""The truth table of the access rule: state x time x rule x audience, and every boundary."""

import datetime as dt
import itertools

import pytest

from wagtail_licensing.domain.access import (
    AccessReason,
    Audience,
    GateFacts,
    HolderFacts,
    LicenseFacts,
    RuleFacts,
    decide,
)
from wagtail_licensing.domain.states import PendingReason, State

NOON = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MICROSECOND = dt.timedelta(microseconds=1)

PRO, BASIC, GATE = 1, 2, 10


def license(**facts):
    """A license of Pro, active from an hour ago for two hours, unless told otherwise."""
    facts = {
        "id": 100,
        "product_id": PRO,
        "state": State.ACTIVE,
        "pending_reason": "",
        "starts_at": NOON - HOUR,
        "access_until": NOON + HOUR,
        **facts,
    }
    facts.setdefault("held_since", facts["starts_at"])
    return LicenseFacts(**facts)


def holder(*licenses, **facts):
    return HolderFacts(signed_in=True, **{"licenses": licenses, **facts})


def gate(*rules, audience=Audience.LICENSED, id=GATE):
    return GateFacts(id, audience, rules or (RuleFacts(PRO),))


def answer(licenses, at=NOON, the_gate=None):
    return decide([the_gate or gate()], holder(*licenses), at)


# --- state x time -------------------------------------------------------------------------------

BEFORE, WITHIN, AFTER = NOON - 2 * HOUR, NOON, NOON + HOUR

#: (state, waits for, before its start, within its dates, after its end)
TABLE = [
    (State.ACTIVE, "", "license_not_started", "license", "license_expired"),
    (State.GRACE, "", "license_not_started", "license", "license_expired"),
    (State.PENDING, PendingReason.START, "license_not_started", "license", "license_expired"),
    (State.PENDING, PendingReason.PAYMENT, *["license_pending"] * 3),
    (State.PENDING, PendingReason.APPROVAL, *["license_pending"] * 3),
    (State.PENDING, PendingReason.CLAIM, *["license_pending"] * 3),
    (State.SUSPENDED, "", *["license_suspended"] * 3),
    (State.EXPIRED, "", *["license_expired"] * 3),
    (State.REVOKED, "", *["license_revoked"] * 3),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row[0]}-{row[1]}")
@pytest.mark.parametrize("time", [0, 1, 2], ids=["before", "within", "after"])
def test_state_and_time_decide(row, time):
    state, waits_for, *reasons = row
    at = (BEFORE, WITHIN, AFTER)[time]
    decision = answer([license(state=state, pending_reason=waits_for)], at)
    assert decision.reason == reasons[time]
    assert decision.allowed == (reasons[time] == "license")


def test_the_table_covers_every_state_and_everything_a_license_may_wait_for():
    assert {row[0] for row in TABLE} == set(State)
    assert {row[1] for row in TABLE if row[0] is State.PENDING} == set(PendingReason)


@pytest.mark.parametrize("state", ["", "ACTIVE", "trialing", "unknown"])
def test_a_state_that_is_not_in_the_table_opens_nothing(state):
    assert not answer([license(state=state)]).allowed


@pytest.mark.parametrize(
    ("offset", "opens"),
    [(-MICROSECOND, False), (dt.timedelta(0), True), (MICROSECOND, True)],
    ids=["a microsecond early", "on time", "a microsecond late"],
)
def test_access_begins_at_the_start_itself(offset, opens):
    held = license()
    decision = answer([held], held.starts_at + offset)
    assert decision.allowed is opens
    assert decision.unlocks_at == (None if opens else held.starts_at)


@pytest.mark.parametrize(
    ("offset", "opens"),
    [(-MICROSECOND, True), (dt.timedelta(0), False), (MICROSECOND, False)],
    ids=["a microsecond early", "on time", "a microsecond late"],
)
def test_access_ends_before_the_end_itself(offset, opens):
    held = license()
    assert answer([held], held.access_until + offset).allowed is opens


@pytest.mark.parametrize(
    ("offset", "opens"), [(-MICROSECOND, False), (dt.timedelta(0), True), (MICROSECOND, True)]
)
def test_a_drip_rule_opens_after_the_time_held(offset, opens):
    slow = gate(RuleFacts(PRO, after=30 * HOUR))
    held = license(access_until=None, held_since=NOON - HOUR)
    decision = answer([held], held.held_since + 30 * HOUR + offset, slow)
    assert decision.allowed is opens
    assert decision.reason == ("license" if opens else "not_yet")
    assert decision.unlocks_at == (None if opens else held.held_since + 30 * HOUR)
    assert (decision.license_id, decision.product_id) == (held.id, held.product_id)


def test_a_drip_rule_never_opens_after_the_license_has_ended():
    decision = answer([license()], NOON + HOUR, gate(RuleFacts(PRO, after=2 * HOUR)))
    assert decision.reason == "license_expired"


def test_a_license_without_an_end_does_not_end():
    assert answer([license(access_until=None)], NOON + 1000 * 365 * 24 * HOUR).allowed


def test_a_license_whose_end_is_its_start_opens_nothing():
    held = license(starts_at=NOON, access_until=NOON)
    for offset in (-MICROSECOND, dt.timedelta(0), MICROSECOND):
        assert not answer([held], NOON + offset).allowed


# --- audience x person --------------------------------------------------------------------------

PEOPLE = {
    "anonymous": HolderFacts(),
    "stranger": holder(),
    "licensed": holder(license()),
    "granted the product": holder(granted_products=frozenset({PRO})),
    "granted the gate": holder(granted_gates=frozenset({GATE})),
    "inactive": holder(
        license(),
        active=False,
        granted_products=frozenset({PRO}),
        granted_gates=frozenset({GATE}),
    ),
}

AUDIENCES = {
    (Audience.EVERYONE, "anonymous"): "open_to_all",
    (Audience.EVERYONE, "stranger"): "open_to_all",
    (Audience.EVERYONE, "licensed"): "open_to_all",
    (Audience.EVERYONE, "granted the product"): "open_to_all",
    (Audience.EVERYONE, "granted the gate"): "open_to_all",
    (Audience.EVERYONE, "inactive"): "open_to_all",
    (Audience.MEMBERS, "anonymous"): "sign_in_required",
    (Audience.MEMBERS, "stranger"): "signed_in",
    (Audience.MEMBERS, "licensed"): "signed_in",
    (Audience.MEMBERS, "granted the product"): "signed_in",
    (Audience.MEMBERS, "granted the gate"): "signed_in",
    (Audience.MEMBERS, "inactive"): "inactive_user",
    (Audience.LICENSED, "anonymous"): "sign_in_required",
    (Audience.LICENSED, "stranger"): "license_required",
    (Audience.LICENSED, "licensed"): "license",
    (Audience.LICENSED, "granted the product"): "grant",
    (Audience.LICENSED, "granted the gate"): "grant",
    (Audience.LICENSED, "inactive"): "inactive_user",
}

OPENING = {"open_to_all", "signed_in", "license", "grant", "editor", "no_gate"}


@pytest.mark.parametrize(("audience", "person"), itertools.product(Audience, PEOPLE))
def test_audience_and_person_decide(audience, person):
    decision = decide([gate(audience=audience)], PEOPLE[person], NOON)
    assert decision.reason == AUDIENCES[audience, person]
    assert decision.allowed is (decision.reason in OPENING)
    assert decision.gate_ids == (GATE,)


@pytest.mark.parametrize("person", PEOPLE)
def test_an_audience_that_nobody_knows_opens_for_nobody(person):
    assert not decide([GateFacts(GATE, "vip", (RuleFacts(PRO),))], PEOPLE[person], NOON).allowed


def test_without_a_gate_everything_is_open_and_the_answer_may_be_kept():
    decision = decide([], HolderFacts(), NOON)
    assert decision.reason is AccessReason.NO_GATE
    assert not decision.consulted_a_gate
    assert decide([gate(audience=Audience.EVERYONE)], HolderFacts(), NOON).consulted_a_gate


# --- rules --------------------------------------------------------------------------------------


def test_a_gate_without_rules_opens_for_no_license_and_no_product_grant():
    bare = GateFacts(GATE, Audience.LICENSED)
    person = holder(license(), granted_products=frozenset({PRO}))
    assert not decide([bare], person, NOON).allowed


def test_one_of_several_products_is_enough():
    both = gate(RuleFacts(BASIC), RuleFacts(PRO))
    assert answer([license(product_id=BASIC)], NOON, both).allowed
    assert answer([license()], NOON, both).opened_by == (BASIC, PRO)


def test_another_product_is_named_as_such_only_while_it_entitles():
    assert answer([license(product_id=BASIC)]).reason is AccessReason.OTHER_PRODUCT
    assert answer([license(product_id=BASIC)], AFTER).reason is AccessReason.LICENSE_REQUIRED


@pytest.mark.parametrize("order", [1, -1])
def test_the_license_that_lasts_longest_is_the_one_named(order):
    held = [license(id=1), license(id=2, access_until=NOON + 5 * HOUR), license(id=3)]
    decision = answer(held[::order])
    assert (decision.license_id, decision.access_until) == (2, NOON + 5 * HOUR)
    assert answer([*held, license(id=4, access_until=None)][::order]).license_id == 4


@pytest.mark.parametrize("order", [1, -1])
def test_one_license_that_opens_outweighs_any_that_do_not(order):
    others = [license(id=n, state=state) for n, state in enumerate(State) if state is not State.ACTIVE]
    assert answer([*others, license(id=99)][::order]).license_id in {
        other.id for other in [*others, license(id=99)] if other.entitles(NOON)
    }


@pytest.mark.parametrize("order", [1, -1])
def test_the_reason_names_what_comes_nearest(order):
    held = [
        license(id=1, state=State.REVOKED),
        license(id=2, product_id=BASIC),
        license(id=3, state=State.EXPIRED),
        license(id=4, state=State.SUSPENDED),
        license(id=5, state=State.PENDING, pending_reason=PendingReason.PAYMENT),
        license(id=6, starts_at=NOON + HOUR, access_until=None),
    ]
    nearest_last = ["license_revoked", "other_product", "license_expired", "license_suspended"]
    nearest_last += ["license_pending", "license_not_started"]
    for count, reason in enumerate(nearest_last, start=1):
        assert answer(held[:count][::order]).reason == reason


# --- several gates ------------------------------------------------------------------------------


def test_all_gates_have_to_open_and_the_first_that_does_not_is_the_answer():
    gates = [gate(id=1), gate(RuleFacts(BASIC), id=2), gate(RuleFacts(3), id=3)]
    decision = decide(gates, holder(license()), NOON)
    assert (decision.allowed, decision.gate_id, decision.gate_ids) == (False, 2, (1, 2, 3))
    everything = holder(*(license(id=n, product_id=n) for n in (PRO, BASIC, 3)))
    assert decide(gates, everything, NOON).allowed


def test_of_several_gates_that_open_the_answer_ends_with_the_first_to_end():
    gates = [gate(id=1), gate(RuleFacts(BASIC), id=2), gate(audience=Audience.EVERYONE, id=3)]
    person = holder(license(), license(id=2, product_id=BASIC, access_until=NOON + MICROSECOND))
    for order in itertools.permutations(gates):
        assert decide(order, person, NOON).access_until == NOON + MICROSECOND


def test_a_grant_on_one_gate_does_not_open_another():
    person = holder(granted_gates=frozenset({1}))
    assert decide([gate(id=1)], person, NOON).allowed
    assert not decide([gate(id=1), gate(id=2)], person, NOON).allowed
