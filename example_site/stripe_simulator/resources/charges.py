"""/v1/charges."""

from __future__ import annotations

from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

from .updates import update


@route("GET", "/v1/charges")
def index(call: Call) -> Json:
    rows = call.world.store.all("charge")
    return listing(call, [row for row in rows if same(call, row, "customer", "payment_intent")])


@route("GET", "/v1/charges/{charge}")
def retrieve(call: Call) -> Json:
    return render(call.world, call.world.store.get("charge", call.path["charge"]))


@route("POST", "/v1/charges/{charge}")
def modify(call: Call) -> Json:
    charge = call.world.store.get("charge", call.path["charge"])
    with changing(call.world, charge, "charge.updated"):
        update(charge, call.params, "description")
    return render(call.world, charge)
