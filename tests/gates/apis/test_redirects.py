"""A redirect to an address: no API lists it to who may not know of the page that is there."""

import json

import pytest
from wagtail import VERSION
from wagtail.contrib.redirects.models import Redirect
from wagtail.models import Site

from tests.testapp.models import PlainPage, RoutedPage
from wagtail_licensing.models import Gate

pytestmark = pytest.mark.django_db

V3 = pytest.mark.skipif(VERSION < (8, 0), reason="the API v3 came with Wagtail 8.0")
BOTH = pytest.mark.parametrize("api", ["/site-api/", pytest.param("/api/v3/", marks=V3)])

#: How an address of the site may be written.
LINKS = [
    "/hiddenslug/",
    "/hiddenslug",
    "/hiddenslug/?a=1#b",
    "/fr/hiddenslug/",
    "/hiddenslug/part/",
    "http://localhost/hiddenslug/",
    "http://testserver/hiddenslug/",
    "HTTP://LOCALHOST:8000/hiddenslug/",
]
ELSEWHERE = ["/openhub/", "/nowhere/", "https://example.org/hiddenslug/", "mailto:a@example.org", ""]


def redirect(link, number=1):
    return Redirect.objects.create(old_path=f"/former-{number}", redirect_link=link)


@BOTH
@pytest.mark.parametrize("link", LINKS)
def test_an_address_of_a_hidden_page_is_told_to_who_may_know_of_it(client, who, world, api, link):
    row = redirect(link)
    for url in (f"{api}redirects/", f"{api}redirects/{row.pk}/"):
        for name in (None, "charlie"):
            assert "hiddenslug" not in who(name).get(url).content.decode()
    if "v3" not in api:
        assert "former-1" in who("alice").get(f"{api}redirects/").content.decode()
    Gate.objects.filter(page_id=world.hidden.pk).update(without_access="teaser")
    assert "former-1" in client.get(f"{api}redirects/").content.decode()


@BOTH
def test_addresses_elsewhere_are_listed_as_before(client, world, api):
    for number, link in enumerate(ELSEWHERE):
        redirect(link, number)
    text = client.get(f"{api}redirects/").content.decode()
    assert all(f"former-{number}" in text for number in range(len(ELSEWHERE)))


def test_the_page_that_lies_deepest_counts(client, world, home):
    open_below = home.add_child(instance=PlainPage(title="Open", slug="open"))
    open_below.add_child(instance=PlainPage(title="Below", slug="hiddenslug"))
    routed = world.hidden.add_child(instance=RoutedPage(title="Routed", slug="routed"))
    redirect("/open/hiddenslug/", 1)
    redirect("/hiddenslug/routed/part/", 2)
    text = client.get("/site-api/redirects/").content.decode()
    assert "former-1" in text
    assert "former-2" not in text
    assert routed.url not in text


@pytest.fixture
def _no_site_is_remembered():
    """Wagtail keeps the sites in a cache, which no transaction rolls back."""
    yield
    Site.clear_site_root_paths_cache()


@pytest.mark.usefixtures("_no_site_is_remembered")
def test_another_site_has_addresses_of_its_own(client, world, home):
    other = home.add_child(instance=PlainPage(title="Other", slug="other"))
    other.add_child(instance=PlainPage(title="Elsewhere", slug="hiddenslug"))
    Site.objects.create(hostname="other.example.org", root_page=other)
    redirect("http://other.example.org/hiddenslug/", 1)
    redirect("http://localhost/hiddenslug/", 2)
    text = client.get("/site-api/redirects/").content.decode()
    assert "former-1" in text
    assert "former-2" not in text


def test_more_redirects_cost_no_more_queries(client, world):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        client.get("/site-api/redirects/?limit=1")
        with CaptureQueriesContext(connection) as captured:
            client.get("/site-api/redirects/?limit=1")
        return len(captured)

    redirect("/hiddenslug/", 0)
    few = cost()
    for number in range(1, 30):
        redirect(f"/hiddenslug/{number}/", number)
    assert cost() == few


def test_graphql_tells_no_address_of_a_hidden_page(client, world):
    pytest.importorskip("grapple", reason="wagtail-grapple is not installed")
    redirect("/hiddenslug/", 1)
    redirect("/nowhere/", 2)
    query = json.dumps({"query": "{ redirects { oldPath newUrl } }"})
    response = client.post("/grapple/graphql/", query, content_type="application/json")
    assert "former-2" in response.content.decode()
    assert "hiddenslug" not in response.content.decode()
    assert "former-1" not in response.content.decode()
