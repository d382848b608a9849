"""A question about a hidden page is answered like one about a page that was never there."""

import re

import pytest
from wagtail import VERSION

from tests.testapp.models import ArticlePage

pytestmark = pytest.mark.django_db

V3 = pytest.mark.skipif(VERSION < (8, 0), reason="the API v3 came with Wagtail 8.0")
BOTH = pytest.mark.parametrize("pages", ["/site-api/pages/", pytest.param("/api/v3/pages/", marks=V3)])
NEVER = 999_999

RELATIONS = ["child_of", "descendant_of", "ancestor_of", "translation_of", "id"]


def answer(response, *words):
    """What can be told from an answer, without the words of the question."""
    text = response.content.decode()
    for word in words:
        text = text.replace(str(word), "~")
    headers = {name: value for name, value in response.headers.items() if name != "Content-Length"}
    return response.status_code, text, headers


@BOTH
@pytest.mark.parametrize("question", [f"?{name}={{}}" for name in RELATIONS] + ["{}/", "find/?id={}"])
def test_its_id_is_an_id_that_nothing_has(client, world, pages, question):
    hidden = answer(client.get(pages + question.format(world.hidden.pk)), world.hidden.pk)
    never = answer(client.get(pages + question.format(NEVER)), NEVER)
    assert hidden[::2] == never[::2]
    # Ids of open pages in a list are no words of the question.
    assert re.sub(r"\d+|~", "#", hidden[1]) == re.sub(r"\d+|~", "#", never[1])


@BOTH
@pytest.mark.parametrize(
    ("asked", "never"),
    [
        ("find/?html_path=/hiddenslug/", "find/?html_path=/nowhereslug/"),
        ("?slug=hiddenslug", "?slug=nowhereslug"),
        ("?title=Hiddentitle", "?title=Nowheretitle"),
        ("?search=Hiddentitle", "?search=Nowheretitle"),
    ],
)
def test_its_address_and_its_words_are_those_of_nothing(client, world, pages, asked, never):
    words = ("hiddenslug", "nowhereslug", "Hiddentitle", "Nowheretitle")
    assert answer(client.get(pages + asked), *words) == answer(client.get(pages + never), *words)


def test_an_endpoint_s_own_way_to_find_tells_nothing(client, world):
    ArticlePage.objects.exclude(pk=world.hidden.pk).update(body="")
    never = client.get("/site-api/everything/find/?says=nothing-says-this")
    hidden = client.get("/site-api/everything/find/?says=quetzalcoatl-canary")
    assert answer(hidden) == answer(never)
    assert hidden.status_code == 404
