"""Parts of open pages: gated blocks, template tags, and views behind an area or a product."""

from collections.abc import Callable
from typing import Any

from wagtail import VERSION

from tests.conftest import CANARY
from tests.testapp.models import StreamPage

from ..world import World
from .visit import Visit, add, asking, channel

_BLOCK = {"reaches": "part", "subject": "block"}
_VIEW = {"reaches": "part", "subject": "view"}
_TAG = {"reaches": "part", "subject": "tag"}
_NO_V3 = "" if VERSION >= (8, 0) else "the API v3 came with Wagtail 8.0"

_BLOCKS: dict[str, Callable[[World], str]] = {
    "page": lambda w: w.parts.url,
    "each by a template": lambda w: f"/blocks/each/{w.parts.pk}/",
    "api v2": lambda w: f"/site-api/pages/{w.parts.pk}/?fields=body",
    "api v2 list": lambda w: "/site-api/pages/?type=testapp.StreamPage&fields=body",
}
for _name, _url in _BLOCKS.items():
    add(f"block in {_name}", asking(_url), **_BLOCK)
add(
    "block in api v3",
    asking(lambda w: f"/api/v3/pages/{w.parts.pk}/"),
    shows_to="strangers",
    skip=_NO_V3,
    **_BLOCK,
)
add(
    "block without a request",
    asking(lambda w: f"/blocks/bare/{w.parts.pk}/"),
    shows_to="nobody",
    **_BLOCK,
)


@channel("block in the search index", shows_to="nobody", **_BLOCK)
def _index(visit: Visit) -> list[Any]:
    """Search everything once the page was saved: an index answers everybody."""
    StreamPage.objects.get(pk=visit.world.parts.pk).save()
    return [visit.get(f"/listing/?way=unguarded&words={CANARY}")]


@channel("block in a cached page", **_BLOCK)
def _cached_block(visit: Visit) -> list[Any]:
    return [visit.after_member(visit.world.parts.url)]


for _name in ("function", "class"):
    add(f"view of a {_name}", asking(lambda w, name=_name: f"/tools/{name}/{w.part}/"), **_VIEW)


@channel("sending to a view", **_VIEW)
def _sent(visit: Visit) -> list[Any]:
    return [visit.get(f"/tools/function/{visit.world.part}/", "post")]


@channel("cached view", **_VIEW)
def _cached_view(visit: Visit) -> list[Any]:
    return [visit.after_member(f"/tools/function/{visit.world.part}/")]


add("if_licensed", asking(lambda w: f"/tools/tag/{w.part}/"), **_TAG)
add("else of if_licensed", asking(lambda w: f"/tools/else/{w.part}/"), **_TAG)


add("if_licensed of Jinja2", asking(lambda w: f"/tools/jinja2/{w.part}/"), **_TAG)


@channel("if_licensed in a cached page", **_TAG)
def _cached_tag(visit: Visit) -> list[Any]:
    return [visit.after_member(f"/tools/tag/{visit.world.part}/")]


@channel("if_licensed in a cached fragment", **_TAG)
def _fragment(visit: Visit) -> list[Any]:
    url = f"/tools/fragment/{visit.world.part}/"
    visit.member.client().get(url)
    return [visit.get(url)]
