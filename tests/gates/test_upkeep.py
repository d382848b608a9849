"""Gates stay with their pages while the tree is rearranged without any signal telling of it."""

import pytest
from django.contrib.auth.models import AnonymousUser
from wagtail.models import Page

from tests.conftest import gate_page
from tests.testapp.models import ArticlePage
from wagtail_licensing.access import check_access, only_accessible

pytestmark = pytest.mark.django_db


def is_open(page) -> bool:
    """Tell whether a stranger opens a page, asked alone and in a list."""
    page = Page.objects.get(pk=page.pk)
    alone = check_access(AnonymousUser(), page).allowed
    assert alone == only_accessible(Page.objects.filter(pk=page.pk), AnonymousUser()).exists()
    return alone


@pytest.fixture
def second(home, article, pro):
    """A gated page after the article, which is open."""
    page = home.add_child(instance=ArticlePage(title="Second", slug="second"))
    gate_page(page, pro)
    assert not is_open(page)
    return page


@pytest.mark.parametrize("pos", ["left", "first-sibling", "right"])
def test_a_page_put_before_a_gated_one_does_not_take_its_gate(article, second, pos):
    new = article.add_sibling(pos=pos, instance=ArticlePage(title="New", slug="new"))
    assert [is_open(page) for page in (article, new, second)] == [True, True, False]


def test_a_repaired_tree_keeps_its_gates(article, second):
    Page.objects.get(pk=article.pk).delete()
    assert not is_open(second)
    before = Page.objects.get(pk=second.pk).path
    Page.fix_tree(fix_paths=True)
    assert Page.objects.get(pk=second.pk).path != before
    assert not is_open(second)


def test_an_alias_that_is_made_to_show_a_gated_page_is_closed(home, article, second):
    alias = article.create_alias(parent=home, update_slug="alias")
    assert is_open(alias)
    alias.alias_of = second
    alias.save()
    assert not is_open(alias)


def test_an_alias_that_outlives_a_hidden_source_stays_hidden(client, home, article, pro):
    gate_page(article, pro, without_access="not_found")
    alias = article.create_alias(parent=home, update_slug="alias")
    Page.objects.get(pk=article.pk).delete()
    assert client.get(alias.url).status_code == 404


def test_what_a_page_inherits_goes_along_to_an_open_place(home, course, pro):
    lessons = list(course.get_children())
    gate = gate_page(course, pro, without_access="login")
    gate.rules.update(after_days=3, keeps=True)
    lessons[0].move(home, pos="last-child")
    moved = Page.objects.get(pk=lessons[0].pk)
    assert not is_open(moved)
    own = moved.licensing_gates.get()
    assert own.without_access == "login"
    assert list(own.rules.values_list("product", "after_days", "keeps")) == [(pro.pk, 3, True)]


def test_a_page_that_moves_under_another_gate_follows_that_one(home, course, second, pro):
    lessons = list(course.get_children())
    gate_page(course, pro)
    lessons[0].move(second, pos="last-child")
    moved = Page.objects.get(pk=lessons[0].pk)
    assert not is_open(moved)
    assert not moved.licensing_gates.exists()


def test_an_open_page_stays_open_when_it_moves(home, article, course):
    article.move(course, pos="last-child")
    assert is_open(article)
    assert not article.licensing_gates.exists()


def test_a_free_alias_of_a_page_that_goes_is_not_free_any_more(home, article, pro):
    gate_page(article, pro)
    alias = article.create_alias(parent=home, update_slug="alias")
    gate_page(alias, audience="everyone")
    assert not is_open(alias)
    Page.objects.get(pk=article.pk).delete()
    assert not is_open(alias)
