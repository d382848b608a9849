"""What a change of a gate would do: counted before it is done, and true when it is done."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm
from wagtail.documents import get_document_model
from wagtail.models import Collection

from tests.conftest import STAFF, gate_page, give, make_user
from tests.testapp.models import ArticlePage, LessonPage, PlainPage
from wagtail_licensing.access import has_access
from wagtail_licensing.compat import page_model
from wagtail_licensing.gates.impact import Impact, impact_of, impact_on_gates
from wagtail_licensing.gates.write import GateError, set_page_gate
from wagtail_licensing.licenses import assign_seat
from wagtail_licensing.models import EntitlementRule, Gate


def narrowed(page, product, at, **fields) -> Impact:
    return impact_of(page=page, audience="licensed", products=[product], at=at, **fields)


def test_taking_a_product_away_takes_access_from_its_holders_and_seats_once_each(
    gated_article, pro, team, basic, alice, bob, charlie, dana, now
):
    EntitlementRule.objects.create(gate=Gate.objects.get(), product=team)
    give(alice, pro, at=now)
    license = give(dana, team, at=now, seats=3)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    assign_seat(license_id=license.pk, user=dana, at=now, by=STAFF)
    give(charlie, basic, at=now)

    impact = narrowed(gated_article, pro, now)

    assert (impact.lose, impact.gain, impact.public) == (2, 0, 0)
    assert impact.is_harmful
    assert narrowed(gated_article, basic, now).gain == 1


def test_somebody_who_still_has_another_way_in_loses_nothing(gated_article, pro, team, alice, now):
    EntitlementRule.objects.create(gate=Gate.objects.get(), product=team)
    give(alice, pro, at=now)
    give(alice, team, at=now, seats=1)

    assert narrowed(gated_article, pro, now) == Impact()


def test_who_was_lapsed_or_may_not_sign_in_is_not_counted(gated_article, pro, basic, dana, now):
    give(dana, pro, at=now - dt.timedelta(days=9), ends_at=now)
    give(make_user("ian", is_active=False), pro, at=now)

    assert narrowed(gated_article, basic, now).lose == 0


def test_more_days_to_wait_take_access_away_to_the_day(gated_article, pro, alice, now):
    give(alice, pro, at=now - dt.timedelta(days=30))

    assert narrowed(gated_article, pro, now, after_days=30).lose == 0
    assert narrowed(gated_article, pro, now, after_days=31).lose == 1


def test_members_only_becoming_licensed_takes_it_from_everybody_without_a_license(
    article, pro, alice, charlie, now
):
    gate_page(article, audience="members")
    give(alice, pro, at=now)

    assert narrowed(article, pro, now).lose == 1  # charlie
    back = impact_of(page=article, audience="everyone", at=now)
    assert (back.lose, back.public) == (0, 1)


def test_the_first_gate_before_an_open_page_takes_nothing_from_a_member(article, pro, charlie, now):
    assert not narrowed(article, pro, now).is_harmful


def test_pages_below_that_become_public_are_counted_without_those_that_have_a_gate(course, pro, now):
    gate_page(course, pro)
    gate_page(course.get_children().last(), pro)

    impact = impact_of(page=course, audience=None, at=now)

    assert (impact.public, impact.below) == (3, 2)


def test_a_page_whose_type_is_gated_does_not_become_public(course, pro, now):
    gate_page(course, pro)
    lesson_type = course.get_children().first().content_type
    type_gate = Gate.objects.create(kind="page_type", page_type=lesson_type)
    EntitlementRule.objects.create(gate=type_gate, product=pro)

    impact = impact_of(page=course, audience=None, at=now)

    assert impact.public == 1  # the course itself


@pytest.mark.parametrize(("days", "public"), [(0, 0), (1, 1)])
def test_an_open_time_that_runs_now_makes_the_page_public(gated_article, pro, now, days, public):
    until = now + dt.timedelta(days=days)

    assert narrowed(gated_article, pro, now, free_until=until).public == public


def test_no_longer_keeping_is_harmful_though_it_cannot_be_counted(gated_article, pro, now):
    EntitlementRule.objects.update(keeps=True)

    assert narrowed(gated_article, pro, now, keeps=False).drops_kept
    assert not narrowed(gated_article, pro, now).drops_kept


def test_the_trial_leaves_nothing_behind_and_the_index_true(
    gated_article, pro, basic, alice, now, django_capture_on_commit_callbacks
):
    give(alice, pro, at=now)
    before = list(EntitlementRule.objects.values()), list(Gate.objects.values())
    with django_capture_on_commit_callbacks() as callbacks:
        impact_of(page=gated_article, audience=None, at=now)
        narrowed(gated_article, basic, now)

    assert (list(EntitlementRule.objects.values()), list(Gate.objects.values())) == before
    assert not [call for call in callbacks if "announce" in repr(call)]
    assert has_access(alice, gated_article)


def test_it_is_what_the_access_decision_says_afterwards(gated_article, pro, basic, now):
    people = [make_user(f"p{number}") for number in range(6)]
    for number, user in enumerate(people):
        give(user, pro if number % 2 else basic, at=now)
    had = [has_access(user, gated_article) for user in people]

    impact = narrowed(gated_article, basic, now)
    set_page_gate(page=gated_article, audience="licensed", products=[basic], by=None)

    has = [has_access(user, gated_article) for user in people]
    assert impact.lose == sum(a and not b for a, b in zip(had, has, strict=True)) == 3
    assert impact.gain == sum(b and not a for a, b in zip(had, has, strict=True)) == 3


def test_nobody_can_ask_for_a_gate_that_may_not_be(gated_article, now):
    with pytest.raises(GateError):
        impact_of(page=gated_article, audience="licensed", at=now)


def test_it_costs_the_same_for_many_pages_people_and_gates(home, pro, basic, now):
    top = home.add_child(instance=PlainPage(title="Top", slug="top"))
    top.add_child(instance=PlainPage(title="First", slug="first"))
    gate_page(top, pro)
    give(make_user("first"), pro, at=now)
    narrowed(top, basic, now)
    with CaptureQueriesContext(
        connection,
    ) as few:
        narrowed(top, basic, now)
    for number in range(12):
        page = top.add_child(instance=PlainPage(title=f"P{number}", slug=f"p{number}"))
        give(make_user(f"more{number}"), pro, at=now)
        if number % 3 == 0:
            gate_page(page, pro)
    narrowed(top, basic, now)
    with CaptureQueriesContext(connection) as many:
        impact = narrowed(top, basic, now)

    assert impact.lose == 13
    assert len(many) == len(few)


# --- what was given by hand -----------------------------------------------------------------------


def test_what_was_given_by_hand_counts_each_person_once(
    gated_article, pro, basic, alice, bob, charlie, dana, now
):
    """Alice by a license and a group, Bob by the gate, Charlie by two groups."""
    gate = Gate.objects.get()
    press, staff = Group.objects.create(name="Press"), Group.objects.create(name="Staff")
    give(alice, pro, at=now)
    alice.groups.add(press)
    assign_perm("open_gate", bob, gate)
    charlie.groups.add(press, staff)
    assign_perm("use_product", press, pro)
    assign_perm("open_gate", staff, gate)
    assign_perm("use_product", dana, basic)
    people = (alice, bob, charlie, dana)
    had = [has_access(user, gated_article) for user in people]

    narrower = narrowed(gated_article, basic, now)
    gone = impact_of(page=gated_article, audience="members", at=now)

    # Bob and Charlie were given the gate itself, which stands.
    assert (narrower.lose, narrower.gain) == (1, 1)
    assert (gone.lose, gone.gain) == (0, 1)
    set_page_gate(page=gated_article, audience="licensed", products=[basic], by=None)
    has = [has_access(user, gated_article) for user in people]
    assert had == [True, True, True, False]
    assert has == [False, True, True, True]


def test_a_mirrored_row_is_no_grant_and_inactive_people_lose_nothing(
    gated_article, pro, basic, dana, now
):
    """guardian's row of a license that has ended opens nothing, so that nobody loses by it."""
    give(dana, pro, at=now - dt.timedelta(days=9), ends_at=now)
    assign_perm("use_product", make_user("ian", is_active=False), pro)

    assert narrowed(gated_article, basic, now).lose == 0


# --- gates of every kind --------------------------------------------------------------------------


def removed(gate, at):
    def change():
        Gate.objects.filter(pk=gate.pk).delete()
        return []

    return impact_on_gates(change, gates=[gate], at=at)


def licensed(product, **target) -> Gate:
    gate = Gate.objects.create(**target)
    EntitlementRule.objects.create(gate=gate, product=product)
    return gate


def test_a_page_type_counts_its_subclasses_and_not_pages_with_a_gate_nearer(
    course, article, pro, basic, alice, bob, now
):
    give(alice, pro, at=now)
    base = ContentType.objects.get_for_model(page_model())
    gate = licensed(pro, kind="page_type", page_type=base)
    gate_page(article, basic)
    expected = page_model().objects.count() - 1

    impact = removed(gate, now)

    assert impact.public == expected
    assert impact.public >= 5  # the course, its lessons, and the pages above
    assert impact.public_others == 0
    assert Gate.objects.filter(pk=gate.pk).exists()


def test_a_nearer_page_type_takes_its_pages_from_the_gate_of_its_base(course, pro, basic, alice, now):
    give(alice, pro, at=now)
    base = licensed(pro, kind="page_type", page_type=ContentType.objects.get_for_model(page_model()))

    def change():
        kind = ContentType.objects.get_for_model(LessonPage)
        return [licensed(basic, kind="page_type", page_type=kind).pk]

    impact = impact_on_gates(change, gates=[], at=now)

    assert (impact.lose, impact.public, impact.below) == (1, 0, 2)
    assert list(Gate.objects.all()) == [base]


def test_a_collection_counts_its_files(pro, alice, settings, tmp_path, now):
    settings.MEDIA_ROOT = tmp_path
    shelf = Collection.get_first_root_node().add_child(name="Shelf")
    for number in range(3):
        get_document_model().objects.create(
            title=str(number), file=ContentFile(b"x", f"{number}.txt"), collection=shelf
        )
    gate = licensed(pro, kind="collection", collection=shelf)
    document = get_document_model().objects.first()
    licensed(pro, kind="document", document=document)

    impact = removed(gate, now)

    assert (impact.public, impact.public_others, impact.below) == (0, 2, 0)


def test_an_area_without_its_gate_becomes_public(pro, alice, now):
    give(alice, pro, at=now)

    impact = removed(licensed(pro, kind="area", area="tools"), now)

    assert (impact.lose, impact.public, impact.public_others) == (0, 0, 1)


def test_a_new_gate_under_another_takes_access_from_those_who_had_it(
    course, pro, basic, alice, bob, now
):
    gate_page(course, pro)
    give(alice, pro, at=now)
    give(bob, pro, at=now)
    give(bob, basic, at=now)
    lesson = course.get_children().first()

    impact = impact_on_gates(lambda: [gate_page(lesson, basic).pk], gates=[], at=now)

    assert (impact.lose, impact.gain) == (1, 0)
    assert not Gate.objects.filter(page_id=lesson.pk).exists()


def test_gates_of_one_product_lose_the_same_person_once(course, article, pro, alice, now):
    give(alice, pro, at=now)
    gates = [gate_page(course, pro), gate_page(article, pro)]

    def change():
        EntitlementRule.objects.all().delete()
        return []

    assert impact_on_gates(change, gates=gates, at=now).lose == 1
    assert EntitlementRule.objects.count() == 2
    assert isinstance(article, ArticlePage)
