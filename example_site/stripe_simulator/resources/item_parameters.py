"""Items in a request: which price, how many."""

from __future__ import annotations

from example_site.stripe_simulator.billing.subscriptions import Wanted
from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.routing import Call
from example_site.stripe_simulator.store import Json

from .prices import new_price
from .updates import merge_metadata


def wanted(call: Call, item: Json, at: str) -> Wanted:
    """The price and quantity of an item in a request."""
    price = price_of(call, item, at)
    quantity = checked_quantity(item.get("quantity", 1), at)
    return Wanted(price, quantity, merge_metadata(None, item.get("metadata")))


def price_of(call: Call, item: Json, at: str) -> Json:
    if "price_data" in item:
        data = item["price_data"]
        product = call.world.store.get("product", data["product"], param=f"{at}[price_data][product]")
        return new_price(call, data, product)
    id_ = item.get("price") or item.get("plan")
    if not id_:
        raise invalid(
            f"Missing required param: {at}[price].", param=f"{at}[price]", code="parameter_missing"
        )
    price = call.world.store.get("price", id_, param=f"{at}[price]")
    if price["type"] != "recurring":
        raise invalid(
            "The price specified is set to `type=one_time` but this field only accepts prices with "
            "`type=recurring`.",
            param=f"{at}[price]",
        )
    if not price["active"]:
        raise invalid(
            f"The price specified is inactive. This field only accepts active prices: {id_}",
            param=f"{at}[price]",
        )
    return price


def checked_quantity(quantity: int, at: str) -> int:
    if quantity < 0:
        raise invalid(
            "Invalid non-negative integer",
            param=f"{at}[quantity]",
            code="parameter_invalid_integer",
        )
    return quantity


def extras(call: Call, given: Json) -> list[Json]:
    """`add_invoice_items` as keyword arguments of `invoice_items.new_item`."""
    return [
        extra(call, item, f"add_invoice_items[{at}]")
        for at, item in enumerate(given.get("add_invoice_items") or [])
    ]


def extra(call: Call, item: Json, at: str) -> Json:
    """A one-time price in a request, as an invoice item."""
    price = one_off_price(call, item, at)
    quantity = checked_quantity(item.get("quantity", 1), at)
    product = call.world.store.find("product", price["product"])
    return {
        "amount": price["unit_amount"] * quantity,
        "currency": price["currency"],
        "description": product["name"] if product else None,
        "discountable": item.get("discountable", True),
        "metadata": merge_metadata(None, item.get("metadata")),
        "price": price,
        "quantity": quantity,
    }


def one_off_price(call: Call, item: Json, at: str) -> Json:
    if "price_data" in item:
        data = item["price_data"]
        product = call.world.store.get("product", data["product"], param=f"{at}[price_data][product]")
        return new_price(call, data, product)
    if not item.get("price"):
        raise invalid(
            f"Missing required param: {at}[price].", param=f"{at}[price]", code="parameter_missing"
        )
    price = call.world.store.get("price", item["price"], param=f"{at}[price]")
    if price["type"] != "one_time":
        raise invalid(
            "The price specified is set to `type=recurring` but this field only accepts prices with "
            "`type=one_time`.",
            param=f"{at}[price]",
        )
    return price
