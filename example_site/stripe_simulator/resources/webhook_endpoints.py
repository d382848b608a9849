"""/v1/webhook_endpoints."""

from __future__ import annotations

import time

from example_site.stripe_simulator.pagination import listing
from example_site.stripe_simulator.reference import API_VERSION
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from .updates import check_url, merge_metadata, update

PAYLOADS = {"snapshot", "thin"}


@route("POST", "/v1/webhook_endpoints")
def create(call: Call) -> Json:
    """The secret is told once: in this answer."""
    given = call.params
    endpoint = new_endpoint(
        call.world, given["url"], events=given["enabled_events"], connect=given.get("connect", False)
    )
    endpoint["api_version"] = given.get("api_version")
    update(endpoint, {**given, "metadata": merge_metadata(None, given.get("metadata"))}, "description")
    secret = private(endpoint)["secrets"][0]["secret"]
    return {**render(call.world, endpoint), "secret": secret}


def new_endpoint(
    world: World,
    url: str,
    *,
    events: list[str],
    secret: str | None = None,
    payload: str = "snapshot",
    connect: bool = False,
) -> Json:
    """An endpoint for *events*; with *connect* those of connected accounts."""
    check_url(url, "url")
    endpoint = blank(
        "webhook_endpoint",
        id=world.ids.next("we"),
        api_version=API_VERSION,
        created=world.now(),
        enabled_events=list(events),
        metadata={},
        status="enabled",
        url=url,
    )
    secret = secret or world.ids.secret("whsec", endpoint["id"])
    private(endpoint)["secrets"] = [{"secret": secret, "until": None}]
    private(endpoint).update(payload=payload, connect=connect)
    return world.store.add(endpoint)


def rotate(world: World, endpoint: Json, *, overlap: float, secret: str | None = None) -> str:
    """A new secret; the old ones sign too for *overlap* real seconds."""
    until = time.time() + overlap
    old = [
        {**each, "until": min(each["until"] or until, until)} for each in private(endpoint)["secrets"]
    ]
    new = secret or world.ids.secret("whsec", endpoint["id"])
    private(endpoint)["secrets"] = [{"secret": new, "until": None}, *old]
    return new


@route("GET", "/v1/webhook_endpoints")
def index(call: Call) -> Json:
    """Thin destinations are for v2 alone."""
    rows = call.world.store.all("webhook_endpoint")
    return listing(call, [row for row in rows if private(row).get("payload") != "thin"])


@route("GET", "/v1/webhook_endpoints/{webhook_endpoint}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/webhook_endpoints/{webhook_endpoint}")
def modify(call: Call) -> Json:
    endpoint = find(call)
    check_url(call.params.get("url"), "url")
    update(endpoint, call.params, "url", "enabled_events", "description")
    if "disabled" in call.params:
        endpoint["status"] = "disabled" if call.params["disabled"] else "enabled"
    return render(call.world, endpoint)


@route("DELETE", "/v1/webhook_endpoints/{webhook_endpoint}")
def delete(call: Call) -> Json:
    return call.world.store.remove(find(call))


def find(call: Call) -> Json:
    return call.world.store.get("webhook_endpoint", call.path["webhook_endpoint"])
