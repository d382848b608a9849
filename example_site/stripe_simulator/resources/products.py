"""/v1/products."""

from __future__ import annotations

from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json

from . import prices
from .updates import merge_metadata, update

FIELDS = (
    "active",
    "description",
    "images",
    "marketing_features",
    "name",
    "shippable",
    "statement_descriptor",
    "tax_code",
    "unit_label",
    "url",
)


@route("POST", "/v1/products")
def create(call: Call) -> Json:
    given = call.params
    id_ = given.get("id") or call.world.ids.next("prod", length=14)
    if call.world.store.find("product", id_):
        raise invalid(f"Product already exists: {id_}", param="id", code="resource_already_exists")
    product = blank(
        "product",
        id=id_,
        active=given.get("active", True),
        created=call.now,
        metadata=merge_metadata(None, given.get("metadata")),
        type=given.get("type", "service"),
        updated=call.now,
    )
    update(product, {**given, "metadata": product["metadata"]}, *FIELDS)
    call.world.store.add(product)
    emit(call.world, "product.created", product)
    if "default_price_data" in given:
        price = prices.new_price(call, {**given["default_price_data"], "product": id_}, product)
        with changing(call.world, product, "product.updated"):
            product["default_price"] = price["id"]
    return render(call.world, product)


@route("GET", "/v1/products")
def index(call: Call) -> Json:
    ids = call.params.get("ids")
    rows = [
        row
        for row in call.world.store.all("product")
        if (not ids or row["id"] in ids) and same(call, row, "active", "type", "url", "shippable")
    ]
    return listing(call, rows)


@route("GET", "/v1/products/{id}")
def retrieve(call: Call) -> Json:
    return render(call.world, call.world.store.get("product", call.path["id"]))


@route("POST", "/v1/products/{id}")
def modify(call: Call) -> Json:
    product = call.world.store.get("product", call.path["id"])
    if default := call.params.get("default_price"):
        call.world.store.get("price", default, param="default_price")
    with changing(call.world, product, "product.updated"):
        update(product, call.params, *FIELDS, "default_price")
        for name in ("images", "marketing_features"):
            product[name] = product[name] or []
        product["updated"] = call.now
    return render(call.world, product)


@route("DELETE", "/v1/products/{id}")
def delete(call: Call) -> Json:
    product = call.world.store.get("product", call.path["id"])
    if any(price["product"] == product["id"] for price in call.world.store.all("price")):
        raise invalid("This product cannot be deleted because it has one or more user-created prices.")
    emit(call.world, "product.deleted", product)
    return call.world.store.remove(product)
