"""What an API list costs does not depend on how many gates hide their pages."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail import VERSION

from tests.conftest import CANARY, gate_page
from tests.testapp.models import ArticlePage

pytestmark = pytest.mark.django_db

V3 = pytest.mark.skipif(VERSION < (8, 0), reason="the API v3 came with Wagtail 8.0")


def hide(home, product, numbers):
    for number in numbers:
        page = ArticlePage(title=f"Hidden {number}", slug=f"hidden-{number}", body=CANARY)
        gate_page(home.add_child(instance=page), product, without_access="not_found")


@pytest.mark.parametrize(
    "url",
    [
        "/site-api/pages/?limit=1",
        "/site-api/pages/{}/",
        "/site-api/pages/?limit=1&search=open",
        "/sitemap.xml",
        pytest.param("/api/v3/pages/?limit=1", marks=V3),
        pytest.param("/api/v3/pages/{}/", marks=V3),
    ],
)
def test_more_hidden_pages_cost_no_more_queries(client, who, world, home, pro, url):
    client = who("bob")
    url = url.format(world.hub.pk)

    def queries():
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
        assert response.status_code == 200
        assert "Hidden" not in response.content.decode()
        return captured.captured_queries

    few = queries()
    hide(home, pro, range(12))
    many = queries()
    assert len(many) == len(few), [query["sql"] for query in many]
    # Nor does a list carry a condition for each of them.
    assert max(len(query["sql"]) for query in many) < 2 * max(len(query["sql"]) for query in few)


@pytest.mark.parametrize("who_asks", ["alice", "olivia"])
def test_who_opens_hidden_pages_finds_them_in_a_list(who, request, world, home, pro, who_asks):
    hide(home, pro, range(3))
    client = who(who_asks) if who_asks == "alice" else who(None)
    if who_asks == "olivia":
        client.force_login(request.getfixturevalue("olivia"))
    text = client.get("/site-api/pages/?type=testapp.ArticlePage&limit=20&fields=*").content.decode()
    assert all(f"Hidden {number}" in text for number in range(3))
    assert CANARY in text
