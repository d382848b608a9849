"""/v1/disputes: opened and decided from the control API."""

from __future__ import annotations

from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import DAY, World

OPEN = {"warning_needs_response", "warning_under_review", "needs_response", "under_review"}
FINAL = {"won", "lost", "prevented", "warning_closed"}


@route("GET", "/v1/disputes")
def index(call: Call) -> Json:
    rows = call.world.store.all("dispute")
    return listing(call, [row for row in rows if same(call, row, "charge", "payment_intent")])


@route("GET", "/v1/disputes/{dispute}")
def retrieve(call: Call) -> Json:
    return render(call.world, call.world.store.get("dispute", call.path["dispute"]))


def dispute(world: World, charge: Json, *, status: str = "needs_response") -> Json:
    """The payer's bank disputes *charge*. A status with `warning_` is an inquiry: no money moves."""
    if status not in OPEN:
        raise invalid(f"A dispute does not begin as {status}.", param="status")
    if not charge["paid"]:
        raise invalid("A charge that failed cannot be disputed.")
    now = world.now(charge)
    row = blank(
        "dispute",
        id=world.ids.next("du"),
        amount=charge["amount"],
        charge=charge["id"],
        created=now,
        currency=charge["currency"],
        evidence_details={
            **blank("dispute")["evidence_details"],
            "due_by": now + 14 * DAY,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=status.startswith("warning_"),
        metadata={},
        payment_intent=charge["payment_intent"],
        reason="general",
        status=status,
    )
    world.store.add(row)
    charge["disputed"] = True
    emit(world, "charge.dispute.created", row)
    if not status.startswith("warning_"):
        emit(world, "charge.dispute.funds_withdrawn", row)
    return row


def decide(world: World, row: Json, *, status: str) -> None:
    """Move a dispute on: `under_review`, `won`, `lost`, ..."""
    if status not in OPEN | FINAL:
        raise invalid(f"A dispute cannot become {status}.", param="status")
    closed = status in FINAL
    with changing(world, row, "charge.dispute.closed" if closed else "charge.dispute.updated"):
        row["status"] = status
    if status == "won":
        emit(world, "charge.dispute.funds_reinstated", row)
