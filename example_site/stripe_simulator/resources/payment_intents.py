"""/v1/payment_intents: made by invoices and checkout, read and labelled here."""

from __future__ import annotations

from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

from .updates import update


@route("GET", "/v1/payment_intents")
def index(call: Call) -> Json:
    rows = call.world.store.all("payment_intent")
    return listing(call, [row for row in rows if same(call, row, "customer")])


@route("GET", "/v1/payment_intents/{intent}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/payment_intents/{intent}")
def modify(call: Call) -> Json:
    intent = find(call)
    update(intent, call.params, "description")
    return render(call.world, intent)


def find(call: Call) -> Json:
    return call.world.store.get("payment_intent", call.path["intent"])
