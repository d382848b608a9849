"""Invoice items: what waits for the next invoice of a customer, or of one subscription."""

from __future__ import annotations

from typing import Any

from example_site.stripe_simulator.events import emit
from example_site.stripe_simulator.rendering import price_parts
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from . import invoice_lines


def new_item(
    world: World,
    customer: Json,
    *,
    amount: int,
    currency: str,
    subscription: str | None = None,
    price: Json | None = None,
    quantity: int = 1,
    period: Json | None = None,
    description: str | None = None,
    **fields: Any,
) -> Json:
    """An item of *amount* (minor units, less than 0 for a credit) that waits for an invoice."""
    now = world.now(customer)
    row: Json = {
        "id": world.ids.next("ii"),
        "object": "invoiceitem",
        "amount": amount,
        "currency": currency,
        "customer": customer["id"],
        "customer_account": None,
        "date": now,
        "description": description,
        "discountable": amount >= 0,
        "discounts": [],
        "invoice": None,
        "livemode": False,
        "metadata": {},
        "net_amount": amount,
        "parent": {
            "subscription_details": {"subscription": subscription},
            "type": "subscription_details",
        }
        if subscription
        else None,
        "period": period or {"start": now, "end": now},
        "pricing": price_parts(price) if price else None,
        "proration": False,
        "proration_details": None,
        "quantity": quantity,
        "quantity_decimal": str(quantity),
        "tax_rates": [],
        "test_clock": customer["test_clock"],
        **fields,
    }
    world.store.add(row)
    emit(world, "invoiceitem.created", row)
    return row


def parent_of(subscription: str | None) -> Json | None:
    if subscription is None:
        return None
    return {"subscription_details": {"subscription": subscription}, "type": "subscription_details"}


def subscription_of(row: Json) -> str | None:
    details = (row["parent"] or {}).get("subscription_details") or {}
    return details.get("subscription")


def waiting(world: World, customer: str, subscription: Json | None) -> list[Json]:
    """What the next invoice takes along: items of the subscription, and of no subscription."""
    wanted = {None, subscription["id"]} if subscription else {None}
    return [
        row
        for row in world.store.all("invoiceitem")
        if row["customer"] == customer
        and row["invoice"] is None
        and subscription_of(row) in wanted
        and (subscription is None or row["currency"] == subscription["currency"])
    ]


def line_of(world: World, row: Json) -> Json:
    """The invoice line of an invoice item."""
    notes = private(row)
    line = invoice_lines.free_line(
        world,
        amount=row["amount"],
        currency=row["currency"],
        description=row["description"],
        quantity=row["quantity"],
        period=dict(row["period"]),
        pricing=row["pricing"],
        discountable=row["discountable"],
        metadata=dict(row["metadata"]),
    )
    subscription, item = subscription_of(row), notes.get("item")
    details: Json = {
        "invoice_item": row["id"],
        "proration": row["proration"],
        "proration_details": {"credited_items": None},
        "subscription": subscription,
    }
    kind = "subscription_item_details" if item and subscription else "invoice_item_details"
    if kind == "subscription_item_details":
        details["subscription_item"] = item
    line["parent"] = {
        "invoice_item_details": None,
        "subscription_item_details": None,
        kind: details,
        "type": kind,
    }
    line["subscription"] = subscription
    private(line)["item"] = item
    return line


def claim(rows: list[Json], invoice: Json) -> None:
    """*rows* are on *invoice* now."""
    for row in rows:
        row["invoice"] = invoice["id"]


def drop(world: World, row: Json) -> Json:
    emit(world, "invoiceitem.deleted", row)
    return world.store.remove(row)
