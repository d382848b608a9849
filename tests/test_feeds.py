"""Feeds of a site: Django's own, with the mixin before it."""

import pytest
from django.contrib.syndication.views import Feed
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import include, path
from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed

from tests import urls as site_urls
from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import ArticlePage
from wagtail_licensing.feeds import GatedFeedMixin
from wagtail_licensing.models import Gate

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class WithContent(Rss201rev2Feed):
    """RSS with the whole text, as readers like it."""

    def root_attributes(self):
        return {**super().root_attributes(), "xmlns:content": "http://purl.org/rss/1.0/modules/content/"}

    def add_item_elements(self, handler, item):
        super().add_item_elements(handler, item)
        if item.get("content"):
            handler.addQuickElement("content:encoded", item["content"])


class News(Feed):
    """A feed that gives the whole text of every article."""

    feed_type = WithContent
    title = "News"
    link = "/news/"
    description = "All news"

    def items(self):
        return ArticlePage.objects.live().order_by("path")

    def item_title(self, item):
        return item.title

    def item_description(self, item):
        return item.body

    def item_link(self, item):
        return item.full_url

    def item_extra_kwargs(self, item):
        return {"content": item.body}

    def item_enclosure_url(self, item):
        return f"https://example.org/{item.body}.mp3"

    item_enclosure_length = 1
    item_enclosure_mime_type = "audio/mpeg"


class GatedNews(GatedFeedMixin, News):
    """The same, with the mixin."""


class GatedAtom(GatedNews):
    feed_type = Atom1Feed


class Sliced(GatedNews):
    def items(self):
        return ArticlePage.objects.live().order_by("path")[:10]


class Listed(GatedNews):
    def items(self):
        return [*ArticlePage.objects.live().order_by("path")]


class FromTemplates(GatedNews):
    title_template = description_template = "testapp/feed_item.html"


class ForMembers(GatedNews):
    """Each member's own feed."""

    def get_feed_user(self, request):
        return request.user


class OfWords(GatedNews):
    """A feed of things that no gate stands before."""

    def items(self):
        return [{"title": "word", "body": "words"}]

    def item_title(self, item):
        return item["title"]

    def item_description(self, item):
        return item["body"]

    def item_link(self, item):
        return "/word/"

    def item_extra_kwargs(self, item):
        return {"content": item["body"]}

    item_enclosures = ()


FEEDS = {
    "gated": GatedNews(),
    "atom": GatedAtom(),
    "sliced": Sliced(),
    "listed": Listed(),
    "templates": FromTemplates(),
    "members": ForMembers(),
}
urlpatterns = [
    path("plain.xml", News()),
    path("words.xml", OfWords()),
    *(path(f"{name}.xml", feed) for name, feed in FEEDS.items()),
    path("", include(site_urls)),
]


@pytest.fixture
def news(gated_article, home, pro):
    """The gated article with its teaser, one that is hidden, and one that is open."""
    hidden = home.add_child(
        instance=ArticlePage(title="Hidden", slug="hidden", introduction="unseen", body=CANARY)
    )
    gate_page(hidden, pro, without_access="not_found")
    home.add_child(instance=ArticlePage(title="Open", slug="open", body="the open text"))
    return gated_article


def read(client, name):
    response = client.get(f"/{name}.xml")
    assert response.status_code == 200
    return response.content.decode()


def test_without_the_mixin_the_feed_gives_everything_away(client, news):
    assert read(client, "plain").count(CANARY) >= 4


@pytest.mark.parametrize("name", FEEDS)
@pytest.mark.parametrize("who", [None, "charlie"])
def test_of_what_is_closed_a_feed_gives_the_teaser(request, client, news, name, who):
    if who:
        client.force_login(request.getfixturevalue(who))
    text = read(client, name)
    assert CANARY not in text
    assert news.title in text
    assert news.introduction in text
    assert news.full_url in text
    assert "hidden" not in text.lower()
    assert "unseen" not in text
    assert "the open text" in text


@pytest.mark.parametrize("name", FEEDS)
def test_only_a_feed_of_members_gives_a_member_the_whole_text(client, news, alice, pro, now, name):
    give(alice, pro, at=now)
    client.force_login(alice)
    response = client.get(f"/{name}.xml")
    assert (CANARY in response.content.decode()) is (name == "members")


def test_the_feed_of_visitors_may_be_stored_and_that_of_members_not(client, settings, news, charlie):
    settings.MIDDLEWARE = ["wagtail_licensing.middleware.LicensingMiddleware", *settings.MIDDLEWARE]
    client.force_login(charlie)
    assert not client.get("/gated.xml").has_header("Cache-Control")
    assert client.get("/members.xml")["Cache-Control"] == "private, no-store"


def test_two_requests_at_once_do_not_share_a_reader(news, alice, pro, now):
    """The view is one object for all requests."""
    give(alice, pro, at=now)
    feed = FEEDS["members"]
    request = RequestFactory().get("/")
    request.user = alice
    assert isinstance(feed(request), HttpResponse)
    assert feed._asked is None
    assert "item_extra_kwargs" not in vars(feed)


def test_without_gates_a_feed_is_that_of_the_site(client, news):
    Gate.objects.all().delete()
    assert read(client, "gated").replace("gated.xml", "plain.xml") == read(client, "plain")


def test_items_that_are_no_objects_of_the_database_stay(client, news):
    assert "words" in read(client, "words")


def test_more_items_cost_no_more_queries(client, news, home):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost(name):
        read(client, name)
        with CaptureQueriesContext(connection) as captured:
            read(client, name)
        return len(captured)

    for name in ("gated", "sliced"):
        extra = cost(name) - cost("plain")
        for number in range(8):
            home.add_child(instance=ArticlePage(title=f"{name}{number}", slug=f"{name}{number}"))
        assert cost(name) - cost("plain") == extra <= 1
