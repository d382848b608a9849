"""Redirects, promoted results and the userbar do not tell of pages that are hidden."""

import pytest
from django.template import engines
from django.test import RequestFactory
from wagtail.contrib.redirects.models import Redirect
from wagtail.contrib.search_promotions.models import Query, SearchPromotion

from tests.conftest import gate_page, give
from wagtail_licensing.gates.headers import NO_STORE, was_touched
from wagtail_licensing.models import Gate

pytestmark = pytest.mark.django_db


@pytest.fixture
def hidden(article, pro):
    """The article, which only people with Pro may know of."""
    gate_page(article, pro, without_access="not_found")
    return article


REDIRECTS = {
    "page": lambda page: {"redirect_page": page},
    "path": lambda page: {"redirect_link": page.url},
    "path with a question": lambda page: {"redirect_link": f"{page.url}?a=1#b"},
    "own host": lambda page: {"redirect_link": f"http://testserver{page.url}"},
}


@pytest.fixture(params=REDIRECTS)
def redirect(request, hidden):
    return Redirect.objects.create(old_path="/old", **REDIRECTS[request.param](hidden))


@pytest.mark.parametrize("who", [None, "charlie"])
@pytest.mark.parametrize("url", ["/old/", "/old/?utm=1"])
def test_a_redirect_to_a_hidden_page_answers_as_if_it_were_not_there(
    request, client, redirect, hidden, who, url
):
    if who:
        client.force_login(request.getfixturevalue(who))
    told, missing = client.get(url), client.get("/no-such-page/")
    assert told.status_code == missing.status_code == 404
    assert told.content == missing.content
    assert dict(told.items()) == dict(missing.items())
    assert hidden.slug not in str(list(told.items())) + told.content.decode()


def test_a_redirect_leads_those_who_may_and_no_cache_keeps_it(client, alice, redirect, hidden, pro, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    response = client.get("/old/")
    assert response.status_code == 301
    assert response["Location"].endswith(REDIRECTS_END[redirect.redirect_link[-4:]])
    assert response["Cache-Control"] == NO_STORE


REDIRECTS_END = {"": "/how-to-sell/", "ell/": "/how-to-sell/", "=1#b": "/how-to-sell/?a=1#b"}


def test_a_redirect_to_a_page_with_a_teaser_stays_and_is_stored_as_before(client, gated_article):
    Redirect.objects.create(old_path="/old", redirect_page=gated_article)
    response = client.get("/old/")
    assert response.status_code == 301
    assert not response.has_header("Cache-Control")


def test_redirects_elsewhere_stay_while_something_is_hidden(client, hidden):
    Redirect.objects.create(old_path="/old", redirect_link="https://example.org/how-to-sell/")
    Redirect.objects.create(old_path="/older", redirect_link="/nowhere/")
    assert client.get("/old/")["Location"] == "https://example.org/how-to-sell/"
    assert client.get("/older/")["Location"] == "/nowhere/"


def test_a_redirect_costs_nothing_more_where_nothing_is_hidden(
    client, article, gated_article, django_assert_num_queries
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    Redirect.objects.create(old_path="/old", redirect_page=gated_article)

    def queries():
        client.get("/old/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/old/")
        return len(captured)

    gated = queries()
    Gate.objects.all().delete()
    assert queries() == gated


# --- promoted results ---------------------------------------------------------------------------


@pytest.fixture
def promoted(hidden, home):
    query = Query.get("sell")
    SearchPromotion.objects.create(query=query, page=hidden)
    SearchPromotion.objects.create(query=query, page=home)
    SearchPromotion.objects.create(query=query, external_link_url="https://example.org/")
    return hidden


def promotions(user):
    request = RequestFactory().get("/")
    request.user = user
    text = (
        "{% load wagtailsearchpromotions_tags %}{% get_search_promotions 'sell' as picks %}"
        "{% for pick in picks %}[{{ pick.page.title|default:'elsewhere' }}]{% endfor %}"
    )
    return engines["django"].from_string(text).render({}, request), request


def test_a_hidden_page_is_promoted_only_to_those_who_may_read_it(
    promoted, alice, charlie, olivia, pro, now, home
):
    give(alice, pro, at=now)
    expected = f"[{home.title}][elsewhere]"
    shown, request = promotions(charlie)
    assert shown == expected
    assert was_touched(request)
    for user in (alice, olivia):
        shown, request = promotions(user)
        assert promoted.title in shown
        assert was_touched(request)


def test_without_a_request_promotions_are_those_of_a_visitor(promoted, home):
    text = (
        "{% load wagtailsearchpromotions_tags %}{% get_search_promotions 'sell' as picks %}"
        "{% for pick in picks %}[{{ pick.page.title|default:'elsewhere' }}]{% endfor %}"
    )
    assert promoted.title not in engines["django"].from_string(text).render({})


def test_a_page_with_a_teaser_is_promoted_to_everybody(promoted, charlie):
    Gate.objects.update(without_access="teaser")
    assert promoted.title in promotions(charlie)[0]


def test_without_gates_promotions_are_as_before(promoted, charlie):
    Gate.objects.all().delete()
    shown, request = promotions(charlie)
    assert promoted.title in shown
    assert not was_touched(request)


def test_nothing_is_promoted_for_an_empty_search(promoted, charlie):
    text = "{% load wagtailsearchpromotions_tags %}{% get_search_promotions '' as p %}{{ p|length }}"
    assert engines["django"].from_string(text).render({}) == "0"


# --- the userbar --------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["alice", "charlie", None])
def test_the_userbar_is_not_there_for_those_who_edit_nothing(request, who, gated_article, pro, now):
    from django.contrib.auth.models import AnonymousUser

    user = request.getfixturevalue(who) if who else AnonymousUser()
    if who == "alice":
        give(user, pro, at=now)
    asked = RequestFactory().get("/")
    asked.user = user
    text = "{% load wagtailuserbar %}{% wagtailuserbar %}"
    assert engines["django"].from_string(text).render({"page": gated_article}, asked).strip() == ""
