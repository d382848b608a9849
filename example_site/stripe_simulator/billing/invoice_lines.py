"""The lines of an invoice, and what they add up to."""

from __future__ import annotations

from typing import Any

from example_site.stripe_simulator.rendering import price_parts
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from .discounts import apply_discounts


def line(
    world: World,
    price: Json,
    quantity: int,
    *,
    start: int,
    end: int,
    item: Json | None = None,
    amount: int | None = None,
    description: str = "",
) -> Json:
    """One invoice line. *amount* overrides price times quantity (a free trial)."""
    product = world.store.find("product", price["product"])
    row = free_line(
        world,
        amount=price["unit_amount"] * quantity if amount is None else amount,
        currency=price["currency"],
        description=description or f"{quantity} x {product['name'] if product else price['id']}",
        quantity=quantity,
        period={"start": start, "end": end},
        pricing=price_parts(price),
        discountable=True,
        metadata={},
    )
    if item:
        row["subscription"] = item["subscription"]
        row["parent"] = {
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": {"credited_items": None},
                "subscription": item["subscription"],
                "subscription_item": item["id"],
            },
            "type": "subscription_item_details",
        }
        private(row)["item"] = item["id"]
    return row


def free_line(world: World, *, amount: int, **fields: Any) -> Json:
    return blank(
        "line_item",
        id=world.ids.next("il"),
        amount=amount,
        discount_amounts=[],
        invoice=None,
        parent=None,
        subscription=None,
        subtotal=amount,
        taxes=[],
        **fields,
    )


def total_up(world: World, invoice: Json, subscription: Json | None) -> None:
    """Set the sums of *invoice* from its lines and the discounts of *subscription*."""
    lines = invoice["lines"]["data"]
    for each in lines:
        each["invoice"] = invoice["id"]
    subtotal = sum(each["amount"] for each in lines)
    off = apply_discounts(world, invoice, subscription)
    total = subtotal - off
    due = max(total, 0)
    invoice.update(
        subtotal=subtotal,
        subtotal_excluding_tax=subtotal,
        total=total,
        total_excluding_tax=total,
        total_taxes=[],
        amount_due=due,
        amount_remaining=due,
    )
    if subscription:
        remember_shares(subscription, lines)


def remember_shares(subscription: Json, lines: list[Json]) -> None:
    """How much of its full amount each item was billed at: that is what prorations give back."""
    items = {item["id"]: item for item in subscription["items"]["data"]}
    for each in lines:
        item = items.get(private(each).get("item"))
        if item and each["amount"] > 0:
            off = sum(part["amount"] for part in each["discount_amounts"])
            private(item)["paid_share"] = 1 - off / each["amount"]
