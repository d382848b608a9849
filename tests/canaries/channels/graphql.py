"""GraphQL by wagtail-grapple, where it is installed."""

import json
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from tests.conftest import CANARY

from ..world import FILES, NAME, World
from .visit import Ask, Visit, add, told_if

_SKIP = "" if find_spec("grapple") else "wagtail-grapple is not installed"
_ARTICLE = "title url ... on ArticlePage { body }"

_PAGES: dict[str, Callable[[World], str]] = {
    "page": lambda w: f"{{ page(id: {w.pages['article'].pk}) {{ {_ARTICLE} }} }}",
    "alias": lambda w: f"{{ page(id: {w.pages['alias made before'].pk}) {{ {_ARTICLE} }} }}",
    "copy": lambda w: f"{{ page(id: {w.pages['copy'].pk}) {{ {_ARTICLE} }} }}",
    "page by slug": lambda w: f'{{ page(slug: "{w.pages["copy"].slug}") {{ {_ARTICLE} }} }}',
    "pages": lambda w: f'{{ pages(contentType: "testapp.ArticlePage", limit: 50) {{ {_ARTICLE} }} }}',
    "children": lambda w: f"{{ page(id: {w.elsewhere.pk}) {{ children {{ {_ARTICLE} }} }} }}",
    "search": lambda w: f'{{ pages(searchQuery: "{CANARY}") {{ {_ARTICLE} }} }}',
    "related": lambda w: (
        f"{{ page(id: {w.hub.pk}) {{ ... on HubPage {{ related {{ {_ARTICLE} }} "
        "article { body } } } }"
    ),
    "blocks": lambda w: (
        f"{{ page(id: {w.hub.pk}) {{ ... on HubPage {{ content {{ ... on PageChooserBlock "
        f"{{ page {{ {_ARTICLE} }} }} }} }} }} }}"
    ),
}

_FILES: dict[str, tuple[str, Callable[[World], str]]] = {
    "documents": ("document", lambda w: "{ documents { title url } }"),
    "document": ("document", lambda w: f"{{ document(id: {w.document.pk}) {{ title url }} }}"),
    "document of a page": (
        "document",
        lambda w: f"{{ page(id: {w.hub.pk}) {{ ... on HubPage {{ document {{ title url }} }} }} }}",
    ),
    "images": ("image", lambda w: "{ images { title url } }"),
    "image of a page": (
        "image",
        lambda w: f"{{ page(id: {w.hub.pk}) {{ ... on HubPage {{ image {{ title url }} }} }} }}",
    ),
}


def _asking(query: Callable[[World], str], word: str) -> Ask:
    def ask(visit: Visit) -> list[Any]:
        text = json.dumps({"query": query(visit.world)})
        answer = visit.who.client().post("/grapple/graphql/", text, content_type="application/json")
        return [told_if(answer, word in answer.content.decode())]

    return ask


#: What is reached from an open page, and not listed.
_REACHED = ("related", "blocks")

for _name, _query in _PAGES.items():
    add(
        f"graphql {_name}",
        _asking(_query, CANARY),
        subject="graphql",
        asks_wagtail_only=_name not in _REACHED,
        skip=_SKIP,
    )
add(
    "graphql titles",
    _asking(_PAGES["pages"], NAME),
    subject="graphql",
    asks_wagtail_only=True,
    skip=_SKIP,
)
for _name, (_thing, _query) in _FILES.items():
    add(
        f"graphql {_name}",
        _asking(_query, FILES[_thing]),
        reaches="file",
        thing=_thing,
        subject=f"graphql {_thing}",
        skip=_SKIP,
    )
