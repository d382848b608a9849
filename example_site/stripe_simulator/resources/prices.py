"""/v1/prices."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from example_site.stripe_simulator.billing.currencies import check_amount, currency_of
from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json

from .updates import merge_metadata, update


@route("POST", "/v1/prices")
def create(call: Call) -> Json:
    given = dict(call.params)
    if ("product" in given) == ("product_data" in given):
        raise invalid(
            "You must specify either `product` or `product_data` when creating a price.",
            param="product",
            code="parameter_missing",
        )
    if "product" in given:
        product = call.world.store.get("product", given["product"], param="product")
    else:
        product = product_from(call, given["product_data"])
    return render(call.world, new_price(call, given, product))


def product_from(call: Call, data: Json) -> Json:
    product = blank(
        "product",
        id=data.get("id") or call.world.ids.next("prod", length=14),
        active=data.get("active", True),
        created=call.now,
        metadata=merge_metadata(None, data.get("metadata")),
        name=data["name"],
        type="service",
        updated=call.now,
    )
    call.world.store.add(product)
    emit(call.world, "product.created", product)
    return product


def new_price(call: Call, given: Json, product: Json) -> Json:
    """A price from the parameters of `/v1/prices` or of a `price_data`."""
    amount, decimal = amount_of(given)
    lookup_key = given.get("lookup_key")
    if lookup_key:
        free_lookup_key(call, lookup_key, transfer=given.get("transfer_lookup_key", False))
    recurring = given.get("recurring")
    currency = currency_of(given["currency"])
    check_amount(amount, currency, param="unit_amount")
    price = blank(
        "price",
        id=call.world.ids.next("price"),
        active=given.get("active", True),
        billing_scheme="per_unit",
        created=call.now,
        currency=currency,
        lookup_key=lookup_key,
        metadata=merge_metadata(None, given.get("metadata")),
        nickname=given.get("nickname"),
        product=product["id"],
        recurring=rhythm(recurring) if recurring else None,
        tax_behavior=given.get("tax_behavior", "unspecified"),
        type="recurring" if recurring else "one_time",
        unit_amount=amount,
        unit_amount_decimal=decimal,
    )
    call.world.store.add(price)
    emit(call.world, "price.created", price)
    return price


def amount_of(given: Json) -> tuple[int, str]:
    if given.get("billing_scheme") == "tiered" or "custom_unit_amount" in given:
        raise invalid(
            "The simulator sells at a fixed amount for each unit only.",
            param="custom_unit_amount" if "custom_unit_amount" in given else "billing_scheme",
        )
    if "unit_amount" in given:
        if given["unit_amount"] < 0:
            raise invalid(
                "Invalid non-negative integer",
                param="unit_amount",
                code="parameter_invalid_integer",
            )
        return given["unit_amount"], str(given["unit_amount"])
    if "unit_amount_decimal" in given:
        exact = Decimal(given["unit_amount_decimal"])
        return int(exact.quantize(Decimal(1), ROUND_HALF_UP)), given["unit_amount_decimal"]
    raise invalid(
        "Prices require an `unit_amount` or `unit_amount_decimal` parameter to be set.",
        param="unit_amount",
        code="parameter_missing",
    )


def rhythm(recurring: Json) -> Json:
    if recurring.get("usage_type") == "metered" or "meter" in recurring:
        raise invalid("The simulator does not meter usage.", param="recurring[usage_type]")
    count = recurring.get("interval_count", 1)
    longest = {"day": 1095, "week": 156, "month": 36, "year": 3}[recurring["interval"]]
    if not 1 <= count <= longest:
        raise invalid(
            "The interval must be between one day and three years.",
            param="recurring[interval_count]",
        )
    return {
        "interval": recurring["interval"],
        "interval_count": count,
        "meter": None,
        "trial_period_days": recurring.get("trial_period_days"),
        "usage_type": "licensed",
    }


def free_lookup_key(call: Call, key: str, *, transfer: bool, owner: Json | None = None) -> None:
    for price in call.world.store.all("price"):
        if price["lookup_key"] != key or price is owner:
            continue
        if not transfer:
            raise invalid(f"A price (`{price['id']}`) already uses that lookup key.", param="lookup_key")
        with changing(call.world, price, "price.updated"):
            price["lookup_key"] = None


@route("GET", "/v1/prices")
def index(call: Call) -> Json:
    keys = call.params.get("lookup_keys")
    if keys and len(keys) > 10:
        raise invalid("You can specify up to 10 lookup_keys.", param="lookup_keys")
    recurring = call.params.get("recurring") or {}
    rows = [
        row
        for row in call.world.store.all("price")
        if (not keys or row["lookup_key"] in keys)
        and same(call, row, "active", "currency", "product", "type")
        and all((row["recurring"] or {}).get(name) == value for name, value in recurring.items())
    ]
    return listing(call, rows)


@route("GET", "/v1/prices/{price}")
def retrieve(call: Call) -> Json:
    return render(call.world, call.world.store.get("price", call.path["price"]))


@route("POST", "/v1/prices/{price}")
def modify(call: Call) -> Json:
    price = call.world.store.get("price", call.path["price"])
    if key := call.params.get("lookup_key"):
        transfer = call.params.get("transfer_lookup_key", False)
        free_lookup_key(call, key, transfer=transfer, owner=price)
    with changing(call.world, price, "price.updated"):
        update(price, call.params, "active", "nickname", "lookup_key", "tax_behavior")
    return render(call.world, price)
