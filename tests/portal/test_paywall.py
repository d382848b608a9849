"""The page in place of what is locked."""

import datetime as dt
import json
import re

import pytest
from django.urls import reverse

from tests.conftest import CANARY, gate_page, give
from tests.portal.sales import make_price

pytestmark = pytest.mark.django_db


@pytest.fixture
def locked(article, pro, monthly):
    """The article, which Pro opens and Pro is for sale."""
    gate_page(article, pro)
    return article


def shown(client, page, user=None):
    if user is not None:
        client.force_login(user)
    text = client.get(page.url).content.decode()
    assert CANARY not in text
    return text


def test_a_visitor_reads_title_and_teaser_and_what_opens_it(client, locked, monthly):
    page = shown(client, locked)
    assert "<h1>How to sell</h1>" in page
    assert "The first lines are for everybody." in page
    assert "This is for members." in page
    assert 'href="/login/?next=%2Fhow-to-sell%2F"' in page
    assert reverse("wagtail_licensing:buy", args=[monthly.pk]) in page
    assert f'name="next" value="{locked.url}"' in page


def test_a_member_of_another_product_is_told_what_it_needs(client, locked, alice, basic, now):
    give(alice, basic, at=now)
    page = shown(client, locked, alice)
    assert "You have Basic." in page
    assert "This needs Pro." in page
    assert "/login/" not in page


def test_a_lapsed_member_is_told_that_the_license_has_ended(client, locked, dana, pro, now):
    give(dana, pro, at=now - dt.timedelta(days=9), ends_at=now - dt.timedelta(days=1))
    page = shown(client, locked, dana)
    assert "Your license for this has ended." in page
    assert "Buy Pro" in page
    assert 'href="/licensing/account/"' in page


def test_what_opens_by_itself_later_is_not_sold(client, article, alice, pro, monthly, now):
    gate_page(article, pro, after_days=7)
    give(alice, pro, at=now)
    page = shown(client, article, alice)
    assert "Opens for you on" in page
    assert "What opens this" not in page


def test_a_price_that_is_archived_is_not_offered(client, article, pro):
    gate_page(article, pro)
    price = make_price(pro, 1200, "month", is_archived=True)
    assert reverse("wagtail_licensing:buy", args=[price.pk]) not in shown(client, article)


def test_search_engines_read_that_it_is_not_free_and_no_script_runs(client, locked):
    locked.title = "</script><script>alert(1)</script> & more"
    locked.save()
    page = shown(client, locked)
    blocks = re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL)
    assert [attributes for attributes, _ in blocks] == [' type="application/ld+json"']
    data = json.loads(blocks[0][1])
    assert data["isAccessibleForFree"] is False
    assert data["name"] == locked.title
    assert data["hasPart"]["cssSelector"] == ".licensing-gated"
    assert 'class="licensing-why licensing-gated"' in page
    assert '<meta name="robots" content="noarchive">' in page
    assert "style=" not in page
    assert "onclick" not in page


def test_what_a_page_names_as_free_is_linked_and_nothing_else_is(client, locked, monkeypatch):
    assert "Free to read" not in shown(client, locked)

    def previews(page, request):
        return {"previews": [{"title": "Monday & more", "url": "/course/monday/"}]}

    monkeypatch.setattr(type(locked), "get_paywall_context", previews)
    page = shown(client, locked)
    assert "Free to read" in page
    assert '<a href="/course/monday/">Monday &amp; more</a>' in page
