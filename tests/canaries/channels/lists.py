"""Lists, searches, feeds, the sitemap, promoted results, redirects, links in text, the userbar."""

from typing import Any

from wagtail import VERSION

from tests.conftest import CANARY

from ..world import NAME
from .pages import path_of
from .visit import Visit, add, asking, channel, told_if

for _way in ("all", "slice", f"search&words={CANARY}", f"autocomplete&words={NAME}"):
    add(
        f"listing {_way.partition('&')[0]}",
        asking(lambda w, way=_way: f"/listing/?way={way}"),
        subject="listing",
    )


@channel("listing count", subject="listing")
def _count(visit: Visit) -> list[Any]:
    """Count pages: the number is told by a canary."""
    answer = visit.get("/listing/?way=count")
    return [told_if(answer, answer.content != b"0 pages")]


@channel("search of a list with locks", subject="search")
def _search(visit: Visit) -> list[Any]:
    """Search for what stands in the text: who finds the page knows that it stands there."""
    answer = visit.get(f"/finder/?words={CANARY}")
    return [told_if(answer, answer.content != b"0 found")]


add("search for a title", asking(lambda w: f"/finder/?words={NAME}"), subject="search", tells="name")
add("menu", asking(lambda w: "/menu/"), tells="name")
add("feed", asking(lambda w: "/feed/"), subject="feed", shows_to="strangers")
add("feed of members", asking(lambda w: "/feed/members/"), subject="feed")
add("titles in a feed", asking(lambda w: "/feed/"), subject="feed", shows_to="strangers", tells="name")
add("sitemap", asking(lambda w: "/sitemap.xml"), tells="name", shows_to="strangers")
add("promoted result", asking(lambda w: "/promoted/"), tells="name")
add("redirect", asking(lambda w: "/old-address/"), subject="redirect", tells="name")
add("redirect to an address", asking(lambda w: "/older-address/"), subject="redirect", tells="name")
add(
    "redirect of a changed slug",
    asking(lambda w: "/section/former-name/"),
    subject="redirect",
    tells="name",
)


@channel("redirect followed", subject="redirect")
def _followed(visit: Visit) -> list[Any]:
    answer = visit.get("/old-address/")
    return [answer, *([visit.get(answer["Location"])] if answer.status_code == 301 else [])]


_NO_FORMATS = "" if VERSION >= (8, 0) else "formats of rich text came with Wagtail 8.0"
_ABOUT = {"page": {"reaches": "page"}, "document": {"reaches": "file", "thing": "document"}}

for _thing, _options in _ABOUT.items():
    add(
        f"link to a {_thing} in a text",
        asking(lambda w: w.links.url),
        subject="link",
        tells="name",
        **_options,
    )
    for _format in ("html", "markdown"):
        add(
            f"link to a {_thing} in {_format} by api v2",
            asking(lambda w, f=_format: f"/site-api/pages/{w.links.pk}/?rich_text_format={f}"),
            subject="link",
            tells="name",
            skip=_NO_FORMATS,
            **_options,
        )
        add(
            f"link to a {_thing} in {_format} by api v3",
            asking(lambda w, f=_format: f"/api/v3/pages/{w.links.pk}/?rich_text_format={f}"),
            subject="link",
            tells="name",
            shows_to="strangers",
            skip=_NO_FORMATS,
            **_options,
        )


@channel("userbar", subject="userbar", closed_by_wagtail=True)
def _userbar(visit: Visit) -> list[Any]:
    """Look at the userbar of a page: the address at which it is edited is for its editors."""
    page = visit.world.pages["article"]
    answer = visit.get(f"/userbar/{page.pk}/")
    return [told_if(answer, f"/admin/pages/{page.pk}/edit/" in answer.content.decode())]


@channel("page of a list", subject="listing")
def _from_a_list(visit: Visit) -> list[Any]:
    """Follow the first address that a list of everything gives."""
    path = path_of(visit, "article")
    answer = visit.get("/listing/?way=all")
    return [answer, *([visit.get(path)] if path in answer.content.decode() else [])]
