"""/v1/customers/{customer}/tax_ids: VAT numbers and their like, and whether they were verified."""

from __future__ import annotations

from example_site.stripe_simulator.errors import invalid, no_such
from example_site.stripe_simulator.events import emit
from example_site.stripe_simulator.pagination import listing
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from .updates import need

VERIFICATION = {"000000000": "verified", "111111111": "unverified", "222222222": "pending"}
"""Stripe's magic numbers, after the letters of a country."""
LONGEST = 30


@route("POST", "/v1/customers/{customer}/tax_ids")
def create(call: Call) -> Json:
    customer = call.world.store.get("customer", call.path["customer"])
    return render(
        call.world,
        new_tax_id(call.world, customer, need(call.params, "type"), need(call.params, "value")),
    )


def new_tax_id(world: World, customer: Json, kind: str, value: str) -> Json:
    number = value.replace(" ", "").upper()
    if not number.replace("-", "").replace(".", "").isalnum() or len(number) > LONGEST:
        raise invalid(f"Invalid value for {kind}.", param="value", code="tax_id_invalid")
    row: Json = {
        "id": world.ids.next("txi"),
        "object": "tax_id",
        "country": number[:2] if number[:2].isalpha() else None,
        "created": world.now(customer),
        "customer": customer["id"],
        "customer_account": None,
        "livemode": False,
        "owner": {"customer": customer["id"], "type": "customer"},
        "type": kind,
        "value": number,
        "verification": {
            "status": VERIFICATION.get(number.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), "verified"),
            "verified_address": None,
            "verified_name": None,
        },
    }
    world.store.add(row)
    emit(world, "customer.tax_id.created", row)
    return row


@route("GET", "/v1/customers/{customer}/tax_ids")
def index(call: Call) -> Json:
    customer = call.world.store.get("customer", call.path["customer"])
    rows = call.world.store.all("tax_id")
    return listing(call, [row for row in rows if row["customer"] == customer["id"]])


@route("GET", "/v1/customers/{customer}/tax_ids/{id}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("DELETE", "/v1/customers/{customer}/tax_ids/{id}")
def delete(call: Call) -> Json:
    row = find(call)
    emit(call.world, "customer.tax_id.deleted", row)
    return call.world.store.remove(row)


def find(call: Call) -> Json:
    row = call.world.store.get("tax_id", call.path["id"])
    if row["customer"] != call.path["customer"]:
        raise no_such("tax_id", row["id"])
    return row
