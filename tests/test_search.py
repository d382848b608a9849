"""Search: what stands in a locked page is found by nobody who may not read it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.paginator import Paginator
from django.db import connection
from django.test import RequestFactory
from wagtail.models import Page
from wagtail.search import index

from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import ArticlePage
from wagtail_licensing.access import only_accessible
from wagtail_licensing.gates.headers import was_touched
from wagtail_licensing.models import Gate
from wagtail_licensing.search import autocomplete_listable, search_listable

pytestmark = pytest.mark.django_db

WORD = CANARY.split("-")[0]
NONSENSE = "xyzzyplugh"
MODELS = [Page, ArticlePage]


def asked_by(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


@pytest.fixture
def library(article, home, pro):
    """One article behind a teaser, one hidden, one open, all titled as a recipe.

    Not "how": PostgreSQL's English configuration leaves such words out of its index.
    """
    article.title = "Recipe to sell"
    article.save()
    hidden = home.add_child(
        instance=ArticlePage(title="Recipe to hide", slug="hide", body=f"<p>{CANARY}</p>")
    )
    open_page = home.add_child(
        instance=ArticlePage(title="Recipe to open", slug="open", body="<p>sesame</p>")
    )
    gate_page(article, pro)
    gate_page(hidden, pro, without_access="not_found")
    return article, hidden, open_page


@pytest.fixture(params=["stranger", "charlie"])
def outsider(request):
    return AnonymousUser() if request.param == "stranger" else request.getfixturevalue(request.param)


@pytest.mark.parametrize("model", MODELS)
def test_a_word_of_a_locked_text_finds_what_nonsense_finds(model, library, outsider):
    pages = model.objects.live()
    for word in (CANARY, WORD, WORD[:5], "holds"):
        for find in (search_listable, autocomplete_listable):
            found = find(pages, asked_by(outsider), word)
            assert list(found) == []
            assert found.count() == len(found) == 0
            assert found.facet("content_type_id") == {}
    assert list(search_listable(pages, asked_by(outsider), NONSENSE)) == []


@pytest.mark.parametrize("model", MODELS)
def test_counts_and_facets_are_the_same_with_and_without_the_word(model, library, outsider):
    pages = model.objects.live()

    def numbers():
        found = search_listable(pages, asked_by(outsider), f"recipe {WORD}", operator="or")
        return found.count(), dict(found.facet("content_type_id"))

    with_word = numbers()
    for page in library:
        page.body = "<p>nothing of interest</p>"
        page.save()
    assert numbers() == with_word


def test_of_what_is_locked_the_title_is_found_and_comes_last(library, outsider):
    article, hidden, open_page = library
    request = asked_by(outsider)
    found = search_listable(ArticlePage.objects.live(), request, "recipe")
    assert list(found) == [open_page, article]
    assert list(found.open) == [open_page]
    assert list(found.locked) == [article]
    assert was_touched(request)
    found = autocomplete_listable(ArticlePage.objects.live(), request, "reci")
    assert list(found) == [open_page, article]


def test_who_may_read_finds_the_text(library, alice, olivia, pro, now):
    give(alice, pro, at=now)
    for user in (alice, olivia):
        found = search_listable(ArticlePage.objects.live(), asked_by(user), WORD)
        assert {page.slug for page in found} == {"how-to-sell", "hide"}
    assert only_accessible(ArticlePage.objects.live(), alice).search(WORD).count() == 2


def test_the_text_of_what_is_open_is_found_by_everybody(library, outsider):
    found = search_listable(ArticlePage.objects.live(), asked_by(outsider), "sesame")
    assert [page.slug for page in found] == ["open"]


def test_results_are_sliced_and_paginated_over_both_parts(library, outsider, home):
    for number in range(5):
        page = home.add_child(instance=ArticlePage(title=f"Recipe {number}", slug=f"n{number}"))
        if number % 2:
            Gate.objects.create(kind="page", page_id=page.pk)
    found = search_listable(ArticlePage.objects.live(), asked_by(outsider), "recipe")
    everything = list(found)
    assert len(everything) == len(found) == 7
    for start in range(9):
        for stop in range(9):
            assert found[start:stop] == everything[start:stop]
    assert [found[index] for index in range(7)] == everything
    assert found[-1] == everything[-1]
    assert found.count(everything[3]) == 1
    with pytest.raises(IndexError):
        found[7]
    with pytest.raises(ValueError):
        found[::2]
    pages = Paginator(found, 3)
    assert [one for number in pages.page_range for one in pages.page(number)] == everything


def test_a_model_says_which_fields_of_it_everybody_may_search(library, outsider, monkeypatch):
    searched = index.SearchField("introduction")
    monkeypatch.setattr(ArticlePage, "search_fields", [*ArticlePage.search_fields, searched])
    monkeypatch.setattr(ArticlePage, "licensing_search_fields", ("title", "introduction"), raising=False)
    for page in library:
        page.save()
    pages = ArticlePage.objects.live()
    found = search_listable(pages, asked_by(outsider), "everybody")
    # SQLite's backend tells no field but the title from the others.
    expected = [] if connection.vendor == "sqlite" else ["how-to-sell"]
    assert [page.slug for page in found] == expected
    assert list(search_listable(pages, asked_by(outsider), WORD)) == []


def test_without_gates_a_search_is_that_of_wagtail(library, charlie):
    Gate.objects.all().delete()
    request = asked_by(charlie)
    found = search_listable(ArticlePage.objects.live(), request, WORD)
    assert {page.slug for page in found} == {"how-to-sell", "hide"}
    assert found.locked is None
    assert not was_touched(request)
    assert len(found) == 2
    assert found[:1] == list(found)[:1]


def test_a_gate_that_came_after_the_index_was_built_holds_at_once(article, outsider, pro):
    pages = ArticlePage.objects.live()
    assert len(search_listable(pages, asked_by(outsider), WORD)) == 1
    gate_page(article, pro)
    assert len(search_listable(pages, asked_by(outsider), WORD)) == 0
