"""What editors are told before a page is moved or copied, and what they may not do by it."""

import pytest
from django.core.exceptions import PermissionDenied
from wagtail.actions.copy_page import CopyPageAction
from wagtail.actions.move_page import MovePageAction

from tests.conftest import gate_page
from tests.testapp.models import PlainPage
from tests.wagtail_admin.conftest import signed_in
from tests.wagtail_admin.test_page_access import text
from wagtail_licensing.access import has_access
from wagtail_licensing.models import Gate


@pytest.fixture
def lesson(course, pro):
    """A page that inherits the rule of its course."""
    gate_page(course, pro)
    return course.get_children().first()


@pytest.fixture
def shelf(home):
    """A place to move things to."""
    return home.add_child(instance=PlainPage(title="Shelf", slug="shelf"))


def confirm_url(page, destination) -> str:
    return f"/admin/pages/{page.pk}/move/{destination.pk}/confirm/"


def test_moving_to_an_open_place_says_that_the_rule_goes_along_and_so_it_does(
    erin, charlie, lesson, shelf
):
    client = signed_in(erin)

    told = text(client.get(confirm_url(lesson, shelf)))
    client.post(confirm_url(lesson, shelf))

    assert "It takes its rule along: people with a license for Pro" in told
    lesson.refresh_from_db()
    assert lesson.get_parent().pk == shelf.pk
    assert not has_access(charlie, lesson)


def test_moving_under_another_rule_names_both(access_editor, lesson, shelf, basic):
    gate_page(shelf, basic)
    client = signed_in(access_editor)

    told = text(client.get(confirm_url(lesson, shelf)))
    client.post(confirm_url(lesson, shelf))

    assert "In the new place another rule applies: people with a license for Basic" in told
    assert "Now: people with a license for Pro" in told
    lesson.refresh_from_db()
    assert lesson.get_parent().pk == shelf.pk


def test_moving_an_open_page_behind_a_gate_says_so(erin, article, shelf, basic):
    gate_page(shelf, basic)

    told = text(signed_in(erin).get(confirm_url(article, shelf)))

    assert "The new place is locked, and this page with it: people with a license for Basic" in told


@pytest.mark.parametrize("gated", [True, False])
def test_where_nothing_changes_nothing_is_said(erin, article, shelf, pro, gated):
    if gated:
        gate_page(article, pro)

    told = text(signed_in(erin).get(confirm_url(article, shelf)))

    assert "new place" not in told


def test_who_may_not_change_gates_does_not_open_a_page_by_moving_it(erin, course, lesson, shelf, basic):
    gate_page(shelf, basic)

    answer = signed_in(erin).post(confirm_url(lesson, shelf), follow=True)

    assert "was not moved: more people could read it there" in text(answer)
    lesson.refresh_from_db()
    assert lesson.get_parent().pk == course.pk


@pytest.mark.parametrize("audience", ["members", "licensed"])
def test_nor_past_the_screens(erin, olivia, lesson, shelf, basic, audience):
    gate_page(shelf, *([basic] if audience == "licensed" else []), audience=audience)

    def move(user):
        MovePageAction(lesson, shelf, pos="last-child", user=user).execute()

    def copy(user):
        CopyPageAction(lesson, to=shelf, user=user, update_attrs={"slug": "other"}).execute()

    for action in (move, copy):
        with pytest.raises(PermissionDenied):
            action(erin)
    shelf.refresh_from_db()
    assert shelf.numchild == 0
    copy(olivia)
    move(olivia)


def test_nor_many_pages_at_once(erin, access_editor, lesson, shelf, basic):
    gate_page(shelf, basic)
    url = f"/admin/bulk/{lesson._meta.app_label}/page/move/?id={lesson.pk}&next=/admin/"

    signed_in(erin).post(url, {"chooser": shelf.pk})
    lesson.refresh_from_db()
    assert lesson.get_parent().pk != shelf.pk
    signed_in(access_editor).post(url, {"chooser": shelf.pk})
    lesson.refresh_from_db()
    assert lesson.get_parent(update=True).pk == shelf.pk


def test_a_narrower_place_is_open_to_who_may_not_change_gates(erin, lesson, shelf, pro):
    gate_page(shelf, pro, after_days=30)

    MovePageAction(lesson, shelf, pos="last-child", user=erin).execute()

    lesson.refresh_from_db()
    assert lesson.get_parent().pk == shelf.pk


def test_a_free_preview_above_the_new_place_opens_nothing(erin, charlie, lesson, shelf):
    gate_page(shelf, audience="everyone")

    MovePageAction(lesson, shelf, pos="last-child", user=erin).execute()

    lesson.refresh_from_db()
    assert not has_access(charlie, lesson)


def test_an_alias_in_an_open_place_stays_behind_the_gate_of_its_source(erin, charlie, lesson, shelf):
    alias = lesson.specific.create_alias(parent=shelf, user=erin)

    assert not has_access(charlie, alias)


def test_the_screen_of_a_copy_says_what_goes_along(erin, gated_article, lesson):
    client = signed_in(erin)

    own = text(client.get(f"/admin/pages/{gated_article.pk}/copy/"))
    inherited = text(client.get(f"/admin/pages/{lesson.pk}/copy/"))

    assert "The copy has the same rule of its own: people with a license for Pro" in own
    assert "Where the copy would be open, it takes the rule along" in inherited


def test_without_any_gate_a_move_costs_no_query_more(erin, article, shelf, django_assert_num_queries):
    from wagtail_licensing.gates.places import place_under

    assert not Gate.objects.exists()
    place_under(article, shelf)
    with django_assert_num_queries(0):
        place_under(article, shelf)
