"""The gate before pages, over HTTP: what each visitor gets, and what nobody gets by accident."""

import datetime as dt

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm
from wagtail import hooks
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import PageViewRestriction

from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import ArticlePage, RoutedPage
from wagtail_licensing.access import freshness
from wagtail_licensing.models import Gate, ProductPrice
from wagtail_licensing.signals import access_denied

pytestmark = pytest.mark.django_db

NO_STORE = "private, no-store"
METHODS = ("get", "head", "post", "options", "put", "delete", "patch", "trace")


@pytest.fixture
def lapsed(dana, pro, now):
    """Dana, whose license has ended."""
    give(dana, pro, at=now - dt.timedelta(days=60), ends_at=now - dt.timedelta(seconds=1))
    return dana


@pytest.fixture
def switched_off(bob, pro, now):
    """Bob, who holds a license and a grant by hand, and whose account is switched off."""
    give(bob, pro, at=now)
    assign_perm("use_product", bob, pro)
    bob.is_active = False
    bob.save()
    return bob


def answer(client, url, user=None, method="get", **extra):
    if user is not None:
        client.force_login(user)
    return getattr(client, method)(url, **extra)


def holds_canary(response) -> bool:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = str(list(response.items()))
    return CANARY in body.decode(errors="replace") or CANARY in headers


@pytest.mark.parametrize("who", [None, "charlie", "lapsed", "switched_off"])
@pytest.mark.parametrize("method", METHODS)
def test_the_canary_is_in_no_answer_to_who_may_not_read(request, client, gated_article, who, method):
    user = request.getfixturevalue(who) if who else None
    for extra in (
        {},
        {"headers": {"range": "bytes=0-10"}},
        {"headers": {"if-none-match": "*"}},
        {"headers": {"x-requested-with": "XMLHttpRequest", "accept": "application/json"}},
        {"headers": {"x-http-method-override": "GET"}},
    ):
        response = answer(client, gated_article.url, user, method, **extra)
        assert not holds_canary(response)
        assert response["Cache-Control"] == NO_STORE


@pytest.mark.parametrize("query", ["?format=json", "?mode=", "?preview=1", "?fields=*", "?page=2"])
def test_no_query_string_opens_a_page(client, gated_article, query):
    response = client.get(gated_article.url + query)
    assert not holds_canary(response)


@pytest.mark.parametrize("who", ["alice", "erin", "olivia"])
def test_who_may_read_gets_the_page_and_no_cache_keeps_it(request, client, gated_article, pro, now, who):
    user = request.getfixturevalue(who)
    if who == "alice":
        give(user, pro, at=now)
    response = answer(client, gated_article.url, user)
    assert holds_canary(response)
    assert response["Cache-Control"] == NO_STORE
    assert "Cookie" in response["Vary"]


def test_the_paywall_shows_the_title_and_the_teaser(client, gated_article):
    response = client.get(gated_article.url)
    text = response.content.decode()
    assert response.status_code == 200
    assert gated_article.title in text
    assert gated_article.introduction in text


def test_the_context_of_the_paywall_holds_nothing_of_the_page(client, gated_article):
    response = client.get(gated_article.url)
    assert response.context["page"].title == gated_article.title
    assert not hasattr(response.context["page"], "body")
    for context in response.context:
        assert "self" not in context


def test_the_paywall_says_what_opens_the_page_and_what_the_visitor_has(
    client, charlie, gated_article, pro, basic, now
):
    ProductPrice.objects.create(
        product=pro, stripe_price_id="price_1", currency="EUR", unit_amount=1200, interval="month"
    )
    ProductPrice.objects.create(
        product=pro, stripe_price_id="price_old", currency="EUR", unit_amount=900, is_archived=True
    )
    give(charlie, basic, at=now)
    context = answer(client, gated_article.url, charlie).context
    (offer,) = context["offers"]
    assert (offer.product, [price.stripe_price_id for price in offer.prices]) == (pro, ["price_1"])
    assert context["held"] == ["Basic"]
    assert context["decision"].reason == "other_product"
    assert context["sign_in_url"] == "/login/?next=%2Fhow-to-sell%2F"


def test_an_archived_product_is_not_offered(client, gated_article, pro):
    ProductPrice.objects.create(
        product=pro, stripe_price_id="price_1", currency="EUR", unit_amount=1200, interval="month"
    )
    assert client.get(gated_article.url).context["offers"]
    pro.is_archived = True
    pro.save()
    assert client.get(gated_article.url).context["offers"] == []


def test_the_status_of_the_paywall_is_a_setting(client, gated_article, settings):
    settings.WAGTAIL_LICENSING_DENIED_STATUS = 402
    assert client.get(gated_article.url).status_code == 402


def test_a_head_request_gets_no_body(client, gated_article):
    response = client.head(gated_article.url)
    assert (response.status_code, response.content) == (200, b"")


def test_login_mode_sends_an_anonymous_visitor_to_sign_in_and_back(client, article, pro):
    gate_page(article, pro, without_access="login")
    response = client.get(article.url + "?a=1")
    assert response.status_code == 302
    assert response["Location"] == "/login/?next=%2Fhow-to-sell%2F%3Fa%3D1"
    assert response["Cache-Control"] == NO_STORE


def test_login_mode_never_sends_a_signed_in_visitor_in_circles(client, charlie, article, pro):
    gate_page(article, pro, without_access="login")
    response = answer(client, article.url, charlie)
    assert response.status_code == 200
    assert not holds_canary(response)


def test_hidden_mode_answers_like_a_page_that_does_not_exist(client, article, pro):
    gate_page(article, pro, without_access="not_found")
    hidden, missing = client.get(article.url), client.get("/no-such-page/")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content
    assert dict(hidden.items()) == dict(missing.items())
    assert hidden["Cache-Control"] == NO_STORE, "a kept 404 would be shown to a member"


def test_a_missing_page_is_left_alone_where_nothing_is_hidden(client, gated_article):
    assert not client.get("/no-such-page/").has_header("Cache-Control")


def test_a_redirect_for_the_address_of_a_hidden_page_does_not_open_it(client, article, pro):
    gate_page(article, pro, without_access="not_found")
    Redirect.objects.create(old_path="/how-to-sell", redirect_link="/elsewhere/")
    assert not holds_canary(client.get(article.url))


def test_hidden_mode_shows_the_page_to_who_may_read(client, alice, article, pro, now):
    gate_page(article, pro, without_access="not_found")
    give(alice, pro, at=now)
    assert holds_canary(answer(client, article.url, alice))


def test_an_ungated_page_is_as_before(client, article):
    response = client.get(article.url)
    assert holds_canary(response)
    assert not response.has_header("Cache-Control")
    assert "Cookie" not in response.get("Vary", "")


def test_a_free_lesson_in_a_gated_course_is_read_by_everybody(client, course, pro):
    gate_page(course, pro)
    first, second, _ = course.get_children()
    gate_page(first, audience="everyone")
    assert holds_canary(client.get(first.url))
    assert not holds_canary(client.get(second.url))


def test_sub_routes_are_gated_with_their_page(client, alice, home, pro, now):
    page = home.add_child(instance=RoutedPage(title="Routed", slug="routed", body=CANARY))
    assert holds_canary(client.get(page.url + "part/"))
    gate_page(page, pro)
    for url in (page.url, page.url + "part/"):
        assert not holds_canary(client.get(url))
    give(alice, pro, at=now)
    assert holds_canary(answer(client, page.url + "part/", alice))


def test_what_a_route_leads_to_is_what_is_gated(client, home, gated_article, monkeypatch):
    other = home.add_child(instance=ArticlePage(title="Open", slug="open", body="open"))

    def route(self, request, components):
        from wagtail.url_routing import RouteResult

        return RouteResult(ArticlePage.objects.get(pk=gated_article.pk))

    monkeypatch.setattr(ArticlePage, "route", route)
    assert not holds_canary(client.get(other.url))


def test_an_alias_is_gated_over_http_whichever_came_first(client, home, article, pro):
    before = article.create_alias(parent=home, update_slug="before")
    gate_page(article, pro)
    after = article.create_alias(parent=home, update_slug="after")
    for page in (before, after):
        assert not holds_canary(client.get(page.url))


def test_a_failed_decision_is_503_and_shows_nothing(client, alice, gated_article, pro, now, monkeypatch):
    give(alice, pro, at=now)

    def broken():
        raise RuntimeError("no database")

    monkeypatch.setattr(freshness, "load_index", broken)
    freshness.forget()
    response = answer(client, gated_article.url, alice)
    assert response.status_code == 503
    assert response["Cache-Control"] == NO_STORE
    assert response["Retry-After"]
    assert not holds_canary(response)


def test_no_other_hook_answers_before_the_gate(client, gated_article):
    from django.http import HttpResponse

    def careless(page, request, args, kwargs):
        return HttpResponse(page.body)

    with hooks.register_temporarily("before_serve_page", careless):
        assert not holds_canary(client.get(gated_article.url))


def test_core_privacy_still_holds_for_who_passes_the_gate(client, alice, gated_article, pro, now):
    PageViewRestriction.objects.create(
        page=gated_article, restriction_type="password", password="open sesame"
    )
    give(alice, pro, at=now)
    response = answer(client, gated_article.url, alice)
    assert not holds_canary(response)
    assert response["Cache-Control"] == NO_STORE


def test_editors_preview_a_gated_page_untouched(client, erin, gated_article):
    gated_article.save_revision()
    client.force_login(erin)
    response = client.get(reverse("wagtailadmin_pages:view_draft", args=[gated_article.pk]))
    assert holds_canary(response)


def test_a_member_without_the_admin_gets_no_preview(client, charlie, gated_article):
    gated_article.save_revision()
    client.force_login(charlie)
    response = client.get(reverse("wagtailadmin_pages:view_draft", args=[gated_article.pk]))
    assert response.status_code in {302, 403}
    assert not holds_canary(response)


def test_a_cache_in_front_keeps_no_answer(client, alice, gated_article, pro, now, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    give(alice, pro, at=now)
    assert holds_canary(answer(client, gated_article.url, alice))
    client.logout()
    assert not holds_canary(client.get(gated_article.url))


def test_a_denial_is_announced_with_ids_only(client, charlie, gated_article):
    heard = []

    def listen(**kwargs):
        heard.append((kwargs["user_id"], kwargs["target"].pk, kwargs["decision"].reason))

    access_denied.connect(listen)
    answer(client, gated_article.url, charlie)
    access_denied.disconnect(listen)
    assert heard == [(charlie.pk, gated_article.pk, "license_required")]


def test_deleting_the_gate_opens_the_page_at_once(client, gated_article):
    assert not holds_canary(client.get(gated_article.url))
    Gate.objects.get().delete()
    assert holds_canary(client.get(gated_article.url))
