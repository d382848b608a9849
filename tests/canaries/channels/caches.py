"""Caches: a member comes first, and somebody else second."""

from typing import Any

from django.core.cache import cache

from .pages import path_of
from .visit import Visit, add

_AROUND = {
    "article": lambda visit: path_of(visit, "article"),
    "api v2": lambda visit: f"/site-api/pages/{visit.world.pages['article'].pk}/?fields=*",
    "listing": lambda visit: "/listing/?way=all",
    "card": lambda visit: f"/card/if_licensed/{visit.world.pages['article'].pk}/",
    "feed": lambda visit: "/feed/members/",
}


def _around(visit: Visit, name: str) -> list[Any]:
    return [visit.after_member(_AROUND[name](visit))]


for _name in _AROUND:
    add(
        f"cache around {_name}",
        lambda visit, name=_name: _around(visit, name),
        subject="cache",
    )


def _fragment(visit: Visit, name: str) -> list[Any]:
    url = f"/fragment/{name}/{visit.world.pages['article'].pk}/"
    cache.clear()
    visit.member.client().get(url)
    answer = visit.get(url)
    cache.clear()
    return [answer]


for _name in ("cache", "wagtailcache", "wagtailpagecache"):
    add(
        f"fragment of {_name}",
        lambda visit, name=_name: _fragment(visit, name),
        subject="fragment",
    )
