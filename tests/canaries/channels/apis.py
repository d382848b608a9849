"""Wagtail's APIs: v2 with the session of who asks, v3 without anybody and with a token."""

from collections.abc import Callable
from typing import Any

from wagtail import VERSION

from tests.conftest import CANARY

from ..world import NAME, World
from .pages import PAGES
from .visit import Visit, add, asking

API = "/site-api/pages/"
_ARTICLES = f"{API}?type=testapp.ArticlePage&limit=20"

_ASKED: dict[str, Callable[[World], str]] = {
    "list": lambda w: f"{_ARTICLES}&fields=*",
    "list of fields": lambda w: f"{_ARTICLES}&fields=_,title,body",
    "find by address": lambda w: f"{API}find/?html_path=/section/{NAME}-article/&fields=*",
    "find by id": lambda w: f"{API}find/?id={w.pages['article'].pk}&fields=*",
    "child_of": lambda w: f"{_ARTICLES}&child_of={w.section.pk}&fields=*",
    "descendant_of": lambda w: f"{_ARTICLES}&descendant_of={w.home.pk}&fields=*",
    "translation_of": lambda w: (
        f"{_ARTICLES}&translation_of={w.pages['translation made before'].pk}&fields=*"
    ),
    "filter": lambda w: f"{_ARTICLES}&slug={NAME}-article&fields=*",
    "order": lambda w: f"{_ARTICLES}&order=body&fields=*",
    "search": lambda w: f"{_ARTICLES}&search={CANARY}&fields=*",
    "endpoint of a site": lambda w: "/site-api/everything/?limit=20&fields=*",
    "filter of a site": lambda w: f"/site-api/everything/?says={CANARY}&fields=*",
    "nested": lambda w: f"{API}{w.hub.pk}/?fields=related(*),article(*)",
    "nested in blocks": lambda w: f"{API}{w.hub.pk}/?fields=content",
    "nested in many": lambda w: f"{API}{w.hub.pk}/?fields=articles(*),links(*,article(*))",
    "field of another": lambda w: f"{API}{w.hub.pk}/?fields=article_body",
    "snippet": lambda w: f"/site-api/topics/{w.topic.pk}/?fields=page(*),article(*)",
}


def _following(url: Callable[[World], str]) -> Callable[[Visit], list[Any]]:
    def ask(visit: Visit) -> list[Any]:
        answer = visit.get(url(visit.world))
        if answer.status_code == 302:
            answer = visit.get(answer["Location"])
        return [answer]

    return ask


for _name, _url in _ASKED.items():
    add(f"api v2 {_name}", _following(_url), subject="api v2")

for _name, _url in {
    "list of redirects": lambda w: "/site-api/redirects/",
    "redirect by address": lambda w: "/site-api/redirects/find/?html_path=/old-address",
}.items():
    add(f"api v2 {_name}", _following(_url), subject="api v2", tells="name")


_ALIAS = "alias made before"

for _name, _url in {
    "source of an alias": lambda w: f"{API}{w.pages[_ALIAS].pk}/?fields=_,alias_of(*)",
    "sources in a list": lambda w: f"{API}?child_of={w.elsewhere.pk}&limit=20&fields=_,alias_of(title)",
}.items():
    add(f"api v2 {_name}", asking(_url), subject="api v2", tells="name")


def _missing_in_v2(visit: Visit) -> list[Any]:
    return [visit.get(f"{API}987654/?fields=*")]


#: Pages whose text no API shows to anybody.
_SILENT = ("form", "routed", "course", "lesson", "lesson in an alias of its course")

for _name in PAGES:
    if _name in _SILENT:
        continue
    add(
        f"api v2 detail of {_name}",
        asking(lambda w, name=_name: f"{API}{w.pages[name].pk}/?fields=*"),
        subject=_name,
        way="api v2 detail",
        missing=_missing_in_v2,
    )

# --- v3: it knows no sessions. Members see what strangers see; a token shows what its owner may edit.

_NO_V3 = "" if VERSION >= (8, 0) else "the API v3 came with Wagtail 8.0"
V3 = "/api/v3/pages/"

_ASKED_V3: dict[str, Callable[[World], str]] = {
    "list": lambda w: f"{V3}?type=testapp.ArticlePage&limit=20",
    "search": lambda w: f"{V3}?search={NAME}&limit=20",
    "children": lambda w: f"{V3}?child_of={w.section.pk}&limit=20",
    "translations": lambda w: f"{V3}?translation_of={w.pages['translation made before'].pk}",
    "redirects": lambda w: "/api/v3/redirects/",
}

for _name, _url in _ASKED_V3.items():
    add(
        f"api v3 {_name}",
        asking(_url),
        subject="api v3",
        tells="name",
        shows_to="strangers",
        skip=_NO_V3,
    )

for _name in PAGES:
    if _name in _SILENT:
        continue
    add(
        f"api v3 detail of {_name}",
        asking(lambda w, name=_name: f"{V3}{w.pages[name].pk}/"),
        subject=_name,
        way="api v3 detail",
        shows_to="strangers",
        skip=_NO_V3,
    )


def _with_token(url: Callable[[World], str]) -> Callable[[Visit], list[Any]]:
    def ask(visit: Visit) -> list[Any]:
        headers = {"authorization": f"Bearer {visit.who.token}"} if visit.who.token else {}
        return [visit.get(url(visit.world), **headers)]

    return ask


for _name, _url in {
    "detail": lambda w: f"{V3}{w.pages['article'].pk}/",
    "detail of an alias": lambda w: f"{V3}{w.pages['alias made before'].pk}/",
    "draft": lambda w: f"{V3}{w.pages['article'].pk}/?version=draft",
    "revision": lambda w: (
        f"{V3}{w.pages['article'].pk}/revisions/{w.pages['article'].latest_revision_id}/"
    ),
}.items():
    add(
        f"api v3 {_name} with a token",
        _with_token(_url),
        subject="api v3 with a token",
        closed_by_wagtail=True,
        skip=_NO_V3,
    )
