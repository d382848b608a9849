"""Thin event notifications: what happened, and where to read the object; nothing of its content."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from .reference import read
from .store import Json, private
from .world import World

KIND = "v2.core.event"
PATHS = {
    "billing_portal.configuration": "billing_portal/configurations",
    "billing_portal.session": "billing_portal/sessions",
    "checkout.session": "checkout/sessions",
    "entitlements.feature": "entitlements/features",
    "invoiceitem": "invoiceitems",
    "test_helpers.test_clock": "test_helpers/test_clocks",
}
"""Where the API keeps objects whose folder is not simply their name in the plural."""
STATUSES = {"active", "incomplete", "incomplete_expired", "past_due", "trialing", "unpaid"}
ITEM_FIELDS = {"quantity": "item_quantity_changed", "price": "item_price_changed"}


@cache
def thin_types() -> frozenset[str]:
    return frozenset(read("schema/event-types-thin-v1.json"))


def thin_events(world: World, event: Json) -> list[Json]:
    """The thin events of a snapshot event, made and kept the first time somebody asks for them."""
    notes = private(event)
    if "thin" not in notes:
        made = [thin_event(world, event, name) for name in names(event)]
        notes["thin"] = [each["id"] for each in made]
    rows = [world.store.find(KIND, id_) for id_ in notes["thin"]]
    return [row for row in rows if row]


def thin_event(world: World, event: Json, name: str) -> Json:
    moment = datetime.fromtimestamp(event["created"], UTC)
    twin = name == f"v1.{event['type']}"
    request = event["request"]
    row: Json = {
        "id": world.ids.next("evt_test"),
        "object": KIND,
        "context": event.get("account"),
        "created": moment.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "livemode": event["livemode"],
        "reason": {"type": "request", "request": dict(request)} if request["id"] else None,
        "related_object": related(event["data"]["object"]),
        "snapshot_event": event["id"] if twin else None,
        "type": name,
    }
    private(row).update(at=event["created"], subject=event["id"], changes=changes_of(event))
    return world.store.add(row)


def related(obj: Json) -> Json:
    """Where to read *obj*. An object without an id (a summary) is named by its customer."""
    kind, id_ = obj["object"], obj.get("id")
    if id_ is None:
        return {"type": kind, "url": f"/v1/entitlements/active_entitlements?customer={obj['customer']}"}
    return {"id": id_, "type": kind, "url": f"/v1/{PATHS.get(kind, kind + 's')}/{id_}"}


def changes_of(event: Json) -> Json | None:
    before = event["data"].get("previous_attributes")
    if before is None:
        return None
    after = event["data"]["object"]
    return {"before": before, "after": {name: after.get(name) for name in before}}


def names(event: Json) -> Iterator[str]:
    """The thin types that an event amounts to: its twin, and what it says in particular."""
    if f"v1.{event['type']}" in thin_types():
        yield f"v1.{event['type']}"
    if event["type"] == "customer.subscription.updated":
        for detail in details(event["data"]["object"], event["data"].get("previous_attributes") or {}):
            yield f"v1.customer.subscription.{detail}"


def details(now: Json, before: Json) -> Iterator[str]:
    if "status" in before and now["status"] in STATUSES:
        yield now["status"]
    for name in ("cancel_at", "default_payment_method"):
        if name in before:
            yield f"{name}_changed"
    if "items" in before:
        yield from item_details(rows_of(now), rows_of(before))


def rows_of(subscription: Json) -> dict[str, Json]:
    return {item["id"]: item for item in subscription["items"]["data"]}


def item_details(now: dict[str, Json], before: dict[str, Json]) -> Iterator[str]:
    if set(now) - set(before):
        yield "item_added"
    if set(before) - set(now):
        yield "item_removed"
    for name, detail in ITEM_FIELDS.items():
        if any(now[id_].get(name) != before[id_].get(name) for id_ in set(now) & set(before)):
            yield detail


def wants(endpoint: Json, type_: str) -> bool:
    return any(fnmatchcase(type_, pattern) for pattern in endpoint["enabled_events"])


def is_thin(endpoint: Json) -> bool:
    return bool(private(endpoint).get("payload") == "thin")


def shown(event: Json) -> dict[str, Any]:
    """A thin event as `/v2/core/events` answers it: with the changes that the notification lacks."""
    row = {key: value for key, value in event.items() if not key.startswith("_")}
    return {**row, "changes": private(event)["changes"]}
