"""Objects as the API shows them: no private notes, prices embedded, nested lists cut at ten."""

from __future__ import annotations

import copy
from typing import Any

from .store import PRIVATE, Json
from .world import World

NESTED_LIMIT = 10


def render(world: World, obj: Json) -> Json:
    shown = {key: copy.deepcopy(value) for key, value in obj.items() if key != PRIVATE}
    kind = shown.get("object")
    if kind == "subscription" and "items" in shown:
        rows = [render_item(world, item) for item in obj["items"]["data"]]
        shown["items"] = nested(rows, f"/v1/subscription_items?subscription={obj['id']}")
        if shown.get("pending_update"):
            waiting = obj["pending_update"]["subscription_items"]
            shown["pending_update"]["subscription_items"] = [
                render_item(world, item) for item in waiting
            ]
    elif kind == "subscription_item":
        shown = render_item(world, obj)
    elif kind == "invoice" and "lines" in shown:
        rows = [render(world, row) for row in obj["lines"]["data"]]
        shown["lines"] = nested(rows, f"/v1/invoices/{obj['id']}/lines")
    elif kind == "item" and isinstance(shown.get("price"), str):
        shown["price"] = render(world, world.store.get("price", shown["price"]))
    return shown


def render_item(world: World, item: Json) -> Json:
    """A subscription item: the store keeps the id of its price, the API shows the whole price."""
    shown = {key: copy.deepcopy(value) for key, value in item.items() if key != PRIVATE}
    price = world.store.get("price", item["price"])
    shown["price"] = render(world, price)
    shown["plan"] = plan(price)
    return shown


def price_parts(price: Json) -> Json:
    """The `pricing` of a line or an invoice item."""
    return {
        "price_details": {"price": price["id"], "product": price["product"]},
        "type": "price_details",
        "unit_amount_decimal": price["unit_amount_decimal"],
    }


def plan(price: Json) -> Json:
    """The legacy view of a recurring price."""
    recurring = price["recurring"]
    return {
        "id": price["id"],
        "object": "plan",
        "active": price["active"],
        "amount": price["unit_amount"],
        "amount_decimal": price["unit_amount_decimal"],
        "billing_scheme": price["billing_scheme"],
        "created": price["created"],
        "currency": price["currency"],
        "interval": recurring["interval"],
        "interval_count": recurring["interval_count"],
        "livemode": False,
        "metadata": copy.deepcopy(price["metadata"]),
        "meter": None,
        "nickname": price["nickname"],
        "product": price["product"],
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": recurring["usage_type"],
    }


def nested(rows: list[Any], url: str) -> Json:
    return {
        "object": "list",
        "data": rows[:NESTED_LIMIT],
        "has_more": len(rows) > NESTED_LIMIT,
        "url": url,
    }
