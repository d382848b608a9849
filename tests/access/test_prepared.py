"""What a person holds, in one statement: the rows that can decide, and nothing that cannot."""

import datetime as dt
import random

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from guardian.shortcuts import assign_perm

from tests.conftest import gate_page, give, make_product
from wagtail_licensing.access import check_access, prepared
from wagtail_licensing.access.holder import load_holdings, with_every_license
from wagtail_licensing.access.prepared import EDITS, GATE, LICENSE, PRODUCT, STAMP, held_rows
from wagtail_licensing.access.reader import Reader
from wagtail_licensing.domain.access import Audience, GateFacts, RuleFacts, decide
from wagtail_licensing.models import EntitlementRule, License

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
STATES = ["active", "grace", "pending", "suspended", "expired", "revoked"]


def licenses_of(user, at, **options):
    return load_holdings(user, at=at, **options).holder.licenses


def held_ids(user, at, **options):
    return sorted(license.id for license in licenses_of(user, at, **options))


def hold(user, product, now, *, since=0, until=None, **columns):
    """Give a license held since ``since`` days, whose access ends ``until`` days from now."""
    license = give(user, product, at=now)
    License.objects.filter(pk=license.pk).update(
        starts_at=now - 1000 * DAY,
        held_since=now + since * DAY,
        ends_at=None,
        access_until=None if until is None else now + until * DAY,
        **columns,
    )
    return license.pk


def test_a_license_is_left_out_when_another_is_held_no_shorter_and_ends_no_earlier(alice, pro, now):
    long = hold(alice, pro, now, since=-10, until=20)
    hold(alice, pro, now, since=-10, until=5)
    hold(alice, pro, now, since=-3, until=20)
    assert held_ids(alice, now) == [long]


def test_the_longest_held_and_the_last_to_end_both_stay(alice, pro, team, now):
    old = hold(alice, pro, now, since=-30, until=2)
    between = hold(alice, pro, now, since=-20, until=9)
    endless = hold(alice, pro, now, since=-1)
    other = hold(alice, team, now, since=-1, until=1)
    assert held_ids(alice, now) == sorted([old, between, endless, other])


def test_an_ended_license_does_not_hide_one_that_lasts(alice, pro, now):
    hold(alice, pro, now, since=-30, until=0)
    lasting = hold(alice, pro, now, since=-1, until=1)
    assert held_ids(alice, now) == [lasting]
    assert held_ids(alice, now + DAY) == []


@pytest.mark.parametrize("state", ["suspended", "revoked", "expired"])
def test_a_license_that_entitles_to_nothing_hides_none(alice, pro, now, state):
    hold(alice, pro, now, since=-30, state=state, unheld_state=state)
    good = hold(alice, pro, now, since=-1, until=1)
    assert held_ids(alice, now) == [good]


def test_one_that_waits_counts_from_its_start_and_only_if_it_waits_for_that(alice, pro, now):
    start = give(alice, pro, at=now)
    pay = give(alice, make_product("Other"), at=now)
    for license, reason in ((start, "start"), (pay, "payment")):
        License.objects.filter(pk=license.pk).update(
            state="pending", unheld_state="pending", pending_reason=reason, starts_at=now + DAY
        )
    assert held_ids(alice, now + DAY - dt.timedelta(microseconds=1)) == []
    assert held_ids(alice, now + DAY) == [start.pk]


def test_of_a_span_come_all_that_entitle_in_it(alice, pro, team, now):
    ends_in_it = hold(alice, pro, now, since=-5, until=1)
    lasting = hold(alice, pro, now, since=-1, until=9)
    shorter = hold(alice, pro, now, since=-1, until=8)
    ended = hold(alice, team, now, since=-1, until=0)
    later = give(alice, team, at=now)
    License.objects.filter(pk=later.pk).update(starts_at=now + 2 * DAY)
    within = [ends_in_it, lasting, shorter]
    assert held_ids(alice, now, until=now + DAY) == sorted(within)
    assert held_ids(alice, now, until=now + 2 * DAY) == sorted([*within, later.pk])
    assert held_ids(alice, now) == sorted([ends_in_it, lasting])
    assert ended not in held_ids(alice, now, until=now + 2 * DAY)


def test_seats_come_as_they_are(alice, dana, team, now):
    before = set(held_ids(alice, now))
    license = give(alice, team, at=now)
    assert set(held_ids(alice, now)) - before == {license.pk}
    assert held_ids(dana, now) == sorted(
        License.objects.filter(seats__user=dana, seats__state="assigned").values_list("pk", flat=True)
    )


def test_only_the_products_asked_for(alice, pro, team, now):
    wanted, other = hold(alice, pro, now), hold(alice, team, now)
    assert held_ids(alice, now, products=[pro.pk]) == [wanted]
    assert held_ids(alice, now, products=[pro.pk, team.pk]) == sorted([wanted, other])
    assert held_ids(alice, now, products=[]) == []
    assert held_ids(alice, now) == sorted([wanted, other])


def test_what_is_left_out_never_changes_a_decision(alice, now):
    """Against the decision that knows every license, for any drip, at many instants."""
    chance = random.Random(5)
    products = [make_product(f"Product {number}") for number in range(3)]
    for _ in range(40):
        state = chance.choice([*STATES, "active", "active", "active"])
        hold(
            alice,
            chance.choice(products),
            now,
            since=-chance.randint(0, 6),
            until=chance.choice([None, 1, 2, 3, 4, 5, 6]),
            state=state,
            unheld_state=state,
            pending_reason=chance.choice(["start", "payment"]) if state == "pending" else "",
        )
    left_out = 0
    for moment in range(6):
        at = now + moment * DAY
        holder = load_holdings(alice, at=at).holder
        every = with_every_license(holder, alice)
        left_out += len(every.licenses) - len(holder.licenses)
        for product in products:
            for days in range(10):
                rule = RuleFacts(product.pk, days * DAY)
                gate = GateFacts(1, Audience.LICENSED, (rule,))
                short, full = decide([gate], holder, at), decide([gate], every, at)
                assert short.allowed == full.allowed
                if full.allowed or full.unlocks_at and full.reason == "not_yet":
                    assert short.access_until == full.access_until
                    assert short.unlocks_at == full.unlocks_at
    assert left_out > 100


def test_grants_by_hand_count_only_with_our_permissions(alice, bob, pro, article, now):
    gate = gate_page(article, pro)
    group = Group.objects.create(name="Press")
    group.user_set.add(bob)
    assign_perm("use_product", alice, pro)
    assign_perm("open_gate", group, gate)
    change = Permission.objects.get(codename="change_licenseproduct")
    assign_perm(change, bob, pro)
    alice_holds, bob_holds = (load_holdings(user, at=now).holder for user in (alice, bob))
    assert alice_holds.granted_products == {pro.pk}
    assert alice_holds.granted_gates == frozenset()
    assert bob_holds.granted_products == frozenset()
    assert bob_holds.granted_gates == {gate.pk}
    kinds = sorted(row[0] for row in held_rows(user_id=bob.pk, at=now))
    assert kinds == sorted([PRODUCT, GATE, STAMP])


def test_editing_is_told_only_if_it_is_asked(root_editor, alice, now):
    assert EDITS in {row[0] for row in held_rows(user_id=root_editor.pk, at=now, ask_edits=True)}
    assert EDITS not in {row[0] for row in held_rows(user_id=root_editor.pk, at=now)}
    assert EDITS not in {row[0] for row in held_rows(user_id=alice.pk, at=now, ask_edits=True)}


@pytest.fixture
def root_editor(alice, bob):
    group = Group.objects.get(name="Editors")
    group.user_set.add(bob)
    return bob


@pytest.mark.parametrize("pk", [0, 1, 2, 3, 4])
def test_a_person_whose_number_is_a_constant_of_the_query_is_not_confused(pk, pro, now):
    user = get_user_model().objects.create(pk=pk or 5, username="low")
    other = get_user_model().objects.create(pk=6, username="other")
    license = give(user, pro, at=now)
    prepared._written.clear()
    assert held_ids(user, now) == [license.pk]
    assert held_ids(other, now) == []


def test_writing_happens_once(alice, pro, now, monkeypatch):
    give(alice, pro, at=now)
    load_holdings(alice, at=now)
    monkeypatch.setattr(prepared, "_write", None)
    assert licenses_of(alice, now)
    with pytest.raises(TypeError):
        load_holdings(alice, at=now, products=range(77))


def test_a_page_asks_for_its_products_and_the_next_one_for_all(
    alice, pro, team, article, home, now, django_assert_num_queries
):
    from tests.testapp.models import ArticlePage

    gate = gate_page(article, pro)
    other = home.add_child(instance=ArticlePage(title="Other", slug="other"))
    gate_page(other, team)
    for product in (pro, team):
        hold(alice, product, now)
    assert check_access(alice, article, now).allowed
    reader = Reader(alice, at=now)
    with django_assert_num_queries(1):
        assert reader.check(article).allowed
        assert reader.check(gate).allowed
    with django_assert_num_queries(1):
        assert reader.check(other).allowed
        assert set(reader.entitling_products) == {pro.pk, team.pk}
    assert EntitlementRule.objects.count() == 2
    assert {row[0] for row in held_rows(user_id=alice.pk, at=now)} == {LICENSE, STAMP}
