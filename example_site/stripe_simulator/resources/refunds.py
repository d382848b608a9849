"""/v1/refunds."""

from __future__ import annotations

from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from .updates import merge_metadata, update


@route("POST", "/v1/refunds")
def create(call: Call) -> Json:
    given = call.params
    charge = charge_of(call)
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left <= 0:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    amount = given.get("amount", left)
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    refund = blank(
        "refund",
        id=call.world.ids.next("re"),
        amount=amount,
        charge=charge["id"],
        created=call.world.now(charge),
        currency=charge["currency"],
        customer=charge["customer"],
        destination_details={"card": {"type": "refund"}, "type": "card"},
        metadata=merge_metadata(None, given.get("metadata")),
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        reason=given.get("reason"),
        status="succeeded",
    )
    call.world.store.add(refund)
    with changing(call.world, charge, "charge.refunded"):
        take_back(charge, amount)
    emit(call.world, "refund.created", refund)
    return render(call.world, refund)


def charge_of(call: Call) -> Json:
    store = call.world.store
    if id_ := call.params.get("charge"):
        return store.get("charge", id_, param="charge")
    if id_ := call.params.get("payment_intent"):
        intent = store.get("payment_intent", id_, param="payment_intent")
        if intent["status"] != "succeeded":
            raise invalid(
                f"This PaymentIntent ({id_}) does not have a successful charge to refund.",
                param="payment_intent",
            )
        return store.get("charge", intent["latest_charge"])
    raise invalid(
        "One of the following params should be provided for this request: payment_intent or charge.",
        param="charge",
        code="parameter_missing",
    )


def take_back(charge: Json, amount: int) -> None:
    """`refunded` is true only once everything was given back."""
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]


def fail(world: World, refund: Json) -> None:
    """A refund bounces days later: the money is back with the seller."""
    if refund["status"] != "succeeded":
        raise invalid(f"A refund that is {refund['status']} cannot fail.")
    charge = world.store.get("charge", refund["charge"])
    refund.update(status="failed", failure_reason="expired_or_canceled_card")
    with changing(world, charge, "charge.updated"):
        take_back(charge, -refund["amount"])
    emit(world, "refund.failed", refund)
    emit(world, "refund.updated", refund, previous={"status": "succeeded"})


@route("GET", "/v1/refunds")
def index(call: Call) -> Json:
    rows = call.world.store.all("refund")
    return listing(call, [row for row in rows if same(call, row, "charge", "payment_intent")])


@route("GET", "/v1/refunds/{refund}")
def retrieve(call: Call) -> Json:
    return render(call.world, call.world.store.get("refund", call.path["refund"]))


@route("POST", "/v1/refunds/{refund}")
def modify(call: Call) -> Json:
    refund = call.world.store.get("refund", call.path["refund"])
    with changing(call.world, refund, "refund.updated"):
        update(refund, call.params)
    return render(call.world, refund)
