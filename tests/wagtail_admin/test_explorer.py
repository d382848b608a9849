"""The page explorer says who can read each page, and finds pages by that."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail.admin.viewsets.pages import page_viewset_registry

from tests.conftest import gate_page, make_product
from tests.testapp.models import ArticlePage, PlainPage
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.access.before import GateSource, behind, gates_before
from wagtail_licensing.compat import page_model
from wagtail_licensing.models import EntitlementRule, Gate
from wagtail_licensing.wagtail_admin.page_viewset import LicensingPageViewSet


@pytest.fixture
def tree(home, article, course, pro, basic):
    """An article that Pro opens, a course that Basic opens with a free first lesson, an open page."""
    gate_page(article, pro)
    gate_page(course, basic)
    first = course.get_children().first()
    gate_page(first, audience="everyone")
    plain = home.add_child(instance=PlainPage(title="Plain", slug="plain"))
    return {"article": article, "course": course, "first": first, "plain": plain}


def listing(client, parent, **query) -> str:
    response = client.get(f"/admin/pages/{parent.pk}/", query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def titles(body: str) -> set[str]:
    found = re.findall(r'<span id="page_\d+_title">(.*?)</span>', body)
    return {re.sub(r"<.*>", "", title).strip() for title in found}


def cells(body: str) -> list[str]:
    found = re.findall(r'<span class="wl-standing">.*?<span>(.*?)</span></span>', body)
    return [re.sub(r"<.*?>", "", cell).strip() for cell in found]


def test_each_page_says_how_it_stands(tree, home, olivia):
    body = listing(signed_in(olivia), home)

    assert sorted(cells(body)) == ["Open", "Own rule: Basic", "Own rule: Pro"]


def test_pages_below_say_that_they_inherit_and_free_previews_that_they_are_free(tree, olivia):
    body = listing(signed_in(olivia), tree["course"])

    assert cells(body) == ["Free preview", "Inherited: Basic", "Inherited: Basic"]


def test_the_column_is_there_without_a_single_gate(home, article, olivia):
    assert cells(listing(signed_in(olivia), home)) == ["Open"]


def test_the_column_costs_the_same_for_two_pages_and_for_twenty(tree, home, olivia, pro):
    client = signed_in(olivia)

    def count() -> int:
        listing(client, home)
        with CaptureQueriesContext(connection) as captured:
            listing(client, home)
        ours = [q for q in captured.captured_queries if "wagtail_licensing_gate" in q["sql"]]
        return len(ours)

    before = count()
    for number in range(18):
        page = home.add_child(instance=ArticlePage(title=f"More {number}", slug=f"more-{number}"))
        gate_page(page, make_product(f"Product {number}"))
    assert count() == before


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"licensing_rule": "own"}, {"How to sell", "Wagtail in a week", "Lesson 1"}),
        ({"licensing_rule": "inherited"}, {"Lesson 2", "Lesson 3"}),
        ({"licensing_rule": "free"}, {"Lesson 1"}),
        ({"licensing_rule": "none"}, {"Plain"}),
    ],
)
def test_pages_are_found_by_their_rule(tree, home, olivia, query, expected):
    assert titles(listing(signed_in(olivia), home, **query)) == expected


def test_pages_are_found_by_the_product_that_opens_them(tree, home, olivia, basic):
    found = titles(listing(signed_in(olivia), home, licensing_product=basic.pk))

    assert found == {"Wagtail in a week", "Lesson 2", "Lesson 3"}


def test_the_filters_hold_in_a_search_too(tree, home, olivia, basic):
    body = listing(signed_in(olivia), home, q="Lesson", licensing_product=basic.pk)

    assert titles(body) == {"Lesson 2", "Lesson 3"}


def test_a_page_whose_type_is_gated_is_found_by_it(tree, home, olivia, team):
    content_type = tree["plain"].cached_content_type
    gate = Gate.objects.create(kind="page_type", page_type=content_type)
    EntitlementRule.objects.create(gate=gate, product=team)

    body = listing(signed_in(olivia), home, licensing_product=team.pk)

    assert titles(body) == {"Plain"}


def test_aliases_and_translations_name_where_their_gate_comes_from(tree, home):
    alias = tree["article"].create_alias(parent=home, update_slug="alias")
    inherited = tree["course"].get_children().last()

    found = gates_before([alias, inherited, tree["article"], tree["plain"]])

    assert [[before.source for before in row] for row in found] == [
        [GateSource.ALIAS],
        [GateSource.INHERITED],
        [GateSource.OWN],
        [],
    ]
    behind_any = page_model().objects.filter(behind(page_model(), lambda gate_id: True))
    assert alias.pk in set(behind_any.values_list("pk", flat=True))


def test_every_page_type_of_the_site_is_listed_by_our_view(client, db):
    client.get("/admin/login/")

    assert isinstance(page_viewset_registry.get_by_parent_model(ArticlePage), LicensingPageViewSet)


def test_an_editor_without_a_right_on_gates_sees_the_column_too(tree, home, erin):
    assert "Own rule: Pro" in cells(listing(signed_in(erin), home))
