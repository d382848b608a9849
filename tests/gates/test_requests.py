"""Every odd request for a gated page: none shows anything, breaks, or tells one page from another."""

from email.utils import formatdate

import pytest
from django.http import HttpResponse
from wagtail import hooks

from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import ArticlePage, RoutedPage
from wagtail_licensing.gates.headers import NO_STORE

pytestmark = pytest.mark.django_db

READING = ["GET", "POST", "PUT", "PATCH", "DELETE"]
METHODS = [*READING, "HEAD", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "BREW"]

HEADERS = [
    {},
    {"HTTP_X_HTTP_METHOD_OVERRIDE": "GET"},
    {"HTTP_X_HTTP_METHOD": "GET"},
    {"HTTP_X_METHOD_OVERRIDE": "PUT"},
    {"HTTP_X_REQUESTED_WITH": "XMLHttpRequest", "HTTP_ACCEPT": "application/json"},
    {"HTTP_ACCEPT": "text/x-nothing;q=0.1"},
    {"HTTP_IF_NONE_MATCH": "*"},
    {"HTTP_IF_NONE_MATCH": '"abc", W/"def"'},
    {"HTTP_IF_MATCH": "*"},
    {"HTTP_IF_MATCH": '"abc"'},
    {"HTTP_IF_MODIFIED_SINCE": formatdate(usegmt=True)},
    {"HTTP_IF_UNMODIFIED_SINCE": formatdate(0, usegmt=True)},
    {"HTTP_RANGE": "bytes=0-10"},
    {"HTTP_RANGE": "bytes=0-1,5-6", "HTTP_IF_RANGE": '"abc"'},
    {"HTTP_X_ORIGINAL_URL": "/", "HTTP_X_REWRITE_URL": "/"},
    {"HTTP_X_FORWARDED_HOST": "elsewhere.example", "HTTP_ORIGIN": "https://elsewhere.example"},
    {"HTTP_AUTHORIZATION": "Bearer nothing"},
    {"HTTP_AUTHORIZATION": "Basic b2xpdmlhOm9saXZpYQ=="},
    {"HTTP_REFERER": "http://testserver/admin/"},
    {"HTTP_ACCEPT_LANGUAGE": "xx-klingon, *;q=0"},
    {"HTTP_COOKIE": "sessionid=nothing"},
    {"HTTP_X_WAGTAIL_PREVIEW": "1", "HTTP_PURPOSE": "prefetch"},
]

#: Ways to write the address of a page, some of which are that of no page.
PATHS = [
    "/how-to-sell",
    "//how-to-sell/",
    "/how-to-sell//",
    "/./how-to-sell/",
    "/x/../how-to-sell/",
    "/how-to-sell/.",
    "/how-to-sell/..",
    "/%68ow-to-sell/",
    "/how%2dto%2dsell/",
    "/how-to-sell%2f",
    "/%2fhow-to-sell/",
    "/how-to-sell/%2e",
    "/how-to-sell/;x.css",
    "/how-to-sell/a.css",
    "/how-to-sell.css",
    "/how-to-sell.json",
    "/how-to-sell./",
    "/HOW-TO-SELL/",
    "/how-to-sell%00/",
    "/how-to-sell/%00",
    "/how-to-sell%0d%0aX-Injected:1/",
    "/how-to-sell%20/",
    "/how-to-sell\\",
    "/how‑to‑sell/",
    "/how-to-sell/" + "a" * 8_000,
    "/how-to-sell/" + "a/" * 200,
    "/how-to-sell/?" + "a=" * 4_000,
    "/how-to-sell/%ff%fe/",
    "/index.php/how-to-sell/",
    "/static/../how-to-sell/",
]

QUERIES = [
    "?format=json",
    "?fields=*",
    "?preview=true",
    "?mode=full",
    "?gift[]=1&gift[]=2",
    "?page=2",
    "?_method=GET",
    "?next=/admin/",
    "?print=1&amp=1",
    "?a=%00",
    "?%ff",
]


def ask(client, method, url, **extra):
    client.raise_request_exception = False
    return client.generic(method, url, **extra)


def text_of(response):
    return response.content.decode(errors="replace") + str(list(response.items()))


@pytest.fixture(params=["stranger", "charlie"])
def outsider(request, client):
    if request.param != "stranger":
        client.force_login(request.getfixturevalue(request.param))
    return client


@pytest.fixture(params=["teaser", "login", "not_found"])
def closed(request, article, pro):
    """The article behind a gate of each way to answer."""
    gate_page(article, pro, without_access=request.param)
    return article


@pytest.mark.parametrize("method", METHODS)
def test_no_method_and_no_header_opens_a_page(client, charlie, closed, method):
    client.force_login(charlie)
    for headers in [*HEADERS, {"HTTP_COOKIE": ""}]:
        response = ask(client, method, closed.url, **headers)
        assert CANARY not in text_of(response), headers
        assert response.status_code < 500, headers
        assert response.status_code != 304, headers
        assert response.status_code != 206, headers
        assert response["Cache-Control"] == NO_STORE, headers
        assert not response.has_header("ETag"), headers
        assert not response.has_header("Last-Modified"), headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_no_way_to_write_the_address_opens_a_page(outsider, closed, method):
    for path in PATHS:
        response = ask(outsider, method, path)
        assert CANARY not in text_of(response), path
        assert response.status_code < 500, path
        assert "X-Injected" not in response.headers, path


def test_no_question_opens_a_page(outsider, closed):
    for query in QUERIES:
        for method in READING:
            response = ask(outsider, method, closed.url + query)
            assert CANARY not in text_of(response), query
            assert response.status_code < 500, query
            assert response["Cache-Control"] == NO_STORE, query


def test_no_host_opens_a_page(outsider, closed):
    for host in ("elsewhere.example", "", "a" * 300, "testserver:99999", "[::1]", "a_b..c"):
        response = ask(outsider, "GET", closed.url, HTTP_HOST=host)
        assert CANARY not in text_of(response), host
        assert response.status_code < 500, host


def test_the_length_of_an_answer_tells_nothing_of_the_text(client, home, pro, charlie):
    """Two gated pages that look alike from outside, one with a text a hundred times as long."""
    pages = []
    for slug, words in (("aaaa", 10), ("bbbb", 10_000)):
        page = home.add_child(
            instance=ArticlePage(title="Same", slug=slug, introduction="Same.", body="word " * words)
        )
        gate_page(page, pro)
        pages.append(page)
    for user in (None, charlie):
        if user:
            client.force_login(user)
        for method in METHODS:
            answers = [ask(client, method, page.url) for page in pages]
            lengths = {len(one.content.replace(b"bbbb", b"aaaa")) for one in answers}
            assert len(lengths) == 1, method
            assert len({one.get("Content-Length") for one in answers}) == 1, method
            assert len({one.status_code for one in answers}) == 1, method


def test_a_hidden_page_answers_every_method_like_a_missing_one(client, article, pro):
    gate_page(article, pro, without_access="not_found")
    for method in METHODS:
        for headers in HEADERS:
            hidden = ask(client, method, article.url, **headers)
            missing = ask(client, method, "/how-to-miss/", **headers)
            assert hidden.status_code == missing.status_code == 404, (method, headers)
            assert hidden.content == missing.content, (method, headers)
            assert dict(hidden.items()) == dict(missing.items()), (method, headers)


def test_what_another_hook_answers_for_a_member_is_kept_for_nobody(
    client, alice, gated_article, pro, now
):
    give(alice, pro, at=now)
    client.force_login(alice)
    with hooks.register_temporarily("before_serve_page", lambda page, *args: HttpResponse(page.body)):
        response = client.get(gated_article.url)
    assert CANARY in text_of(response)
    assert response["Cache-Control"] == NO_STORE


@pytest.mark.parametrize("method", METHODS)
def test_a_member_never_gets_a_503_or_a_stored_answer(client, alice, gated_article, pro, now, method):
    give(alice, pro, at=now)
    client.force_login(alice)
    response = ask(client, method, gated_article.url)
    assert response.status_code < 500
    assert response["Cache-Control"] == NO_STORE
    assert (CANARY in text_of(response)) is (method in READING)


def test_conditional_middleware_makes_no_oracle(client, settings, alice, gated_article, pro, now):
    """A member's ETag is of no use to a stranger."""
    settings.MIDDLEWARE = ["django.middleware.http.ConditionalGetMiddleware", *settings.MIDDLEWARE]
    give(alice, pro, at=now)
    client.force_login(alice)
    etag = client.get(gated_article.url).get("ETag", '"abc"')
    client.logout()
    right = ask(client, "GET", gated_article.url, HTTP_IF_NONE_MATCH=etag)
    wrong = ask(client, "GET", gated_article.url, HTTP_IF_NONE_MATCH='"wrong"')
    assert (right.status_code, right.content) == (wrong.status_code, wrong.content)
    assert right.status_code == 200


def test_sub_routes_answer_odd_requests_alike(client, home, pro):
    page = home.add_child(instance=RoutedPage(title="Routed", slug="routed", body=CANARY))
    gate_page(page, pro)
    for path in ("", "part/", "part", "nothing/", "part/nothing/", "part//"):
        for method in METHODS:
            response = ask(client, method, page.url + path)
            assert CANARY not in text_of(response)
            assert response.status_code < 500
