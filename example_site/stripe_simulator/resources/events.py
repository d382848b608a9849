"""/v1/events: kept for 30 days."""

from __future__ import annotations

from fnmatch import fnmatchcase

from example_site.stripe_simulator.billing.engine import KEEP_EVENTS
from example_site.stripe_simulator.errors import invalid, no_such
from example_site.stripe_simulator.pagination import listing
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json, private


@route("GET", "/v1/events")
def index(call: Call) -> Json:
    given = call.params
    if "type" in given and "types" in given:
        raise invalid(
            "You may only specify one of these parameters: type, types.",
            param="type",
            code="parameters_exclusive",
        )
    patterns = given.get("types") or ([given["type"]] if "type" in given else ["*"])
    if len(patterns) > 20:
        raise invalid("You can specify up to 20 types.", param="types")
    rows = [
        row
        for row in call.world.store.all("event")
        if kept(call, row)
        and any(fnmatchcase(row["type"], pattern) for pattern in patterns)
        and given.get("delivery_success") in (None, private(row)["delivered"])
    ]
    return listing(call, rows)


@route("GET", "/v1/events/{id}")
def retrieve(call: Call) -> Json:
    event = call.world.store.get("event", call.path["id"])
    if not kept(call, event):
        raise no_such("event", event["id"])
    return render(call.world, event)


def kept(call: Call, event: Json) -> bool:
    return bool(event["created"] > call.world.now(event["data"]["object"]) - KEEP_EVENTS)
