"""The access decision on real rows: who opens what, why, and what it costs."""

import datetime as dt
import logging

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.contenttypes.models import ContentType
from django.utils.functional import SimpleLazyObject
from guardian.shortcuts import assign_perm

from tests.conftest import STAFF, gate_page, give
from tests.testapp.models import ArticlePage, LessonPage
from wagtail_licensing.access import (
    AccessReason,
    check_access,
    effective_gates,
    has_access,
    nearest_gate,
)
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import assign_seat, place_hold, revoke_license
from wagtail_licensing.models import EntitlementRule, Gate, License

pytestmark = pytest.mark.django_db

MICROSECOND = dt.timedelta(microseconds=1)


def reason(user, target, at=None):
    decision = check_access(user, target, at)
    assert bool(decision) is decision.allowed
    return decision.reason


def test_a_license_opens_what_its_product_opens(alice, gated_article, pro, now):
    license = give(alice, pro, at=now)
    decision = check_access(alice, gated_article, now)
    assert decision.allowed
    assert (decision.reason, decision.license_id) == (AccessReason.LICENSE, license.pk)


def test_a_seat_opens_and_the_holder_without_a_seat_stays_out(alice, bob, article, team, now):
    gate_page(article, team)
    license = give(alice, team, at=now)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    assert has_access(bob, article, now)
    assert has_access(alice, article, now)  # seat 1 is hers
    license.seats.filter(user=alice).update(state="released", slot=None, released_at=now)
    assert not has_access(alice, article, now)


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_an_anonymous_visitor_is_asked_to_sign_in(user, gated_article):
    assert reason(user, gated_article) is AccessReason.SIGN_IN_REQUIRED


def test_a_stranger_needs_a_license(charlie, gated_article):
    assert reason(charlie, gated_article) is AccessReason.LICENSE_REQUIRED


def test_access_begins_and_ends_to_the_microsecond(alice, gated_article, pro, now):
    start, end = now + dt.timedelta(hours=1), now + dt.timedelta(hours=2)
    give(alice, pro, at=now, starts_at=start, ends_at=end)
    assert reason(alice, gated_article, start - MICROSECOND) is AccessReason.LICENSE_NOT_STARTED
    assert reason(alice, gated_article, start) is AccessReason.LICENSE
    assert reason(alice, gated_article, end - MICROSECOND) is AccessReason.LICENSE
    assert reason(alice, gated_article, end) is AccessReason.LICENSE_EXPIRED


def test_a_renewing_license_survives_a_renewal_that_is_71_hours_late(alice, gated_article, pro, now):
    end = now + dt.timedelta(days=30)
    give(alice, pro, at=now, ends_at=end, renews=True)
    assert has_access(alice, gated_article, end + dt.timedelta(hours=71))
    assert not has_access(alice, gated_article, end + dt.timedelta(hours=72))


def test_the_reason_names_the_nearest_miss(alice, bob, charlie, gated_article, pro, basic, now):
    held = give(alice, pro, at=now)
    place_hold(license_id=held.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    assert reason(alice, gated_article, now) is AccessReason.LICENSE_SUSPENDED
    revoked = give(bob, pro, at=now)
    revoke_license(license_id=revoked.pk, at=now, by=STAFF)
    assert reason(bob, gated_article, now) is AccessReason.LICENSE_REVOKED
    give(charlie, basic, at=now)
    assert reason(charlie, gated_article, now) is AccessReason.OTHER_PRODUCT


def test_a_state_that_nobody_knows_denies(alice, gated_article, pro, now, monkeypatch):
    license = give(alice, pro, at=now)
    assert has_access(alice, gated_article, now)
    loaded = License.objects.get(pk=license.pk)
    loaded.state = "unheard_of"
    assert not loaded.facts.entitles(now)


def test_an_inactive_user_never_gets_in(alice, gated_article, pro, now):
    give(alice, pro, at=now)
    assign_perm("use_product", alice, pro)
    alice.is_active = False
    assert reason(alice, gated_article, now) is AccessReason.INACTIVE_USER


def test_an_inactive_superuser_never_gets_in(olivia, gated_article):
    olivia.is_active = False
    assert reason(olivia, gated_article) is AccessReason.INACTIVE_USER


def test_drip_opens_after_the_days_held(alice, article, pro, now):
    gate_page(article, pro, after_days=7)
    give(alice, pro, at=now)
    decision = check_access(alice, article, now)
    assert (decision.reason, decision.unlocks_at) == (AccessReason.NOT_YET, now + dt.timedelta(days=7))
    assert not has_access(alice, article, decision.unlocks_at - MICROSECOND)
    assert has_access(alice, article, decision.unlocks_at)


# --- where gates stand --------------------------------------------------------------------------


def test_everything_under_a_gated_page_is_gated(charlie, course, pro):
    gate_page(course, pro)
    for lesson in course.get_children():
        assert not has_access(charlie, lesson)
        assert not has_access(charlie, lesson.specific)


def test_a_free_lesson_inside_a_gated_course_is_open_to_all(course, pro):
    gate_page(course, pro)
    first, second, _ = course.get_children()
    gate_page(first, audience="everyone")
    assert reason(None, first) is AccessReason.OPEN_TO_ALL
    assert reason(None, second) is AccessReason.SIGN_IN_REQUIRED


def test_a_members_gate_opens_for_who_is_signed_in(charlie, article):
    gate_page(article, audience="members")
    assert reason(charlie, article) is AccessReason.SIGNED_IN
    assert reason(None, article) is AccessReason.SIGN_IN_REQUIRED


def test_a_sibling_whose_path_begins_alike_is_not_gated(charlie, home, gated_article):
    sibling = home.add_child(instance=ArticlePage(title="Other", slug="other"))
    assert reason(charlie, sibling) is AccessReason.NO_GATE


def test_a_page_type_gate_applies_where_no_page_gate_is_nearer(charlie, course, article, pro):
    lesson_type = ContentType.objects.get_for_model(LessonPage)
    gate = Gate.objects.create(kind="page_type", page_type=lesson_type)
    EntitlementRule.objects.create(gate=gate, product=pro)
    first, second, _ = course.get_children()
    assert not has_access(charlie, first)
    assert has_access(charlie, article)
    gate_page(first, audience="everyone")
    assert has_access(charlie, first)
    assert not has_access(charlie, second)
    assert nearest_gate(second) == gate


def test_a_page_that_moves_out_of_a_gated_tree_stays_closed_until_its_gate_is_taken_away(
    charlie, home, course, pro
):
    gate_page(course, pro)
    lesson = course.get_children().first().specific
    assert not has_access(charlie, lesson)
    lesson.move(home, pos="last-child")
    lesson.refresh_from_db()
    assert not has_access(charlie, lesson)
    lesson.licensing_gates.get().delete()
    assert has_access(charlie, lesson)
    lesson.move(course, pos="last-child")
    lesson.refresh_from_db()
    assert not has_access(charlie, lesson)


def test_a_gate_moves_with_its_page(charlie, home, gated_article, course):
    gated_article.move(course, pos="last-child")
    gated_article.refresh_from_db()
    assert not has_access(charlie, gated_article)
    assert has_access(charlie, course)


def test_a_new_page_at_the_place_of_a_deleted_free_page_is_not_free(charlie, course, pro):
    gate_page(course, pro)
    last = course.get_children().last()
    gate_page(last, audience="everyone")
    assert has_access(charlie, last)
    path = last.path
    last.specific.delete()
    course.refresh_from_db()
    new = course.add_child(instance=LessonPage(title="New", slug="new"))
    assert new.path == path
    assert not has_access(charlie, new)


def test_an_area_without_a_gate_is_closed_for_nobody(charlie, pro):
    assert reason(charlie, "tools") is AccessReason.NO_GATE
    Gate.objects.create(kind="area", area="tools")
    assert not has_access(charlie, "tools")


def test_a_product_is_opened_by_a_license_of_it(alice, charlie, pro, basic, now):
    give(alice, pro, at=now)
    assert has_access(alice, pro, now)
    assert not has_access(alice, basic, now)
    assert check_access(alice, pro, now).consulted_a_gate
    assert reason(charlie, pro, now) is AccessReason.LICENSE_REQUIRED


def test_a_gate_is_a_target_of_its_own(alice, charlie, gated_article, pro, now):
    gate = Gate.objects.get()
    give(alice, pro, at=now)
    assert has_access(alice, gate, now)
    assert not has_access(charlie, gate, now)


def test_the_effective_gates_are_known_without_a_user(gated_article, pro):
    gate = Gate.objects.get()
    (facts,) = effective_gates(gated_article)
    assert (facts.id, [rule.product_id for rule in facts.rules]) == (gate.pk, [pro.pk])
    assert nearest_gate(gated_article) == gate
    with pytest.raises(TypeError):
        effective_gates(object())


# --- aliases and translations -------------------------------------------------------------------


@pytest.mark.parametrize("gated_first", [True, False])
def test_an_alias_is_as_closed_as_its_source(charlie, alice, home, article, pro, now, gated_first):
    if gated_first:
        gate_page(article, pro)
    alias = article.create_alias(parent=home, update_slug="alias")
    if not gated_first:
        gate_page(article, pro)
    give(alice, pro, at=now)
    assert not has_access(charlie, alias)
    assert has_access(alice, alias)
    assert not has_access(charlie, alias.get_parent().get_children().get(pk=alias.pk))


def test_an_alias_of_a_lesson_is_closed_by_the_gate_of_the_course(charlie, home, course, pro):
    lesson = course.get_children().first().specific
    alias = lesson.create_alias(parent=home, update_slug="alias")
    assert has_access(charlie, alias)
    gate_page(course, pro)
    assert not has_access(charlie, alias)


def test_an_alias_needs_the_gate_where_it_stands_too(alice, article, course, pro, basic, now):
    gate_page(article, pro)
    gate_page(course, basic)
    alias = article.create_alias(parent=course, update_slug="alias")
    give(alice, pro, at=now)
    assert not has_access(alice, alias, now)
    give(alice, basic, at=now)
    assert has_access(alice, alias, now)


def test_what_is_put_under_an_alias_is_closed_with_it(charlie, home, gated_article):
    alias = gated_article.create_alias(parent=home, update_slug="alias")
    below = alias.add_child(instance=ArticlePage(title="Below", slug="below"))
    assert not has_access(charlie, below)


def test_a_free_lesson_stays_free_in_an_alias_of_its_course(charlie, home, course, pro):
    gate_page(course, pro)
    first, second, _ = course.get_children()
    gate_page(first, audience="everyone")
    alias = course.create_alias(recursive=True, parent=home, update_slug="copy")
    free, closed, _ = alias.get_children()
    assert has_access(charlie, free)
    assert not has_access(charlie, closed)


def test_an_alias_of_an_alias_is_closed_with_the_source(charlie, home, gated_article):
    first = gated_article.create_alias(parent=home, update_slug="first")
    second = first.create_alias(parent=home, update_slug="second")
    assert not has_access(charlie, second)


def test_an_alias_that_becomes_a_page_takes_the_gate_of_its_source_along(
    charlie, alice, home, article, pro, now
):
    alias = article.create_alias(parent=home, update_slug="alias")
    gate_page(article, pro)
    from wagtail.actions.convert_alias import ConvertAliasPageAction

    ConvertAliasPageAction(alias).execute(skip_permission_checks=True)
    alias.refresh_from_db()
    assert alias.alias_of_id is None
    give(alice, pro, at=now)
    assert not has_access(charlie, alias)
    assert has_access(alice, alias, now)


def test_an_alias_that_outlives_its_source_takes_the_gate_along(charlie, home, course, article, pro):
    lesson = course.get_children().first().specific
    alias = lesson.create_alias(parent=home, update_slug="alias")
    gate_page(course, pro)
    course.refresh_from_db()
    course.delete()
    alias.refresh_from_db()
    assert not has_access(charlie, alias)


def test_a_translation_shares_the_gate(charlie, home, gated_article):
    from wagtail.models import Locale

    french = Locale.objects.create(language_code="fr")
    home.copy_for_translation(french)
    assert has_access(charlie, home)
    translated = gated_article.copy_for_translation(french)
    assert not has_access(charlie, translated)


# --- editors ------------------------------------------------------------------------------------


def test_who_may_edit_a_page_opens_it(erin, gated_article):
    assert reason(erin, gated_article) is AccessReason.EDITOR
    assert reason(erin, type(gated_article).objects.get().page_ptr) is AccessReason.EDITOR
    assert reason(erin, Gate.objects.get()) is AccessReason.EDITOR


def test_a_superuser_opens_everything(olivia, gated_article, pro):
    Gate.objects.create(kind="area", area="tools")
    for target in (gated_article, pro, "tools"):
        assert reason(olivia, target) is AccessReason.EDITOR


def test_an_editor_with_a_license_is_let_in_by_the_license(erin, gated_article, pro, now):
    give(erin, pro, at=now)
    assert reason(erin, gated_article, now) is AccessReason.LICENSE


# --- grants by hand -----------------------------------------------------------------------------


def test_a_grant_by_hand_of_the_product_or_the_gate_opens(alice, bob, charlie, gated_article, pro):
    assign_perm("use_product", alice, pro)
    assign_perm("open_gate", bob, Gate.objects.get())
    assert reason(alice, gated_article) is AccessReason.GRANT
    assert reason(bob, gated_article) is AccessReason.GRANT
    assert not has_access(charlie, gated_article)


def test_a_grant_to_a_group_opens_for_its_people(alice, bob, charlie, gated_article, pro):
    press, partners = (Group.objects.create(name=name) for name in ("Press", "Partners"))
    alice.groups.add(press)
    bob.groups.add(partners)
    assign_perm("use_product", press, pro)
    assign_perm("open_gate", partners, Gate.objects.get())
    assert reason(alice, gated_article) is AccessReason.GRANT
    assert reason(bob, gated_article) is AccessReason.GRANT
    assert not has_access(charlie, gated_article)


def test_another_permission_on_the_product_opens_nothing(charlie, gated_article, pro):
    assign_perm("change_licenseproduct", charlie, pro)
    assign_perm("view_gate", charlie, Gate.objects.get())
    assert not has_access(charlie, gated_article)


# --- errors and costs ---------------------------------------------------------------------------


def test_an_ungated_page_costs_no_query_and_does_not_load_the_user(
    gated_article, course, django_assert_num_queries
):
    def load():
        raise AssertionError("the user was loaded")

    check_access(None, gated_article)
    with django_assert_num_queries(0):
        assert reason(SimpleLazyObject(load), course) is AccessReason.NO_GATE


@pytest.mark.parametrize("licenses", [1, 20])
def test_a_gated_page_costs_one_query(
    alice, gated_article, pro, now, django_assert_num_queries, licenses
):
    for _ in range(licenses):
        give(alice, pro, at=now)
    has_access(None, gated_article)
    with django_assert_num_queries(1):
        assert has_access(alice, gated_article, now)


def test_an_anonymous_visitor_costs_no_query(gated_article, django_assert_num_queries):
    has_access(None, gated_article)
    with django_assert_num_queries(0):
        assert not has_access(AnonymousUser(), gated_article)


def test_any_error_denies_and_is_logged_without_personal_data(alice, gated_article, caplog):
    class Broken:
        is_authenticated = True
        is_active = True
        email = "alice@example.org"

        @property
        def pk(self):
            raise RuntimeError(f"no row for {self.email}")

    with caplog.at_level(logging.ERROR, logger="wagtail_licensing.access"):
        decision = check_access(Broken(), gated_article)
    assert decision.reason is AccessReason.ERROR
    assert decision.consulted_a_gate
    assert "RuntimeError" in caplog.text
    assert "alice@example.org" not in caplog.text


def test_what_cannot_be_gated_is_an_error_and_denies(alice):
    assert reason(alice, object()) is AccessReason.ERROR
