"""How many people gates let in: one by one and all at once, the same numbers."""

import datetime as dt
import random

import pytest
from django.contrib.auth.models import Group
from guardian.shortcuts import assign_perm

from tests.conftest import STAFF, examples, gate_page, give, make_user
from wagtail_licensing.access import check_access
from wagtail_licensing.gates.readers import count_readers, count_readers_by_gate
from wagtail_licensing.licenses import assign_seat
from wagtail_licensing.models import EntitlementRule, Gate, License

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.mark.parametrize("seed", range(examples(6)))
def test_all_at_once_counts_what_one_by_one_does(seed, course, article, pro, basic, team, now):
    die = random.Random(seed)
    for page in (course, article, *course.get_children()):
        gate = gate_page(page)
        for product in die.sample([pro, basic, team], die.randint(0, 3)):
            EntitlementRule.objects.create(gate=gate, product=product, after_days=die.choice([0, 5]))
    people = [make_user(f"m{number}", is_active=die.random() < 0.8) for number in range(12)]
    for person in people:
        license = give(person, die.choice([pro, basic, team]), at=now - die.randint(0, 9) * DAY, seats=4)
        if license.uses_seats:
            assign_seat(license_id=license.pk, user=die.choice(people), at=now, by=STAFF)
        if die.random() < 0.3:
            License.objects.filter(pk=license.pk).update(
                state="revoked", unheld_state="revoked", pending_reason=""
            )
    gates = list(Gate.objects.all())
    groups = [Group.objects.create(name=f"Group {number}") for number in range(3)]
    for person in people:
        person.groups.add(*die.sample(groups, die.randint(0, 2)))
    for _ in range(6):
        who, gate = die.choice([*people, *groups]), die.choice(gates)
        assign_perm("open_gate", who, gate)
        assign_perm("use_product", die.choice([*people, *groups]), die.choice([pro, basic, team]))

    together = count_readers_by_gate(gate_ids=[gate.pk for gate in gates], at=now)

    alone = {gate.pk: count_readers(gate_id=gate.pk, rules=gate.rules.all(), at=now) for gate in gates}
    assert together == {pk: number for pk, number in alone.items() if number}
    decided = {gate.pk: sum(check_access(one, gate, now).allowed for one in people) for gate in gates}
    assert alone == decided
    assert sum(together.values()) > 0


def test_who_holds_a_license_and_was_let_in_twice_is_one_person(
    article, pro, alice, bob, charlie, now, django_assert_num_queries
):
    gate = gate_page(article, pro)
    give(alice, pro, at=now)
    press = Group.objects.create(name="Press")
    alice.groups.add(press)
    bob.groups.add(press)
    for who in (alice, press):
        assign_perm("open_gate", who, gate)
        assign_perm("use_product", who, pro)

    assert count_readers_by_gate(gate_ids=[gate.pk], at=now) == {gate.pk: 2}
    rules = list(gate.rules.all())
    with django_assert_num_queries(1):
        assert count_readers(gate_id=gate.pk, rules=rules, at=now) == 2


def test_without_a_license_for_sale_those_let_in_by_hand_count(article, alice, bob, now):
    gate = gate_page(article)
    gone = make_user("gone", is_active=False)
    for person in (alice, gone):
        assign_perm("open_gate", person, gate)

    assert count_readers_by_gate(gate_ids=[gate.pk], at=now) == {gate.pk: 1}
    assert count_readers(gate_id=gate.pk, rules=[], at=now) == 1


def test_a_gate_for_all_members_counts_nobody(article, alice, now):
    gate = gate_page(article, audience="members")
    assign_perm("open_gate", alice, gate)

    assert count_readers_by_gate(gate_ids=[gate.pk], at=now) == {}


def test_it_costs_three_queries_whatever_the_number_of_gates(
    course, article, pro, basic, alice, now, django_assert_num_queries
):
    for page in (course, article, *course.get_children()):
        gate_page(page, pro, basic)
    give(alice, pro, at=now)
    ids = list(Gate.objects.values_list("pk", flat=True))

    with django_assert_num_queries(3):
        assert count_readers_by_gate(gate_ids=ids, at=now) == dict.fromkeys(ids, 1)


def test_without_a_rule_there_is_little_to_count(course, django_assert_num_queries):
    gate = gate_page(course)

    with django_assert_num_queries(2):
        assert count_readers_by_gate(gate_ids=[gate.pk], at=dt.datetime.now(dt.UTC)) == {}
