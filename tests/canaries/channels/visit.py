"""What a channel is: a name, what it reaches, and how to ask."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.test import override_settings

from tests.conftest import CANARY

from ..cast import Persona
from ..world import World

Ask = Callable[["Visit"], "list[Any]"]


@dataclass
class Visit:
    """One persona in one world."""

    world: World
    who: Persona
    #: Somebody with a license, who may have come by before.
    member: Persona

    def get(self, url: str, method: str = "get", **headers: str) -> Any:
        """Ask for ``url``."""
        return getattr(self.who.client(), method)(url, headers=headers)

    def after_member(self, url: str, **headers: str) -> Any:
        """Ask for ``url`` once a member has been there, with Django's cache around the site."""
        around = [
            "django.middleware.cache.UpdateCacheMiddleware",
            *settings.MIDDLEWARE,
            "django.middleware.cache.FetchFromCacheMiddleware",
        ]
        with override_settings(MIDDLEWARE=around):
            cache.clear()
            self.member.client().get(url, headers=headers)
            answer = self.get(url, **headers)
            cache.clear()
        return answer


@dataclass(frozen=True)
class Channel:
    """A way to content.

    ``reaches`` is what kinds of gates close it: those before pages, files, or parts of pages;
    ``thing`` what exactly, of files. ``subject`` and ``way`` are what it is about and how it is asked
    for; channels that share both are one family, which meets everything in a short run as one.

    ``tells`` is "content", or "name" for what only tells that something is there. ``shows_to`` is
    "members", "strangers" where everybody sees no more than those, or "nobody". ``blind`` are those
    who find nothing though the gate is open to them. ``closed_by_wagtail``: it takes an editor to see
    anything, gate or not. ``asks_wagtail_only``: lists by ``.public()`` and no more, which the floor
    under a gate that hides closes to members too. ``control`` is who finds it when the plugin is
    switched off. ``missing`` asks for something that is not there, for comparison. ``skip`` says why it
    cannot be asked here.
    """

    name: str
    ask: Ask
    reaches: str = "page"
    thing: str = "page"
    subject: str = ""
    way: str = ""
    tells: str = "content"
    shows_to: str = "members"
    blind: frozenset[str] = frozenset()
    closed_by_wagtail: bool = False
    asks_wagtail_only: bool = False
    control: str = "stranger"
    missing: Ask | None = None
    skip: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "subject", self.subject or self.name)
        object.__setattr__(self, "way", self.way or self.subject)
        if self.closed_by_wagtail and self.control == "stranger":
            object.__setattr__(self, "control", "editor")

    def __hash__(self) -> int:
        return hash(self.name)


CHANNELS: list[Channel] = []


def add(name: str, ask: Ask, **options: Any) -> None:
    """Register a channel."""
    CHANNELS.append(Channel(name, ask, **options))


def channel(name: str, **options: Any) -> Callable[[Ask], Ask]:
    """Register a channel that asks by the decorated function."""

    def register(ask: Ask) -> Ask:
        add(name, ask, **options)
        return ask

    return register


def asking(url: Callable[[World], str]) -> Ask:
    """Return how to ask for the address that ``url`` makes of a world."""
    return lambda visit: [visit.get(url(visit.world))]


def told_if(answer: Any, condition: bool, word: str = CANARY) -> Any:
    """Return an answer that says ``word`` if it told something without saying it."""
    if condition:
        answer["X-Told"] = word
    return answer


def text_of(response: Any) -> str:
    """Return all that an answer tells: status line, headers and body, and of a file its bytes."""
    if response.streaming:
        body = b"".join(response.streaming_content)
        for closer in response._resource_closers:
            closer()
    else:
        body = response.content
    if response.status_code in (200, 206) and response.get("Content-Type", "").startswith("image/"):
        body += CANARY.encode()  # a picture holds no words
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    text = body.decode(errors="replace").replace("\\u002D", "-")  # JSON in a page
    return f"{response.status_code}\n{headers}\n\n{text}"
