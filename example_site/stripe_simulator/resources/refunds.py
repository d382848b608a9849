"""/v1/refunds, also below their charge."""

from __future__ import annotations

from example_site.stripe_simulator.billing import refunding
from example_site.stripe_simulator.errors import invalid, no_such
from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

from .updates import merge_metadata, update


@route("POST", "/v1/refunds")
def create(call: Call) -> Json:
    given = call.params
    if "origin" in given:
        raise invalid("The simulator keeps no cash balance to refund from.", param="origin")
    refund = refunding.refund(
        call.world,
        charge_of(call),
        given.get("amount"),
        reason=given.get("reason"),
        metadata=merge_metadata(None, given.get("metadata")),
        instructions_email=given.get("instructions_email"),
    )
    return render(call.world, refund)


def charge_of(call: Call) -> Json:
    store = call.world.store
    charge_id, intent_id = call.params.get("charge"), call.params.get("payment_intent")
    if charge_id:
        charge = store.get("charge", charge_id, param="charge")
        if intent_id and charge["payment_intent"] != intent_id:
            raise invalid(
                f"The charge {charge_id} does not belong to the PaymentIntent {intent_id}.",
                param="payment_intent",
            )
        return charge
    if intent_id:
        intent = store.get("payment_intent", intent_id, param="payment_intent")
        if intent["status"] != "succeeded":
            raise invalid(
                f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        return store.get("charge", intent["latest_charge"])
    raise invalid(
        "One of the following params should be provided for this request: payment_intent or charge.",
        param="charge",
        code="parameter_missing",
    )


@route("GET", "/v1/refunds")
def index(call: Call) -> Json:
    rows = call.world.store.all("refund")
    return listing(call, [row for row in rows if same(call, row, "charge", "payment_intent")])


@route("GET", "/v1/charges/{charge}/refunds")
def of_charge(call: Call) -> Json:
    charge = call.world.store.get("charge", call.path["charge"])
    rows = call.world.store.all("refund")
    return listing(call, [row for row in rows if row["charge"] == charge["id"]])


@route("GET", "/v1/charges/{charge}/refunds/{refund}")
def retrieve_of_charge(call: Call) -> Json:
    refund = find(call)
    if refund["charge"] != call.path["charge"]:
        raise no_such("refund", refund["id"])
    return render(call.world, refund)


@route("GET", "/v1/refunds/{refund}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/refunds/{refund}")
def modify(call: Call) -> Json:
    refund = find(call)
    with changing(call.world, refund, "charge.refund.updated", "refund.updated"):
        update(refund, call.params)
    return render(call.world, refund)


@route("POST", "/v1/refunds/{refund}/cancel")
def cancel(call: Call) -> Json:
    refund = find(call)
    refunding.cancel(call.world, refund)
    return render(call.world, refund)


def find(call: Call) -> Json:
    return call.world.store.get("refund", call.path["refund"])
