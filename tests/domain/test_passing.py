"""Lists decide as the access decision does, whatever is held and whatever the gate asks for."""

import datetime as dt
import random

import pytest

from wagtail_licensing.domain.access import decide
from wagtail_licensing.domain.facts import Audience, GateFacts, HolderFacts, LicenseFacts, RuleFacts
from wagtail_licensing.domain.passing import entitled_since, passes
from wagtail_licensing.domain.states import State

NOW = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def day(chance, *, none=True):
    choice = chance.choice([*range(-4, 5), *([None] * 4 if none else [])])
    return None if choice is None else NOW + choice * DAY


def some_license(chance, number):
    state = chance.choice([*State, State.ACTIVE, State.ACTIVE, State.GRACE])
    return LicenseFacts(
        id=number,
        product_id=chance.randint(1, 4),
        state=state,
        pending_reason=chance.choice(["start", "payment", ""]) if state == State.PENDING else "",
        starts_at=day(chance, none=False),
        access_until=day(chance),
        held_since=day(chance, none=False),
    )


def some_gate(chance):
    return GateFacts(
        id=chance.randint(1, 3),
        audience=chance.choice([*Audience, Audience.LICENSED, Audience.LICENSED, "unknown"]),
        rules=tuple(
            RuleFacts(product, chance.randint(0, 6) * DAY, chance.random() < 0.3)
            for product in chance.sample(range(1, 5), chance.randint(0, 3))
        ),
        free_until=day(chance) if chance.random() < 0.2 else None,
        free_from=day(chance) if chance.random() < 0.2 else None,
        free_reads=chance.choice([0, 3]),
    )


def some_holder(chance):
    return HolderFacts(
        signed_in=chance.random() < 0.9,
        active=chance.random() < 0.9,
        licenses=tuple(some_license(chance, number) for number in range(chance.randint(0, 6))),
        granted_products=frozenset(chance.sample(range(1, 5), chance.choice([0, 0, 0, 1]))),
        granted_gates=frozenset(chance.sample(range(1, 4), chance.choice([0, 0, 0, 1]))),
    )


@pytest.mark.parametrize("seed", range(4))
def test_it_says_what_the_decision_says(seed):
    chance = random.Random(seed)
    answers = {True: 0, False: 0}
    for _ in range(3_000):
        gate, holder = some_gate(chance), some_holder(chance)
        at = NOW + chance.choice([-1, 0, 0, 1, 2]) * DAY
        wanted = decide([gate], holder, at).allowed
        assert passes(gate, holder, entitled_since(holder, at), at) is wanted, (gate, holder, at)
        answers[wanted] += 1
    assert min(answers.values()) > 500


def test_a_drip_opens_at_its_instant_and_not_before():
    license = LicenseFacts(1, 1, State.ACTIVE, "", NOW, None, NOW)
    holder = HolderFacts(signed_in=True, licenses=(license,))
    gate = GateFacts(1, Audience.LICENSED, (RuleFacts(1, 3 * DAY),))
    for at, opens in ((NOW + 3 * DAY - dt.timedelta(microseconds=1), False), (NOW + 3 * DAY, True)):
        assert passes(gate, holder, entitled_since(holder, at), at) is opens
