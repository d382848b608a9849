"""Lists: newest first, with cursors in both directions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .errors import invalid
from .rendering import render
from .routing import Call
from .store import Json

BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def listing(
    call: Call, objects: Iterable[Json], *, newest_first: bool = True, time: str = "created"
) -> Json:
    """One page of *objects* (given oldest first) as Stripe's list object."""
    rows = [row for row in objects if within(row.get(time, 0), call.params.get("created"))]
    if newest_first:
        rows.reverse()
    page, more = page_of(rows, call.params)
    return {
        "object": "list",
        "data": [render(call.world, row) for row in page],
        "has_more": more,
        "url": call.url,
    }


def page_of(rows: list[Json], params: Json) -> tuple[list[Json], bool]:
    limit = limit_of(params)
    after, before = params.get("starting_after"), params.get("ending_before")
    if after and before:
        raise invalid(
            "You may only specify one of these parameters: starting_after, ending_before.",
            param="ending_before",
            code="parameters_exclusive",
        )
    if before:
        earlier = rows[: position(rows, before, "ending_before")]
        return earlier[-limit:], len(earlier) > limit
    later = rows[position(rows, after, "starting_after") + 1 :] if after else rows
    return later[:limit], len(later) > limit


def limit_of(params: Json) -> int:
    limit: int = params.get("limit", 10)
    if limit < 1 or limit > 100:
        bound = "greater than or equal to 1" if limit < 1 else "less than or equal to 100"
        raise invalid(f"This value must be {bound}.", param="limit", code="parameter_invalid_integer")
    return limit


def position(rows: list[Json], id_: str, param: str) -> int:
    for at, row in enumerate(rows):
        if row["id"] == id_:
            return at
    raise invalid(f"No such object: '{id_}'", param=param, code="resource_missing")


def within(value: int, bounds: Any) -> bool:
    """Whether *value* satisfies a time filter: an exact number or `gt`, `gte`, `lt`, `lte`."""
    if bounds is None:
        return True
    if isinstance(bounds, int):
        return value == bounds
    return all(BOUNDS[name](value, bound) for name, bound in bounds.items())


def same(call: Call, row: Json, *names: str) -> bool:
    """Whether *row* has the value that the request asks for in each of the fields *names*."""
    return all(name not in call.params or row.get(name) == call.params[name] for name in names)
