"""Giving money back: at once, later, or not at all."""

from __future__ import annotations

from example_site.stripe_simulator.errors import StripeError, invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import DAY, World

FAILURES = {
    "charge_for_pending_refund_disputed",
    "declined",
    "expired_or_canceled_card",
    "insufficient_funds",
    "lost_or_stolen_card",
    "merchant_request",
    "unknown",
}


def refund(
    world: World, charge: Json, amount: int | None, *, reason: str | None = None, **fields: object
) -> Json:
    """Give *amount* (minor units, None: all that is left) of *charge* back."""
    amount = checked_amount(charge, amount)
    behaviour = private(charge).get("behaviour")
    waits = behaviour in {"refund_pending", "delayed", "debit"}
    row = blank(
        "refund",
        id=world.ids.next("re"),
        amount=amount,
        charge=charge["id"],
        created=world.now(charge),
        currency=charge["currency"],
        customer=charge["customer"],
        destination_details={"card": {"type": "refund"}, "type": "card"},
        payment_intent=charge["payment_intent"],
        payment_method=charge["payment_method"],
        pending_reason="processing" if waits else None,
        reason=reason,
        status="pending" if waits else "succeeded",
    )
    row.update(fields)
    world.store.add(row)
    with changing(world, charge, "charge.refunded"):
        take_back(charge, amount)
    emit(world, "refund.created", row)
    if waits:
        world.store.later(row["created"] + 3 * DAY, "settle_refund", row)
    elif behaviour == "refund_fail":
        world.store.later(row["created"] + DAY, "fail_refund", row)
    return row


def checked_amount(charge: Json, amount: int | None) -> int:
    if not charge["paid"]:
        raise invalid(f"Charge {charge['id']} was not paid, so it cannot be refunded.", param="charge")
    if charge["disputed"] and not private(charge).get("refundable"):
        raise StripeError(
            f"Charge {charge['id']} has been charged back; cannot issue a refund.",
            code="charge_disputed",
        )
    left: int = charge["amount_captured"] - charge["amount_refunded"]
    if left <= 0:
        raise invalid(
            f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded"
        )
    if amount is None:
        return left
    if amount < 1:
        raise invalid("Invalid positive integer", param="amount", code="parameter_invalid_integer")
    if amount > left:
        raise invalid(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})",
            param="amount",
        )
    return amount


def take_back(charge: Json, amount: int) -> None:
    """`refunded` is true only once everything was given back."""
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] >= charge["amount_captured"]


def fail(world: World, row: Json, *, reason: str = "expired_or_canceled_card") -> None:
    """A refund bounces days later: the money is back with the seller."""
    if row["status"] not in {"succeeded", "pending", "requires_action"}:
        raise invalid(f"A refund that is {row['status']} cannot fail.")
    if reason not in FAILURES:
        raise invalid(f"A refund does not fail for {reason}.", param="failure_reason")
    give_up(world, row, status="failed", failure_reason=reason)
    emit(world, "refund.failed", row)


def cancel(world: World, row: Json) -> None:
    if row["status"] != "requires_action":
        raise invalid(
            f"A refund can only be canceled while its status is requires_action; it is {row['status']}."
        )
    give_up(world, row, status="canceled")


def give_up(world: World, row: Json, **fields: object) -> None:
    charge = world.store.get("charge", row["charge"])
    with changing(world, charge, "charge.updated"):
        take_back(charge, -row["amount"])
    with changing(world, row, "charge.refund.updated", "refund.updated"):
        row.update(pending_reason=None, **fields)


def bounce(world: World, row: Json) -> None:
    """The bank of the stand-in card whose refunds fail sends the money back."""
    if row["status"] == "succeeded":
        fail(world, row)


def arrive(world: World, row: Json) -> None:
    """A pending refund reaches the payer."""
    if row["status"] == "pending":
        with changing(world, row, "charge.refund.updated", "refund.updated"):
            row.update(status="succeeded", pending_reason=None)
