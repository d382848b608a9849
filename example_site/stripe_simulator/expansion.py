"""`expand[]`: replace ids by objects, and add the lists that Stripe sends only on request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import invalid
from .rendering import nested, render
from .store import Json, private
from .world import World

MAX_DEPTH = 4


def rows_of(world: World, kind: str, field: str, id_: str) -> list[Json]:
    rows = [render(world, row) for row in world.store.all(kind) if row.get(field) == id_]
    return rows[::-1]


def line_items(world: World, obj: Json) -> Json:
    session = world.store.get("checkout.session", obj["id"])
    rows = [render(world, row) for row in session["_sim"]["line_items"]]
    return nested(rows, f"/v1/checkout/sessions/{obj['id']}/line_items")


def payments(world: World, obj: Json) -> Json:
    return nested(
        rows_of(world, "invoice_payment", "invoice", obj["id"])[::-1],
        f"/v1/invoice_payments?invoice={obj['id']}",
    )


def refunds(world: World, obj: Json) -> Json:
    return nested(rows_of(world, "refund", "charge", obj["id"]), f"/v1/charges/{obj['id']}/refunds")


def subscriptions(world: World, obj: Json) -> Json:
    rows = rows_of(world, "subscription", "customer", obj["id"])
    alive = [row for row in rows if row["status"] not in {"canceled", "incomplete_expired"}]
    return nested(alive, f"/v1/customers/{obj['id']}/subscriptions")


def tax_ids(world: World, obj: Json) -> Json:
    rows = rows_of(world, "tax_id", "customer", obj["id"])
    return nested(rows, f"/v1/customers/{obj['id']}/tax_ids")


def sources(world: World, obj: Json) -> Json:
    """Cards of the old kind; here everybody has payment methods."""
    return nested([], f"/v1/customers/{obj['id']}/sources")


def applies_to(world: World, obj: Json) -> Json | None:
    products = private(world.store.get("coupon", obj["id"])).get("products")
    return {"products": list(products)} if products else None


INCLUDED: dict[tuple[str, str], Callable[[World, Json], Any]] = {
    ("checkout.session", "line_items"): line_items,
    ("invoice", "payments"): payments,
    ("charge", "refunds"): refunds,
    ("coupon", "applies_to"): applies_to,
    ("customer", "sources"): sources,
    ("customer", "subscriptions"): subscriptions,
    ("customer", "tax_ids"): tax_ids,
}


def expand(world: World, shown: Json, paths: list[str]) -> None:
    for path in paths:
        steps = path.split(".")
        if len(steps) - (steps[0] == "data") > MAX_DEPTH:
            raise invalid(
                f"You cannot expand more than {MAX_DEPTH} levels of a property.", param="expand"
            )
        expand_path(world, shown, steps, path)


def expand_path(world: World, node: Any, steps: list[str], path: str) -> None:
    if isinstance(node, list):
        for each in node:
            expand_path(world, each, steps, path)
        return
    if not steps or not isinstance(node, dict):
        return
    name, rest = steps[0], steps[1:]
    include = INCLUDED.get((node.get("object", ""), name))
    if include and not isinstance(node.get(name), dict):
        node[name] = include(world, node)
    elif name not in node:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    elif isinstance(node[name], str):
        node[name] = object_for(world, node[name], path)
    elif isinstance(node[name], list):
        node[name] = [
            object_for(world, each, path) if isinstance(each, str) else each for each in node[name]
        ]
    elif not rest and node[name] is not None and not isinstance(node[name], dict):
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    expand_path(world, node[name], rest, path)


def object_for(world: World, id_: str, path: str) -> Json:
    obj = world.store.find_anything(id_)
    if obj is None:
        raise invalid(f"This property cannot be expanded ({path}).", param="expand")
    return render(world, obj)
