"""The part of Stripe's v2 API that thin events need: event destinations and events, in JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from .errors import StripeError
from .resources import webhook_endpoints
from .resources.updates import is_url, merge_metadata
from .store import Json, private
from .thin import KIND, shown, thin_types
from .world import World

Call = Callable[[World, str, Json], Json]
PATH = re.compile(r"^/v2/core/(events|event_destinations)(?:/([\w]+))?(?:/(\w+))?$")
CREATE = {
    "description",
    "enabled_events",
    "event_payload",
    "events_from",
    "include",
    "metadata",
    "name",
    "snapshot_api_version",
    "type",
    "webhook_endpoint",
}
KINDS = {
    "enabled_events": list,
    "events_from": list,
    "include": list,
    "metadata": dict,
    "webhook_endpoint": dict,
}
"""What is not a text: lists and objects of texts."""
UPDATE = {"description", "enabled_events", "include", "metadata", "name", "webhook_endpoint"}


def refused(message: str, *, status: int = 400, code: str = "invalid_parameters") -> StripeError:
    return StripeError(message, status=status, code=code)


def answer(world: World, method: str, path: str, query: Json, body: str) -> Json:
    """Answer one request. Raises `StripeError`, whose body has Stripe's v2 shape."""
    match = PATH.match(path)
    name = f"{match[1]}{'/id' if match[2] else ''}{'/' + match[3] if match[3] else ''}" if match else ""
    call = CALLS.get((method, name))
    if call is None or match is None:
        raise refused(f"Unrecognized request URL ({method}: {path}).", status=404, code="not_found")
    return call(world, match[2] or "", query if method == "GET" else decoded(body))


def decoded(body: str) -> Json:
    try:
        data = json.loads(body or "{}")
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise refused("The body of the request is not a JSON object.")
    return data


def create(world: World, id_: str, given: Json) -> Json:
    check_names(given, CREATE)
    for name in ("enabled_events", "event_payload", "name", "type"):
        if name not in given:
            raise refused(f"Missing required parameter: {name}.")
    if given["type"] != "webhook_endpoint":
        raise refused("The simulator delivers to webhook endpoints only.")
    if given["event_payload"] not in {"snapshot", "thin"}:
        raise refused("event_payload must be snapshot or thin.")
    url = (given.get("webhook_endpoint") or {}).get("url")
    if not isinstance(url, str) or not is_url(url):
        raise refused("webhook_endpoint.url is not a URL.")
    check_types(given["enabled_events"], thin=given["event_payload"] == "thin")
    connect = "@accounts" in (given.get("events_from") or [])
    endpoint = webhook_endpoints.new_endpoint(
        world, url, events=given["enabled_events"], payload=given["event_payload"], connect=connect
    )
    endpoint["metadata"] = merge_metadata(None, given.get("metadata"))
    private(endpoint)["destination"] = {
        "name": str(given["name"]),
        "description": str(given.get("description") or ""),
        "updated": world.now(),
    }
    return destination(endpoint, given.get("include") or [])


def check_names(given: Json, known: set[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise refused(f"Received unknown parameter: {unknown[0]}.", code="unknown_parameter")
    for name, value in given.items():
        kind = KINDS.get(name, str)
        if not isinstance(value, kind):
            raise refused(f"{name} has a value of the wrong type.")
        parts = value.values() if isinstance(value, dict) else value
        if not all(isinstance(each, str) for each in parts):
            raise refused(f"{name} has a value of the wrong type.")


def check_types(types: Any, *, thin: bool) -> None:
    if not isinstance(types, list) or not types:
        raise refused("enabled_events must be a list of event types.")
    odd = [each for each in types if thin and each != "*" and each not in thin_types()]
    if odd:
        raise refused(f"{odd[0]} is not a type of a thin event.")


def destination(endpoint: Json, include: list[str]) -> Json:
    notes = private(endpoint)
    about = notes["destination"]
    disabled = endpoint["status"] != "enabled"
    return {
        "id": endpoint["id"],
        "object": "v2.core.event_destination",
        "amazon_eventbridge": None,
        "azure_event_grid": None,
        "created": iso(endpoint["created"]),
        "description": about["description"],
        "enabled_events": list(endpoint["enabled_events"]),
        "event_payload": notes.get("payload", "snapshot"),
        "events_from": ["@accounts" if notes.get("connect") else "@self"],
        "livemode": False,
        "metadata": dict(endpoint["metadata"]),
        "name": about["name"],
        "snapshot_api_version": None if notes.get("payload") == "thin" else endpoint["api_version"],
        "status": "disabled" if disabled else "enabled",
        "status_details": {"disabled": {"reason": "user"}} if disabled else None,
        "type": "webhook_endpoint",
        "updated": iso(about["updated"]),
        "webhook_endpoint": {
            "signing_secret": notes["secrets"][0]["secret"]
            if "webhook_endpoint.signing_secret" in include
            else None,
            "url": endpoint["url"] if "webhook_endpoint.url" in include else None,
        },
    }


def iso(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def find(world: World, id_: str) -> Json:
    endpoint = world.store.find("webhook_endpoint", id_)
    if endpoint is None or "destination" not in private(endpoint):
        raise refused(f"No such event destination: {id_}", status=404, code="not_found")
    return endpoint


def retrieve(world: World, id_: str, given: Json) -> Json:
    return destination(find(world, id_), given.get("include") or [])


def index(world: World, id_: str, given: Json) -> Json:
    rows = [
        destination(row, given.get("include") or [])
        for row in world.store.all("webhook_endpoint")
        if "destination" in private(row)
    ]
    return page(rows[::-1], given, "/v2/core/event_destinations")


def page(rows: list[Json], given: Json, url: str) -> Json:
    """A v2 list: `next_page_url` leads on."""
    try:
        limit, start = int(given.get("limit", 20)), int(given.get("page", 0))
    except (TypeError, ValueError):
        raise refused("limit and page must be numbers.") from None
    if not 1 <= limit <= 100 or start < 0:
        raise refused("limit must be between 1 and 100.")

    def link(at: int) -> str:
        return f"{url}?limit={limit}&page={at}"

    return {
        "data": rows[start : start + limit],
        "next_page_url": link(start + limit) if len(rows) > start + limit else None,
        "previous_page_url": link(max(start - limit, 0)) if start else None,
    }


def update(world: World, id_: str, given: Json) -> Json:
    check_names(given, UPDATE)
    endpoint = find(world, id_)
    notes = private(endpoint)
    if "enabled_events" in given:
        check_types(given["enabled_events"], thin=notes.get("payload") == "thin")
        endpoint["enabled_events"] = list(given["enabled_events"])
    url = (given.get("webhook_endpoint") or {}).get("url", endpoint["url"])
    if not isinstance(url, str) or not is_url(url):
        raise refused("webhook_endpoint.url is not a URL.")
    endpoint["url"] = url
    if "metadata" in given:
        endpoint["metadata"] = merge_metadata(endpoint["metadata"], given["metadata"])
    for name in ("description", "name"):
        notes["destination"][name] = str(given.get(name, notes["destination"][name]))
    notes["destination"]["updated"] = world.now()
    return destination(endpoint, given.get("include") or [])


def switch(status: str) -> Call:
    def call(world: World, id_: str, given: Json) -> Json:
        endpoint = find(world, id_)
        endpoint["status"] = status
        return destination(endpoint, [])

    return call


def delete(world: World, id_: str, given: Json) -> Json:
    world.store.remove(find(world, id_))
    return {"id": id_, "object": "v2.core.event_destination"}


def event(world: World, id_: str, given: Json) -> Json:
    row = world.store.find(KIND, id_)
    if row is None:
        raise refused(f"No such event: {id_}", status=404, code="not_found")
    return shown(row)


def events(world: World, id_: str, given: Json) -> Json:
    wanted = given.get("object_id")
    rows = [
        shown(row)
        for row in reversed(world.store.all(KIND))
        if wanted is None or row["related_object"].get("id") == wanted
    ]
    return page(rows, given, "/v2/core/events")


CALLS: dict[tuple[str, str], Call] = {
    ("GET", "event_destinations"): index,
    ("POST", "event_destinations"): create,
    ("GET", "event_destinations/id"): retrieve,
    ("POST", "event_destinations/id"): update,
    ("DELETE", "event_destinations/id"): delete,
    ("POST", "event_destinations/id/disable"): switch("disabled"),
    ("POST", "event_destinations/id/enable"): switch("enabled"),
    ("GET", "events"): events,
    ("GET", "events/id"): event,
}
