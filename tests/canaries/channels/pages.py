"""Pages: each of them by each way of asking, their parts, and Wagtail's password form."""

import json
import re
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.test import override_settings
from django.urls import reverse
from django.utils.cache import set_response_etag

from tests.conftest import CANARY

from ..world import NAME
from .visit import Ask, Visit, add, asking, channel, text_of, told_if

#: Pages by how they came about, and the language that they are asked for in.
PAGES = {
    "article": "en",
    "alias made before": "en",
    "alias made after": "en",
    "alias of the ancestor made before": "en",
    "alias of the ancestor made after": "en",
    "copy": "en",
    "page in a recursive copy": "en",
    "moved": "en",
    "routed": "en",
    "form": "en",
    "line": "en",
    "course": "en",
    "lesson": "en",
    "lesson in an alias of its course": "en",
    "translation made before": "fr",
    "translation made after": "de",
}


def path_of(visit: Visit, name: str) -> str:
    """Return the path of a page, without that of the home of its language."""
    path = visit.world.pages[name].url_path
    home = next(one.url_path for one in visit.world.homes if path.startswith(one.url_path))
    return "/" + path[len(home) :]


def _ask_page(name: str, language: str, method: str, rest: str = "") -> Ask:
    def ask(visit: Visit) -> list[Any]:
        return [visit.get(path_of(visit, name) + rest, method, accept_language=language)]

    return ask


@cache
def _ask_missing(language: str, method: str) -> Ask:
    return lambda visit: [visit.get("/no-such-page/", method, accept_language=language)]


def _ask_length(name: str, language: str) -> Ask:
    """Ask for the headers alone: the length of the page is told to who may read it."""

    def ask(visit: Visit) -> list[Any]:
        answer = visit.get(path_of(visit, name), "head", accept_language=language)
        whole = visit.member.client().get(path_of(visit, name), headers={"accept-language": language})
        same = answer.get("Content-Length") == str(len(whole.content)) and CANARY in text_of(whole)
        return [told_if(answer, same)]

    return ask


def _ask_with_hash(name: str, language: str) -> Ask:
    """Ask with the hash of what a member gets: "not modified" tells that it is right."""

    def ask(visit: Visit) -> list[Any]:
        path = path_of(visit, name)
        around = ["django.middleware.http.ConditionalGetMiddleware", *settings.MIDDLEWARE]
        whole = visit.member.client().get(path, headers={"accept-language": language})
        etag = set_response_etag(HttpResponse(whole.content)).headers["ETag"]
        with override_settings(MIDDLEWARE=around):
            answer = visit.get(path, accept_language=language, if_none_match=etag)
        return [told_if(answer, answer.status_code == 304 and CANARY in text_of(whole))]

    return ask


def _ask_methods(name: str, language: str) -> Ask:
    """Ask which methods there are: any answer tells that the page is there."""

    def ask(visit: Visit) -> list[Any]:
        answer = visit.get(path_of(visit, name), "options", accept_language=language)
        return [told_if(answer, answer.status_code == 200, NAME)]

    return ask


def _register() -> None:
    for name, language in PAGES.items():
        for method in ["get", "post"] if name != "form" else ["get"]:
            add(
                f"{method} {name}",
                _ask_page(name, language, method),
                subject=name,
                way=method,
                missing=_ask_missing(language, method),
            )
        add(
            f"length of {name}",
            _ask_length(name, language),
            subject=name,
            way="length",
            missing=_ask_missing(language, "head"),
        )
        if name != "form":  # a token in it makes each answer another one
            add(f"hash of {name}", _ask_with_hash(name, language), subject=name, way="hash")
        add(
            f"methods of {name}",
            _ask_methods(name, language),
            subject=name,
            way="methods",
            tells="name",
            missing=_ask_missing(language, "options"),
        )


_register()
add(
    "line in Jinja2",
    asking(lambda w: f"/blocks/jinja2/{w.pages['line'].pk}/"),
    subject="line",
    way="card",
)
add("get sub-route", _ask_page("routed", "en", "get", "part/"), subject="routed", way="get")
add(
    "get with a query",
    _ask_page("article", "en", "get", "?preview=1&mode=x&gift=1"),
    subject="article",
    way="get",
)


@channel("send a form", subject="form", way="post")
def _form(visit: Visit) -> list[Any]:
    return [visit.who.client().post(path_of(visit, "form"), {})]


@channel("structured data", shows_to="strangers")
def _structured_data(visit: Visit) -> list[Any]:
    """Read what search engines read: that a page is free tells that no gate stands before it."""
    answer = visit.get(path_of(visit, "line"))
    found = re.search(r"<script type=\"application/ld\+json\">(.*?)</script>", answer.content.decode())
    free = bool(found) and json.loads(found[1])["isAccessibleForFree"] is True
    answer.content = found[1] if found else ""
    return [told_if(answer, free)]


def _password(visit: Visit, method: str, **data: str) -> list[Any]:
    page = visit.world.pages["password"]
    url = reverse("wagtailcore_authenticate_with_password", args=[visit.world.restriction.pk, page.pk])
    return [getattr(visit.who.client(), method)(url, data)]


@channel("password form", subject="password")
def _password_form(visit: Visit) -> list[Any]:
    """Ask for the form of a page that is behind a password too, in a template that shows the page."""
    return _password(visit, "get")


@channel("wrong password", subject="password")
def _wrong_password(visit: Visit) -> list[Any]:
    return _password(visit, "post", password="wrong", return_url="/")


@channel("right password", subject="password")
def _right_password(visit: Visit) -> list[Any]:
    """Give the right password, and go where it leads."""
    client = visit.who.client()
    page = visit.world.pages["password"]
    url = reverse("wagtailcore_authenticate_with_password", args=[visit.world.restriction.pk, page.pk])
    entered = client.post(url, {"password": "open sesame", "return_url": page.url})
    return [entered, client.get(page.url)]


# --- What a site shows of a page elsewhere -------------------------------------------------------------

for _way in ("if_licensed", "gate_state", "accessible", "listable", "jinja2"):
    add(
        f"card by {_way}",
        asking(lambda w, way=_way: f"/card/{way}/{w.pages['article'].pk}/"),
        subject="card",
        tells="name" if _way == "listable" else "content",
    )
