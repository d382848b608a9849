"""What a change in the middle of a period costs: unused time back, remaining time due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from . import invoice_items

CHARGED = {"active", "past_due", "unpaid"}


@dataclass
class Part:
    """One proration: *amount* in minor units, negative for time that is given back."""

    item: Json
    price: Json
    quantity: int
    amount: int
    start: int
    end: int

    @property
    def credit(self) -> bool:
        return self.amount < 0


@dataclass
class Change:
    """An item before and after: no quantity means that it is not there."""

    item: Json
    old_price: Json | None = None
    old_quantity: int = 0
    new_price: Json | None = None
    new_quantity: int = 0


def share(amount: int, part: int, whole: int) -> int:
    """*amount* x *part* / *whole*, halves rounded up. Nothing for an empty period."""
    if whole <= 0:
        return 0
    return (2 * amount * max(part, 0) + whole) // (2 * whole)


def parts(changes: list[Change], at: int, *, debit: bool = True) -> list[Part]:
    """The prorations of *changes* at the moment *at*; without *debit* only what is given back."""
    result = []
    for change in changes:
        start, end = change.item["current_period_start"], change.item["current_period_end"]
        left, whole = end - at, end - start
        same = change.old_price is change.new_price and change.old_quantity == change.new_quantity
        if same and debit:
            continue
        if change.old_price and change.old_quantity:
            paid = change.old_price["unit_amount"] * change.old_quantity
            paid = int(round(paid * private(change.item).get("paid_share", 1.0)))
            amount = -share(paid, left, whole)
            if amount:
                result.append(Part(change.item, change.old_price, change.old_quantity, amount, at, end))
        if debit and change.new_price and change.new_quantity:
            amount = share(change.new_price["unit_amount"] * change.new_quantity, left, whole)
            if amount:
                result.append(Part(change.item, change.new_price, change.new_quantity, amount, at, end))
    return result


def unused(world: World, subscription: Json, at: int) -> list[Part]:
    """What is given back when the subscription stops at *at*."""
    return parts([now_held(world, item) for item in subscription["items"]["data"]], at, debit=False)


def remaining(world: World, subscription: Json, at: int) -> list[Part]:
    """What the rest of the period costs from *at* on."""
    rows = []
    for item in subscription["items"]["data"]:
        held = now_held(world, item)
        rows.append(Change(item, new_price=held.old_price, new_quantity=held.old_quantity))
    return parts(rows, at)


def now_held(world: World, item: Json) -> Change:
    price = world.store.get("price", item["price"])
    return Change(item, old_price=price, old_quantity=item["quantity"])


def write(world: World, subscription: Json, rows: list[Part]) -> list[Json]:
    """Keep *rows* as invoice items that wait for the next invoice of *subscription*."""
    customer = world.store.get("customer", subscription["customer"])
    return [write_one(world, customer, subscription, row) for row in rows]


def write_one(world: World, customer: Json, subscription: Json, row: Part) -> Json:
    product = world.store.find("product", row.price["product"])
    name = product["name"] if product else row.price["id"]
    kind = "Unused time on" if row.credit else "Remaining time on"
    day = datetime.fromtimestamp(row.start, UTC).strftime("%d %b %Y")
    item = invoice_items.new_item(
        world,
        customer,
        amount=row.amount,
        currency=row.price["currency"],
        subscription=subscription["id"],
        price=row.price,
        quantity=row.quantity,
        period={"start": row.start, "end": row.end},
        description=f"{kind} {row.quantity} x {name} after {day}",
        proration=True,
        proration_details={"discount_amounts": []},
    )
    private(item)["item"] = row.item["id"]
    return item
