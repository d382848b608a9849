"""Wagtail's APIs v2 and v3 leave out what a visitor may not open."""

import json

import pytest
from django.core.files.base import ContentFile
from wagtail import VERSION
from wagtail.documents import get_document_model

from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import ArticlePage
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db

PAGES = "/api/v2/pages/"


@pytest.fixture
def alias(gated_article, home):
    """An alias of the gated article, outside of its tree."""
    return gated_article.create_alias(parent=home, update_slug="alias")


def queries(page, home):
    """Every way to ask the pages API for what is gated."""
    return [
        PAGES,
        f"{PAGES}?fields=*&limit=20",
        f"{PAGES}?type=testapp.ArticlePage&fields=*",
        f"{PAGES}?type=testapp.ArticlePage&fields=body,introduction",
        f"{PAGES}?type=testapp.ArticlePage,testapp.LessonPage",
        f"{PAGES}?type=testapp.ArticlePage&order=body&fields=*",
        f"{PAGES}?slug={page.slug}",
        f"{PAGES}?search={CANARY}",
        f"{PAGES}?search=How&type=testapp.ArticlePage&fields=*",
        f"{PAGES}?child_of={home.pk}&fields=*",
        f"{PAGES}?child_of=root&fields=*",
        f"{PAGES}?descendant_of={home.pk}&fields=*",
        f"{PAGES}?child_of={page.pk}",
        f"{PAGES}?ancestor_of={page.pk}",
        f"{PAGES}?translation_of={page.pk}",
        f"{PAGES}?format=json&fields=*",
        f"{PAGES}{page.pk}/",
        f"{PAGES}{page.pk}/?fields=*&format=json",
        f"{PAGES}find/?id={page.pk}",
        f"{PAGES}find/?html_path=/how-to-sell/",
        f"{PAGES}find/?html_path=/alias/",
    ]


@pytest.mark.parametrize("who", [None, "charlie"])
def test_no_question_to_the_pages_api_answers_with_what_is_closed(
    request, client, home, gated_article, alias, who
):
    if who:
        client.force_login(request.getfixturevalue(who))
    for page in (gated_article, alias):
        for url in queries(page, home):
            for method in (client.get, client.head, client.options):
                response = method(url)
                text = response.content.decode()
                assert CANARY not in text, url
                assert gated_article.title not in text, url
                assert response["Cache-Control"] == "private, no-store"


def test_counts_are_those_of_what_is_open(client, home, gated_article, alias):
    before = client.get(PAGES).json()["meta"]["total_count"]
    Gate.objects.all().delete()
    assert client.get(PAGES).json()["meta"]["total_count"] == before + 2


def test_a_member_with_a_license_finds_the_page_with_a_session(client, alice, gated_article, pro, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    response = client.get(f"{PAGES}{gated_article.pk}/")
    assert CANARY in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"
    assert client.get(f"{PAGES}?search={CANARY}").json()["meta"]["total_count"] == 1


def test_without_gates_the_api_is_as_before(client, article):
    response = client.get(f"{PAGES}{article.pk}/")
    assert CANARY in response.content.decode()
    assert not response.has_header("Cache-Control")


def test_a_page_that_points_to_a_closed_one_gives_its_id_and_type_only(
    client, home, alice, article, pro, now
):
    alias = article.create_alias(parent=home, update_slug="alias")
    gate_page(alias, pro)
    gate_page(article, pro)
    open_page = home.add_child(instance=ArticlePage(title="Open", slug="open", related=article))
    url = f"{PAGES}{open_page.pk}/?fields=related(*)"
    closed = client.get(url)
    assert closed.status_code == 200
    assert closed.json()["related"] == {"id": article.pk, "meta": {"type": "testapp.ArticlePage"}}
    listed = client.get(f"{PAGES}?type=testapp.ArticlePage&fields=related(title,body)")
    assert article.title not in listed.content.decode()
    give(alice, pro, at=now)
    client.force_login(alice)
    assert client.get(url).json()["related"]["title"] == article.title
    meta = client.get(f"{PAGES}{alias.pk}/").json()["meta"]
    assert meta["alias_of"]["title"] == article.title


def test_an_alias_does_not_speak_of_a_source_that_is_closed(
    client, home, article, pro, basic, alice, now
):
    alias = article.create_alias(parent=home, update_slug="alias")
    gate_page(article, pro)
    give(alice, basic, at=now)
    client.force_login(alice)
    assert client.get(f"{PAGES}{alias.pk}/").status_code == 404


def test_related_pages_cost_the_same_however_many_there_are(client, home, charlie, gated_article):
    client.force_login(charlie)
    url = f"{PAGES}?type=testapp.ArticlePage&fields=related(title)&limit=20"

    def cost():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return sum("wagtail_licensing_license" in query["sql"] for query in captured.captured_queries)

    home.add_child(instance=ArticlePage(title="Open", slug="open", related=gated_article))
    few = cost()
    for number in range(9):
        home.add_child(
            instance=ArticlePage(title=f"O{number}", slug=f"o{number}", related=gated_article)
        )
    assert cost() == few


@pytest.fixture
def handbook(db, settings, tmp_path, pro):
    """A gated document."""
    settings.MEDIA_ROOT = str(tmp_path)
    document = get_document_model().objects.create(
        title="Handbook", file=ContentFile(CANARY.encode(), f"{CANARY}.pdf")
    )
    gate = Gate.objects.create(kind="document", document=document)
    EntitlementRule.objects.create(gate=gate, product=pro)
    return document


def test_the_documents_api_leaves_out_what_is_closed(client, alice, charlie, handbook, pro, now):
    urls = [
        "/api/v2/documents/",
        f"/api/v2/documents/{handbook.pk}/",
        "/api/v2/documents/?search=Handbook",
    ]
    for user in (None, charlie):
        if user:
            client.force_login(user)
        for url in urls:
            assert CANARY not in client.get(url).content.decode()
    give(alice, pro, at=now)
    client.force_login(alice)
    for url in urls:
        assert CANARY in client.get(url).content.decode()


def test_the_apis_can_be_left_as_they_are(client, gated_article, settings):
    settings.WAGTAIL_LICENSING_GATE_API = False
    assert CANARY in client.get(f"{PAGES}{gated_article.pk}/").content.decode()


@pytest.mark.skipif(VERSION < (8, 0), reason="the API came with Wagtail 8.0")
@pytest.mark.parametrize("who", [None, "charlie", "licensed"])
def test_the_v3_api_shows_everybody_the_same_and_nothing_closed(
    request, client, alice, home, gated_article, alias, handbook, pro, now, who
):
    if who == "licensed":
        give(alice, pro, at=now)
        client.force_login(alice)
    elif who:
        client.force_login(request.getfixturevalue(who))
    assert client.get(f"/api/v3/pages/{home.pk}/").status_code == 200
    for url in (
        "/api/v3/pages/",
        "/api/v3/pages/?type=testapp.ArticlePage",
        f"/api/v3/pages/?search={CANARY}",
        f"/api/v3/pages/{gated_article.pk}/",
        f"/api/v3/pages/{alias.pk}/",
        "/api/v3/pages/find/?html_path=/how-to-sell/",
        "/api/v3/documents/",
        f"/api/v3/documents/{handbook.pk}/",
    ):
        response = client.get(url)
        assert CANARY not in response.content.decode(), url
        assert gated_article.title not in response.content.decode(), url


@pytest.mark.skipif(VERSION < (8, 0), reason="the API came with Wagtail 8.0")
def test_the_v3_api_shows_what_is_open(client, article, settings):
    assert CANARY in client.get(f"/api/v3/pages/{article.pk}/").content.decode()
    assert json.loads(client.get("/api/v3/pages/").content)
