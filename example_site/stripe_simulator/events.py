"""Snapshot events: what happened, with the object as it was right after."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .reference import API_VERSION, event_types
from .rendering import render
from .store import Json, private
from .world import World

MISSING = object()


def emit(world: World, type_: str, obj: Json, *, previous: Json | None = None) -> Json:
    """Record an event about *obj* and hand it to the deliveries."""
    if type_ not in event_types():
        raise LookupError(f"{type_} is not one of Stripe's event types")
    data: Json = {"object": render(world, obj)}
    if previous is not None:
        data["previous_attributes"] = previous
    event = {
        "id": world.ids.next("evt"),
        "object": "event",
        "api_version": API_VERSION,
        "created": world.now(obj),
        "data": data,
        "livemode": False,
        "pending_webhooks": 0,
        "request": {
            "id": world.request.id,
            "idempotency_key": world.request.idempotency_key,
        },
        "type": type_,
    }
    if world.account:
        event["account"] = world.account
    private(event)["delivered"] = True
    world.store.add(event)
    world.touched()
    world.on_event(event)
    return event


@contextmanager
def changing(world: World, obj: Json, *types: str) -> Iterator[Json]:
    """Emit *types* with the `previous_attributes` of what the body changed; nothing if nothing did."""
    before = render(world, obj)
    yield obj
    previous = difference(before, render(world, obj))
    if previous:
        for type_ in types:
            emit(world, type_, obj, previous=previous)


def difference(before: Json, after: Json) -> Json:
    """The values in *before* that *after* changed; a key that is new appears as null."""
    changed: Json = {}
    for key in {**before, **after}:
        old: Any = before.get(key, MISSING)
        new: Any = after.get(key, MISSING)
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict) and old.get("object") != "list":
            changed[key] = difference(old, new)
        else:
            changed[key] = None if old is MISSING else old
    return changed
