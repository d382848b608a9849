"""The table of API operations. A handler names the OpenAPI path that describes its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .store import Json
from .world import World

Handler = Callable[["Call"], Any]


@dataclass
class Call:
    """One API request, checked and ready to be answered."""

    world: World
    params: Json
    path: dict[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def now(self) -> int:
        return self.world.now()


@dataclass(frozen=True)
class Route:
    method: str
    pattern: str
    regex: re.Pattern[str]
    handler: Handler


ROUTES: list[Route] = []


def route(method: str, pattern: str) -> Callable[[Handler], Handler]:
    """Answer *method* on *pattern* (`/v1/customers/{customer}`) with the decorated function."""

    def register(handler: Handler) -> Handler:
        regex = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) + "$")
        ROUTES.append(Route(method, pattern, regex, handler))
        # Fixed segments win over placeholders: /v1/prices/search before /v1/prices/{price}.
        ROUTES.sort(key=lambda each: each.pattern.count("{"))
        return handler

    return register


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    for each in ROUTES:
        match = each.regex.match(path)
        if match and each.method == method:
            return each, match.groupdict()
    return None
