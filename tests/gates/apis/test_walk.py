"""A walk over every endpoint of the APIs with everything that can be asked, as people who open nothing.

The same walk with the APIs left as they are finds what is gated, so that it is not empty. Each address
is asked by one of those people, with one type of page at a time; in a deep run by all, with all.
"""

import logging
import re
from itertools import product

import pytest
from wagtail import VERSION

from tests.apisite.models import TeaserPage
from tests.conftest import CANARY
from tests.testapp.models import ArticlePage
from wagtail_licensing.gates import floor

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quiet():
    """Log none of the thousands of answers that say no."""
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


HAS_V3 = VERSION >= (8, 0)
#: A visitor, a stranger with an account, a holder of another product, and one whose license ended.
CLOSED_FOR = [None, "charlie", "bob", "dana"]

#: Words that stand in gated things and nowhere else.
SECRETS = [CANARY, "Gatedtitle", "Childtitle", "Hiddentitle"]

#: What a hidden page would be known by.
HIDDEN = ["hiddenslug", "Hiddentitle", "gone-hidden"]

NESTED = [
    "related",
    "related(*)",
    "related(title,body)",
    "article(*)",
    "article(*,related(*,related(*)))",
    "hub(*,article(*,related(*)))",
    "hub(hub(article(title,body)))",
    "document(*)",
    "image(*)",
    "topic(*)",
    "topic(*,page(*),article(*),document(*))",
    "topic(article(*,related(*)),page(title))",
    "articles(*)",
    "links(*)",
    "links(page(*),article(*),document(*))",
    "parent(*)",
    "alias_of(*)",
]

FIELDS = [
    "",
    "*",
    "_,title,body",
    "_,content",
    "*,-title",
    "-id",
    "body,introduction",
    "_,article_body,article_text,thumbnail",
    *NESTED,
    "*," + ",".join(name for name in NESTED if name.endswith("(*)") and name.count("(") == 1),
]

TYPES = [
    "testapp.ArticlePage",
    "apisite.HubPage",
    "apisite.TeaserPage",
    "testapp.ArticlePage,apisite.TeaserPage",
]


def pages_of(world):
    return [world.gated, world.alias, world.child, world.hidden, world.teaser, world.hub]


def filters(world):
    """Every way to choose pages."""
    yield ""
    yield from (f"slug={page.slug}" for page in pages_of(world))
    yield from (f"title={page.title}" for page in pages_of(world))
    for page, name in product(
        [*pages_of(world), world.home],
        ("child_of", "descendant_of", "ancestor_of", "translation_of", "id", "related", "article"),
    ):
        yield f"{name}={page.pk}"
    yield from (f"{name}=root" for name in ("child_of", "descendant_of", "translation_of"))
    yield from ("site=localhost", "site=localhost:80", "locale=en")
    yield from (f"search={word}" for word in (CANARY, "Gatedtitle", "Hiddentitle", "Openly", "begins"))
    yield from (f"search={CANARY}&search_operator={op}" for op in ("and", "or"))
    yield f"search={CANARY}&order=title"
    yield from (f"body=<p>It holds {CANARY}.</p>", f"body=<p>{CANARY}</p>", "introduction=Openly said")
    yield from ("rating=3", f"says={CANARY}", "show_in_menus=false")
    yield from (f"order={name}" for name in ("body", "-body", "title", "rating", "slug", "random"))
    yield from ("limit=1", "offset=1", "limit=20&offset=0")
    yield from ("rich_text_format=html", "rich_text_format=markdown", "format=json", "format=api")


def in_turn(values, number, deep):
    """All of ``values`` in a deep run, else the one whose turn it is."""
    return values if deep else [values[number % len(values)]]


def ask_v2(world, deep):
    """Every address of the API v2."""
    for base in ("/site-api/pages/", "/site-api/everything/"):
        types = TYPES if "everything" not in base else TYPES[:1]
        for number, chosen in enumerate(filters(world)):
            if deep or "everything" not in base:
                yield f"{base}?{chosen}"
            for type_ in in_turn(types, number, deep):
                yield f"{base}?{chosen}&type={type_}&fields=*"
        for type_, fields in product(("apisite.HubPage", "apisite.TeaserPage"), FIELDS):
            yield f"{base}?type={type_}&fields={fields}"
        yield from (f"{base}?fields={fields}" for fields in ("*", "title", "_", "parent", "alias_of"))
        for page in [*pages_of(world), world.home]:
            for fields in FIELDS if page in (world.hub, world.teaser) else FIELDS[:6]:
                yield f"{base}{page.pk}/?fields={fields}"
            yield f"{base}{page.pk}/?fields=*&rich_text_format=html"
            yield f"{base}{page.pk}/?fields=*&format=api"
            yield f"{base}find/?id={page.pk}&fields=*"
            yield f"{base}find/?html_path={page.url}"
        yield f"{base}find/?says={CANARY}"
    for name, item in (
        ("documents", world.document),
        ("images", world.image),
        ("topics", world.topic),
        ("redirects", world.redirect),
    ):
        base = f"/site-api/{name}/"
        fields = ["", "*", "_,title,name", "page(*)", "*,page(*),article(*),document(*)"]
        for asked in fields:
            yield f"{base}?fields={asked}"
            yield f"{base}{item.pk}/?fields={asked}"
        yield from (f"{base}?search={CANARY}", f"{base}?title=Handbook {CANARY}", f"{base}?order=title")
        yield from (f"{base}find/?id={item.pk}", f"{base}find/?html_path=/gone-hidden")


def ask_v3(world, deep):
    """Every address of the API v3 that may be read without a token, and those that may not."""
    base = "/api/v3/pages/"
    types = [f"type={type_}" for type_ in TYPES if "," not in type_]
    types.append("type=testapp.ArticlePage&type=apisite.TeaserPage")
    for number, chosen in enumerate(filters(world)):
        yield f"{base}?{chosen}"
        yield from (f"{base}?{chosen}&{type_}" for type_ in in_turn(types, number, deep))
    for page in [*pages_of(world), world.home]:
        yield f"{base}{page.pk}/"
        yield from (f"{base}{page.pk}/?version=draft", f"{base}{page.pk}/?rich_text_format=html")
        yield from (f"{base}find/?id={page.pk}", f"{base}find/?html_path={page.url}")
        yield from (f"{base}{page.pk}/revisions/", f"{base}{page.pk}/revisions/1/")
        yield from (f"{base}{page.pk}/workflow/", f"{base}{page.pk}/workflow/history/")
        yield f"{base}{page.pk}/actions/copy/"
    for name, item in (
        ("documents", world.document),
        ("images", world.image),
        ("redirects", world.redirect),
        ("snippets/apisite.Topic", world.topic),
    ):
        base = f"/api/v3/{name}/"
        yield from (base, f"{base}{item.pk}/", f"{base}find/?id={item.pk}")
        yield from (f"{base}{item.pk}/{tail}/" for tail in ("revisions", "revisions/1", "workflow"))
        yield f"{base}{item.pk}/workflow/history/"
        yield f"{base}find/?html_path=/gone-hidden"
        yield from (f"{base}?search={CANARY}", f"{base}?title=Handbook {CANARY}", f"{base}?order=title")
    for name in (
        "openapi.json",
        "schema/",
        "schema/testapp.ArticlePage/",
        "sites/",
        "sites/1/",
        "whoami/",
    ):
        yield f"/api/v3/{name}"


def walk(client, urls):
    """Ask every address, follow where it leads, and yield each with its status and its text."""
    for url in urls:
        response = client.get(url, follow=True)
        chain = " ".join(to for to, _ in response.redirect_chain)
        # What was asked is not an answer.
        asked = re.escape(url)
        text = response.content.decode() + chain
        yield url, response, re.sub(asked, "", text)


APIS = ["v2", pytest.param("v3", marks=pytest.mark.skipif(not HAS_V3, reason="came with Wagtail 8.0"))]


def addresses(api, world, deep=False):
    return list(ask_v2(world, deep) if api == "v2" else ask_v3(world, deep))


def assert_nothing_is_found(client, urls):
    """Ask every address; return how many were answered."""
    answered = 0
    for url, response, text in walk(client, urls):
        assert response.status_code < 500, url
        for secret in SECRETS:
            assert secret not in text, (url, text)
        for word in HIDDEN:
            assert word not in text, (url, text)
        if not any(part in url for part in ("openapi", "actions", "workflow", "/revisions")):
            assert response["Cache-Control"] == "private, no-store", url
        answered += response.status_code == 200
    return answered


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("name", CLOSED_FOR)
def test_no_answer_holds_what_is_closed(api, name, world, who):
    urls = addresses(api, world)[CLOSED_FOR.index(name) :: len(CLOSED_FOR)]
    assert assert_nothing_is_found(who(name), urls) > 20


@pytest.mark.deep
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("name", CLOSED_FOR)
def test_nobody_finds_it_whatever_they_ask(api, name, world, who):
    assert assert_nothing_is_found(who(name), addresses(api, world, deep=True)) > 100


@pytest.mark.parametrize("api", APIS)
def test_the_same_walk_finds_it_where_the_apis_are_left_as_they_are(api, world, who, settings):
    settings.WAGTAIL_LICENSING_GATE_API = False
    settings.WAGTAIL_LICENSING_FLOOR = False
    floor.sync_floor()
    missing = {*SECRETS, "hiddenslug"}
    for _, _, text in walk(who("charlie"), addresses(api, world)):
        missing -= {secret for secret in missing if secret in text}
        if not missing:
            break
    assert not missing


@pytest.mark.parametrize("api", APIS)
def test_who_holds_a_license_is_not_walled_off(api, world, who):
    # The API v3 knows nobody but visitors and editors.
    client = who("alice")
    urls = addresses(api, world)[::8]
    found = [url for url, _, text in walk(client, urls) if CANARY in text]
    assert (len(found) > 5) == (api == "v2")


def lists(api, world, deep=False):
    """The addresses of lists, without what only changes their looks."""
    base = "/site-api/pages/" if api == "v2" else "/api/v3/pages/"
    looks = re.compile("random|format=|limit=|offset=")
    for number, chosen in enumerate(filters(world)):
        if not looks.search(chosen):
            types = [f"{chosen}&type={type_}" for type_ in TYPES]
            # What is searched for is asked in every way: that is what would tell.
            everything = deep or "search=" in chosen or "body=" in chosen
            asked = [chosen, *types] if everything else in_turn([chosen, *types], number, deep=False)
            yield from (f"{base}?{one}" for one in asked)
    if api == "v2":
        yield f"/site-api/everything/?says={CANARY}"


def counts(client, urls):
    """The number that each list gives."""
    answers = {}
    for url in urls:
        response = client.get(url)
        data = response.json() if response["Content-Type"].startswith("application/json") else {}
        data = data if isinstance(data, dict) else {}
        counted = data.get("meta", {}).get("total_count", data.get("count"))
        answers[url] = (response.status_code, counted)
    return answers


def without_the_word():
    for model in (ArticlePage, TeaserPage):
        for page in model.objects.filter(body__contains=CANARY):
            page.body = "<p>nothing</p>"
            page.save()


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("deep", [False, pytest.param(True, marks=pytest.mark.deep)])
def test_no_list_counts_otherwise_when_the_word_is_not_there(api, world, who, deep):
    client = who("charlie")
    urls = list(lists(api, world, deep))
    with_the_word = counts(client, urls)
    assert sum(isinstance(count, int) for _, count in with_the_word.values()) > 50
    without_the_word()
    assert counts(client, urls) == with_the_word


@pytest.mark.parametrize("api", APIS)
def test_lists_do_count_otherwise_where_the_apis_are_left_as_they_are(api, world, who, settings):
    settings.WAGTAIL_LICENSING_GATE_API = False
    client = who("charlie")
    urls = [url for url in lists(api, world) if f"search={CANARY}" in url or "body=" in url]
    with_the_word = counts(client, urls)
    without_the_word()
    changed = {url for url, count in counts(client, urls).items() if count != with_the_word[url]}
    assert any("search=" in url for url in changed)
    assert any("body=" in url for url in changed)


@pytest.mark.skipif(not HAS_V3, reason="came with Wagtail 8.0")
def test_the_walk_leaves_out_no_address_of_the_api_v3(client, world):
    paths = client.get("/api/v3/openapi.json").json()["paths"]
    readable = {path for path, methods in paths.items() if "get" in methods}
    asked = [url.split("?")[0] for url in ask_v3(world, deep=False)]
    missed = set()
    for path in readable:
        pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path) + "$")
        if not any(pattern.match(url) for url in asked):
            missed.add(path)
    assert missed == set()


@pytest.mark.skipif(not HAS_V3, reason="came with Wagtail 8.0")
def test_the_description_of_the_api_speaks_of_no_model_of_ours(client, world):
    text = client.get("/api/v3/openapi.json").content.decode()
    assert "ArticlePage" in text
    for word in ("LicenseProduct", "EntitlementRule", "wagtail_licensing", "LicenseSeat"):
        assert word not in text
