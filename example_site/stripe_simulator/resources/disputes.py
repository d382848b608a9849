"""/v1/disputes: opened by a bank (a test card, or the control API), answered here."""

from __future__ import annotations

from example_site.stripe_simulator.billing import disputing
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

from .updates import update


@route("GET", "/v1/disputes")
def index(call: Call) -> Json:
    rows = call.world.store.all("dispute")
    return listing(call, [row for row in rows if same(call, row, "charge", "payment_intent")])


@route("GET", "/v1/disputes/{dispute}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/disputes/{dispute}")
def modify(call: Call) -> Json:
    """Evidence is submitted to the bank at once, unless `submit=false` stages it."""
    row = find(call)
    update(row, {"metadata": call.params.get("metadata", {})})
    evidence = call.params.get("evidence")
    if evidence is not None or call.params.get("submit"):
        submit = call.params.get("submit", True)
        disputing.answer(call.world, row, evidence or {}, submit=submit)
    return render(call.world, row)


@route("POST", "/v1/disputes/{dispute}/close")
def close(call: Call) -> Json:
    row = find(call)
    disputing.accept(call.world, row)
    return render(call.world, row)


def find(call: Call) -> Json:
    return call.world.store.get("dispute", call.path["dispute"])
