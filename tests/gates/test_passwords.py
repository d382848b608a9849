"""Wagtail's password form, which a site may show in a template that gets the whole page."""

import pytest
from django.urls import reverse
from wagtail.models import PageViewRestriction

from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import ArticlePage, PlainPage
from wagtail_licensing.gates.headers import NO_STORE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def careless_template(settings, monkeypatch):
    """The site shows the form in the template of the page itself."""
    for model in (ArticlePage, PlainPage):
        monkeypatch.setattr(model, "password_required_template", "testapp/page.html", raising=False)


def restrict(page, kind="password"):
    return PageViewRestriction.objects.create(
        page=page, restriction_type=kind, password="open sesame" if kind == "password" else ""
    )


def address(restriction, page):
    return reverse("wagtailcore_authenticate_with_password", args=[restriction.pk, page.pk])


@pytest.fixture
def restricted(gated_article):
    """The gated article, behind a password too."""
    return restrict(gated_article)


@pytest.mark.parametrize("who", [None, "charlie"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_the_form_shows_no_page_that_is_closed(request, client, restricted, gated_article, who, method):
    if who:
        client.force_login(request.getfixturevalue(who))
    url = address(restricted, gated_article)
    for data in ({}, {"password": "wrong", "return_url": "/"}):
        response = getattr(client, method)(url, data)
        assert CANARY not in response.content.decode()
        assert response.status_code == 200
        assert response["Cache-Control"] == NO_STORE


def test_a_hidden_page_is_not_found_by_its_password_form(client, article, pro):
    restriction = restrict(article)
    gate_page(article, pro, without_access="not_found")
    hidden, missing = client.get(address(restriction, article)), client.get("/no-such-page/")
    assert hidden.status_code == 404
    assert hidden.content == missing.content


def test_who_passes_the_gate_gives_the_password(client, alice, restricted, gated_article, pro, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    url = address(restricted, gated_article)
    assert client.get(url)["Cache-Control"] == NO_STORE
    entered = client.post(url, {"password": "open sesame", "return_url": gated_article.url})
    assert entered["Location"] == gated_article.url
    assert CANARY in client.get(gated_article.url).content.decode()


def test_a_password_of_another_page_shows_nothing(client, home, article):
    other = home.add_child(instance=PlainPage(title="Other", slug="other", body="other"))
    restriction = restrict(other)
    for url in (address(restriction, article), reverse_with(restriction.pk, 999_999)):
        response = client.get(url)
        assert response.status_code == 404
        assert CANARY not in response.content.decode()


def reverse_with(restriction_id, page_id):
    return reverse("wagtailcore_authenticate_with_password", args=[restriction_id, page_id])


def test_a_draft_and_a_restriction_of_another_kind_show_nothing(client, home, article):
    draft = article.add_child(instance=PlainPage(title="Draft", slug="draft", body=CANARY, live=False))
    restriction = restrict(article)
    assert client.get(address(restriction, draft)).status_code == 404
    restriction.restriction_type = "login"
    restriction.save()
    assert client.get(address(restriction, article)).status_code == 404
    assert client.get(reverse_with(999_999, article.pk)).status_code == 404


def test_the_form_of_an_open_page_works_as_before(client, home, article):
    child = article.add_child(instance=PlainPage(title="Child", slug="child", body="child"))
    restriction = restrict(article)
    alias = child.create_alias(parent=article, update_slug="alias")
    for page in (article, child, alias):
        url = address(restriction, page)
        assert client.get(url).status_code == 200
    entered = client.post(url, {"password": "open sesame", "return_url": child.url})
    assert entered["Location"] == child.url
