"""What gates cost, in queries, over HTTP: nothing where none stands, one where one does."""

from contextlib import contextmanager

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail import hooks
from wagtail.documents import get_document_model

from tests.conftest import gate_page, give, make_product, make_user
from tests.testapp.models import ArticlePage
from wagtail_licensing.access import freshness
from wagtail_licensing.gates import documents, pages
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db

OURS = {pages.before_serve, pages.on_serve, documents.before_serve_document}


@pytest.fixture(autouse=True)
def trusted_index(settings):
    """The stamp is asked once a second; a test is not about the moment when it is."""
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600


@contextmanager
def without_the_plugin(monkeypatch):
    """Take our hooks out, as if the package were not installed."""
    hooks.get_hooks("before_serve_page")
    with monkeypatch.context() as patch:
        for name in ("before_serve_page", "on_serve_page", "before_serve_document"):
            kept = [entry for entry in hooks._hooks[name] if entry[0] not in OURS]
            assert len(kept) < len(hooks._hooks[name])
            patch.setitem(hooks._hooks, name, kept)
        yield


def queries(client, url, status=200):
    """Return what a request asks the database, the second time it is made."""
    freshness.current()
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
        if response.streaming:
            b"".join(response.streaming_content)
    assert response.status_code == status
    return [query["sql"] for query in captured.captured_queries]


def reads(sql, table):
    return [query for query in sql if f'"{table}"' in query]


def the_reader(sql):
    """What it costs to know who asks: the session and the user."""
    return reads(sql, "django_session") + [query for query in sql if 'FROM "auth_user" WHERE' in query]


@pytest.mark.parametrize("signed_in", [False, True])
def test_an_ungated_page_costs_what_it_costs_without_the_plugin(
    client, alice, home, gated_article, signed_in, monkeypatch
):
    page = home.add_child(instance=ArticlePage(title="Open", slug="open"))
    if signed_in:
        client.force_login(alice)
    with without_the_plugin(monkeypatch):
        plain = queries(client, page.url)
    with_plugin = queries(client, page.url)
    assert len(with_plugin) == len(plain)
    assert reads(with_plugin, "auth_user") == []
    assert reads(with_plugin, "django_session") == []


def test_a_gated_page_costs_one_query_and_its_reader(
    client, alice, home, article, pro, now, monkeypatch
):
    client.force_login(alice)
    with without_the_plugin(monkeypatch):
        plain = queries(client, article.url)
    gate_page(article, pro)
    give(alice, pro, at=now)
    gated = queries(client, article.url)
    who = reads(gated, "django_session") + [
        sql for sql in gated if sql.startswith("SELECT") and 'FROM "auth_user" WHERE' in sql
    ]
    assert len(who) == 2
    assert len(gated) - len(who) == len(plain) + 1


def test_an_anonymous_visitor_of_a_gated_page_costs_nothing_but_the_offers(client, gated_article):
    sql = queries(client, gated_article.url)
    for table in ("wagtail_licensing_license", "wagtail_licensing_licenseseat", "auth_user"):
        assert reads(sql, table) == []


def test_the_price_is_flat_in_licenses_gates_and_depth(client, alice, home, pro, now):
    client.force_login(alice)
    page = home.add_child(instance=ArticlePage(title="0", slug="d0"))
    gate_page(page, pro)
    give(alice, pro, at=now)
    few = len(queries(client, page.url))
    for number in range(30):
        give(alice, pro, at=now)
        other = make_user(f"user-{number}")
        give(other, make_product(f"Product {number}"), at=now)
        child = home.add_child(instance=ArticlePage(title=f"g{number}", slug=f"g{number}"))
        gate_page(child, pro)
    assert len(queries(client, page.url)) == few


def test_a_gated_document_costs_two_queries_and_its_reader(
    client, alice, pro, now, settings, tmp_path, monkeypatch
):
    settings.MEDIA_ROOT = str(tmp_path)
    document = get_document_model().objects.create(
        title="Handbook", file=ContentFile(b"text", "handbook.txt")
    )
    document.get_file_hash()
    document.get_file_size()
    document.file.close()
    client.force_login(alice)
    with without_the_plugin(monkeypatch):
        plain = queries(client, document.url)
    assert len(queries(client, document.url)) == len(plain)
    gate = Gate.objects.create(kind="document", document=document)
    EntitlementRule.objects.create(gate=gate, product=pro)
    give(alice, pro, at=now)
    gated = queries(client, document.url)
    who = the_reader(gated)
    assert len(who) == 2
    # the decision, and whether a download goes on
    assert len(gated) - len(who) == len(plain) + 2


def test_the_stamp_is_asked_at_most_once_in_its_time(client, article, gated_article, settings, home):
    page = home.add_child(instance=ArticlePage(title="Open", slug="open"))
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 0
    strict = len(queries(client, page.url))
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    assert len(queries(client, page.url)) < strict
