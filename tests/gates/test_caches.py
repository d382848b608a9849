"""Caches: what was made for one visitor is never given to another, whoever comes first.

The real middleware with the real local-memory cache, over HTTP.
"""

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.cache import caches
from django.http import Http404, HttpResponse
from django.template import engines
from django.template.response import TemplateResponse
from django.test import AsyncClient, RequestFactory
from django.urls import include, path
from django.views.decorators.cache import cache_page
from wagtail.models import Page

from tests import urls as site_urls
from tests.conftest import CANARY, STAFF, gate_page, give
from tests.testapp.models import ArticlePage, PlainPage
from wagtail_licensing.access import has_access, only_accessible
from wagtail_licensing.conf import now as instant
from wagtail_licensing.gates.headers import touch
from wagtail_licensing.licenses import revoke_license
from wagtail_licensing.models import License

NO_STORE = "private, no-store"
UPDATE = "django.middleware.cache.UpdateCacheMiddleware"
FETCH = "django.middleware.cache.FetchFromCacheMiddleware"
OURS = "wagtail_licensing.middleware.LicensingMiddleware"


def listing(request):
    """A view of a site, which lists what its visitor opens."""
    pages = only_accessible(ArticlePage.objects.live(), request.user)
    return HttpResponse(" ".join(page.body for page in pages) or "nothing")


async def listing_async(request):
    request.user = await request.auser()
    return await sync_to_async(listing)(request)


def late(request):
    """A view whose template asks, when it is rendered: after the view has returned."""
    pages = only_accessible(ArticlePage.objects.live(), request.user)
    template = engines["django"].from_string("{% for page in pages %}{{ page.body }}{% endfor %}")
    return TemplateResponse(request, template, {"pages": pages})


def asking(request):
    """A view that asks and shows the same to everybody but says that it asked, with a tag's touch."""
    touch(request)
    return HttpResponse("asked")


def public(request):
    response = HttpResponse("public")
    response["X-Count"] = str(next(COUNT))
    return response


def shared(request):
    """A view that says that everybody may store what it answers, and asks all the same."""
    response = listing(request)
    response["Cache-Control"] = "public, max-age=3600"
    return response


def missing(request):
    has_access(request.user, ArticlePage.objects.first())
    raise Http404


COUNT = iter(range(1_000_000))

urlpatterns = [
    path("listing/", listing),
    path("listing-async/", listing_async),
    path("listing-for-an-hour/", cache_page(3600)(listing)),
    path("late/", late),
    path("late-for-an-hour/", cache_page(3600)(late)),
    path("asking/", asking),
    path("public/", public),
    path("shared/", shared),
    path("missing/", missing),
    path("", include(site_urls)),
]

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture(autouse=True)
def a_cache(settings):
    """A cache that nothing else has written to."""
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    caches["default"].clear()
    yield
    caches["default"].clear()


@pytest.fixture
def everything_is_cached(settings):
    settings.MIDDLEWARE = [UPDATE, *settings.MIDDLEWARE, FETCH]


@pytest.fixture
def everything_is_cached_and_marked(settings):
    settings.MIDDLEWARE = [UPDATE, OURS, *settings.MIDDLEWARE, FETCH]


@pytest.fixture
def member(alice, pro, now):
    give(alice, pro, at=now)
    return alice


SITES = ["everything_is_cached", "everything_is_cached_and_marked"]
#: What Alice sees and nobody else.
ADDRESSES = [
    "/how-to-sell/",
    "/listing/",
    "/listing-for-an-hour/",
    "/late/",
    "/late-for-an-hour/",
    "/shared/",
]


def get_as(client, user, url):
    client.logout()
    if user is not None:
        client.force_login(user)
    return client.get(url)


@pytest.fixture(params=SITES)
def site(request):
    request.getfixturevalue(request.param)


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_member_comes_first_and_a_stranger_second(site, client, member, charlie, gated_article, url):
    assert CANARY in get_as(client, member, url).content.decode()
    for stranger in (None, charlie):
        response = get_as(client, stranger, url)
        assert CANARY not in response.content.decode()
        assert response["Cache-Control"] == NO_STORE


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_stranger_comes_first_and_a_member_second(site, client, member, charlie, gated_article, url):
    for stranger in (None, charlie):
        assert CANARY not in get_as(client, stranger, url).content.decode()
    response = get_as(client, member, url)
    assert CANARY in response.content.decode()
    assert response["Cache-Control"] == NO_STORE


@pytest.mark.parametrize("url", ADDRESSES)
def test_nothing_that_depends_on_a_person_is_in_the_cache(site, client, member, gated_article, url):
    for user in (None, member, None):
        get_as(client, user, url)
    assert stored() == []


def stored() -> list[str]:
    return [key for key in caches["default"]._cache if ".cache_page." in key or "template" in key]


@pytest.mark.parametrize("url", ADDRESSES)
def test_a_license_that_ends_ends_here_too(site, client, member, pro, gated_article, url):
    client.force_login(member)
    assert CANARY in client.get(url).content.decode()
    revoke_license(license_id=License.objects.get().pk, at=instant(), by=STAFF)
    assert CANARY not in client.get(url).content.decode()


def test_what_asks_no_gate_is_cached_as_before(site, client, gated_article, home):
    plain = home.add_child(instance=PlainPage(title="Plain", slug="plain", body="plain"))
    assert client.get("/public/")["X-Count"] == client.get("/public/")["X-Count"]
    first = client.get(plain.url)
    assert first["Cache-Control"] == "max-age=600"
    PlainPage.objects.update(title="Changed")
    assert b"Changed" not in client.get(plain.url).content


def test_where_no_gate_stands_lists_are_cached_as_before(site, client, article):
    client.get("/listing/")
    assert len(stored()) == 1


def test_a_touched_request_is_stored_nowhere(site, client):
    assert client.get("/asking/")["Cache-Control"] == NO_STORE
    assert stored() == []


@pytest.mark.parametrize("url", ["/listing/", "/late/", "/asking/", "/shared/"])
def test_with_our_middleware_every_answer_that_asks_says_so_to_caches_outside(
    settings, client, charlie, gated_article, url
):
    settings.MIDDLEWARE = [OURS, *settings.MIDDLEWARE]
    for user in (None, charlie):
        response = get_as(client, user, url)
        assert response["Cache-Control"] == NO_STORE
        assert "Cookie" in response["Vary"]
    assert not client.get("/public/").has_header("Cache-Control")


@pytest.mark.parametrize("with_ours", [False, True])
def test_a_404_behind_a_gate_is_kept_for_nobody(client, settings, member, gated_article, with_ours):
    if with_ours:
        settings.MIDDLEWARE = [OURS, *settings.MIDDLEWARE]

    def gone(self, request, *args, **kwargs):
        raise Http404

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ArticlePage, "serve", gone)
        response = get_as(client, member, gated_article.url)
    assert response.status_code == 404
    assert response["Cache-Control"] == NO_STORE


def test_a_500_behind_a_gate_is_kept_for_nobody(client, member, gated_article, monkeypatch):
    def broken(self, request, *args, **kwargs):
        raise RuntimeError(CANARY)

    monkeypatch.setattr(ArticlePage, "serve", broken)
    client.raise_request_exception = False
    response = get_as(client, member, gated_article.url)
    assert response.status_code == 500
    assert response["Cache-Control"] == NO_STORE
    assert CANARY not in response.content.decode()


def test_a_500_of_an_open_page_is_left_alone(client, article, monkeypatch):
    def broken(self, request, *args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(ArticlePage, "serve", broken)
    client.raise_request_exception = False
    assert not client.get(article.url).has_header("Cache-Control")


def test_a_404_of_a_view_that_asked_is_marked(client, settings, gated_article):
    settings.MIDDLEWARE = [OURS, *settings.MIDDLEWARE]
    assert client.get("/missing/")["Cache-Control"] == NO_STORE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("site_of", SITES)
@pytest.mark.parametrize("url", ["/listing-async/", "/listing/", "/how-to-sell/"])
def test_an_asynchronous_site_keeps_nothing_either(
    request, site_of, url, member, charlie, gated_article
):
    request.getfixturevalue(site_of)

    async def ask(user):
        client = AsyncClient()
        if user is not None:
            await client.aforce_login(user)
        return await client.get(url)

    for user, opens in ((member, True), (charlie, False), (None, False), (member, True)):
        response = async_to_sync(ask)(user)
        assert (CANARY in response.content.decode()) is opens
        if user is not None:
            assert response["Cache-Control"] == NO_STORE


# --- fragments ----------------------------------------------------------------------------------

FRAGMENTS = [
    "{% load cache %}{% cache 600 piece %}INNER{% endcache %}",
    "{% load cache %}{% cache 600 piece page.pk using='default' %}INNER{% endcache %}",
    "{% load wagtail_cache %}{% wagtailcache 600 piece %}INNER{% endwagtailcache %}",
    "{% load wagtail_cache %}{% wagtailpagecache 600 piece %}INNER{% endwagtailpagecache %}",
    "{% load cache %}{% cache 600 outer %}{% cache 600 piece %}INNER{% endcache %}{% endcache %}",
]


class Opens:
    """What a site's model method or context does: it asks without a request at hand."""

    def __init__(self, page, user):
        self.page, self.user = page, user

    def __str__(self):
        return self.page.body if has_access(self.user, self.page) else "locked"


def fragment(template, page, user):
    request = RequestFactory().get("/")
    request.user = user
    text = template.replace("INNER", "{{ inner }}")
    context = {"page": page, "inner": Opens(page, user)}
    return engines["django"].from_string(text).render(context, request)


@pytest.mark.parametrize("template", FRAGMENTS)
def test_a_fragment_for_a_member_is_given_to_nobody_else(template, member, charlie, gated_article):
    assert CANARY in fragment(template, gated_article, member)
    assert fragment(template, gated_article, charlie) == "locked"


@pytest.mark.parametrize("template", FRAGMENTS)
def test_a_fragment_for_a_stranger_is_not_given_to_a_member(template, member, charlie, gated_article):
    assert fragment(template, gated_article, charlie) == "locked"
    assert CANARY in fragment(template, gated_article, member)


@pytest.mark.parametrize("template", FRAGMENTS)
def test_a_fragment_that_asks_no_gate_is_stored_as_before(template, charlie, article):
    assert CANARY in fragment(template, article, charlie)
    ArticlePage.objects.update(body="changed")
    changed = Page.objects.get(pk=article.pk).specific
    changed.last_published_at = article.last_published_at
    assert CANARY in fragment(template, changed, charlie)


def test_a_fragment_of_an_answer_that_asked_before_is_not_stored(
    settings, client, member, gated_article, home
):
    """The queryset was narrowed in the view; the fragment only prints it."""
    template = (
        "{% load cache %}{% cache 600 list %}{% for p in pages %}{{ p.body }}{% endfor %}{% endcache %}"
    )

    def view(request):
        pages = list(only_accessible(ArticlePage.objects.live(), request.user))
        return HttpResponse(engines["django"].from_string(template).render({"pages": pages}, request))

    urlpatterns.insert(0, path("printed/", view))
    settings.MIDDLEWARE = [OURS, *settings.MIDDLEWARE]
    try:
        assert CANARY in get_as(client, member, "/printed/").content.decode()
        assert CANARY not in get_as(client, None, "/printed/").content.decode()
    finally:
        urlpatterns.pop(0)


@pytest.mark.parametrize("template", FRAGMENTS[:4])
def test_a_fragment_in_the_template_of_a_gated_page_is_not_stored(
    client, member, gated_article, template, monkeypatch
):
    """Also where it says nothing of the page in its key, as one in a base template."""
    text = template.replace("INNER", "{{ page.body }}")

    def serve(self, request, *args, **kwargs):
        context = {"page": self}
        return HttpResponse(engines["django"].from_string(text).render(context, request))

    monkeypatch.setattr(ArticlePage, "serve", serve)
    assert CANARY in get_as(client, member, gated_article.url).content.decode()
    assert stored() == []


def test_an_error_in_a_fragment_stays_an_error(article, charlie):
    class Broken:
        def __str__(self):
            raise RuntimeError("broken")

    text = "{% load cache %}{% cache 600 piece %}{{ inner }}{% endcache %}"
    with pytest.raises(RuntimeError):
        engines["django"].from_string(text).render({"inner": Broken()}, None)
    assert stored() == []


def test_the_sitemap_is_that_of_nobody_and_may_be_stored(client, everything_is_cached, article, pro):
    gate_page(article, pro, without_access="not_found")
    response = client.get("/sitemap.xml")
    assert response["Cache-Control"] == "max-age=600"
    assert article.url not in response.content.decode()
