"""Disputes: a bank takes a payment back, or asks about it, and decides."""

from __future__ import annotations

from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import DAY, World

ANSWER_WITHIN = 14 * DAY
STARTS = {
    "warning_needs_response",
    "warning_under_review",
    "needs_response",
    "under_review",
    "prevented",
}
WAYS = {
    "warning_needs_response": {
        "warning_under_review",
        "warning_closed",
        "needs_response",
        "prevented",
    },
    "warning_under_review": {"warning_needs_response", "warning_closed", "needs_response"},
    "needs_response": {"under_review", "won", "lost", "prevented"},
    "under_review": {"needs_response", "won", "lost"},
    "appeal_needs_response": {"appeal_under_review", "won", "lost"},
    "appeal_under_review": {"appeal_needs_response", "won", "lost"},
    "won": {"appeal_needs_response"},
    "lost": {"appeal_needs_response", "appeal_under_review"},
    "prevented": set(),
    "warning_closed": set(),
}
"""From each status of a dispute, the ones that can follow."""
FINAL = {"won", "lost", "prevented", "warning_closed"}
REASONS = {
    "bank_cannot_process",
    "check_returned",
    "credit_not_processed",
    "customer_initiated",
    "debit_not_authorized",
    "duplicate",
    "fraudulent",
    "general",
    "incorrect_account_details",
    "insufficient_funds",
    "noncompliant",
    "product_not_received",
    "product_unacceptable",
    "subscription_canceled",
    "unrecognized",
}


def dispute(
    world: World,
    charge: Json,
    *,
    status: str = "needs_response",
    reason: str = "general",
    amount: int | None = None,
) -> Json:
    """The payer's bank disputes *amount* (default: all) of *charge*.

    A status with `warning_` is an inquiry: no money moves.
    """
    amount = checked(charge, status, reason, amount)
    now = world.now(charge)
    inquiry = status.startswith("warning_")
    row = blank(
        "dispute",
        id=world.ids.next("du"),
        amount=amount,
        charge=charge["id"],
        created=now,
        currency=charge["currency"],
        evidence_details={
            **blank("dispute")["evidence_details"],
            "due_by": now + ANSWER_WITHIN,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        is_charge_refundable=inquiry,
        metadata={},
        payment_intent=charge["payment_intent"],
        reason=reason,
        status=status,
    )
    private(row)["customer"] = charge["customer"]
    world.store.add(row)
    private(charge)["refundable"] = inquiry
    with changing(world, charge, "charge.updated"):
        charge["disputed"] = True
    emit(world, "charge.dispute.created", row)
    if not inquiry and status != "prevented":
        emit(world, "charge.dispute.funds_withdrawn", row)
        private(row)["withdrawn"] = True
    world.store.later(now + ANSWER_WITHIN, "run_out", row)
    return row


def checked(charge: Json, status: str, reason: str, amount: int | None) -> int:
    if status not in STARTS:
        raise invalid(f"A dispute does not begin as {status}.", param="status")
    if reason not in REASONS:
        raise invalid(f"Invalid reason: {reason}", param="reason")
    if not charge["paid"]:
        raise invalid("A charge that failed cannot be disputed.", param="charge")
    whole: int = charge["amount"]
    if amount is not None and not 0 < amount <= whole:
        raise invalid("The disputed amount is more than the charge.", param="amount")
    return whole if amount is None else amount


def decide(world: World, row: Json, *, status: str) -> None:
    """Move a dispute on to *status*. Raises `StripeError` for a way that no dispute goes."""
    before = row["status"]
    if status not in WAYS:
        raise invalid(f"A dispute cannot become {status}.", param="status")
    if status not in WAYS[before]:
        raise invalid(f"A dispute that is {before} cannot become {status}.", param="status")
    charge = world.store.get("charge", row["charge"])
    inquiry = status.startswith("warning_")
    with changing(world, row, "charge.dispute.closed" if status in FINAL else "charge.dispute.updated"):
        row["status"] = status
        row["is_charge_refundable"] = inquiry
    private(charge)["refundable"] = inquiry
    move_money(world, row, status)


def move_money(world: World, row: Json, status: str) -> None:
    notes = private(row)
    taken = status not in {"won", "prevented"} and not status.startswith("warning_")
    if taken and not notes.get("withdrawn"):
        emit(world, "charge.dispute.funds_withdrawn", row)
    elif notes.get("withdrawn") and status in {"won", "prevented"}:
        emit(world, "charge.dispute.funds_reinstated", row)
    notes["withdrawn"] = taken


def answer(world: World, row: Json, evidence: Json, *, submit: bool) -> None:
    """The seller's evidence. Stripe's test texts `winning_evidence` and `losing_evidence` decide."""
    if row["status"] not in {"warning_needs_response", "needs_response", "appeal_needs_response"}:
        raise invalid("This dispute is already closed or under review.")
    with changing(world, row, "charge.dispute.updated"):
        row["evidence"].update({key: value or None for key, value in evidence.items()})
        details = row["evidence_details"]
        details["has_evidence"] = details["has_evidence"] or any(evidence.values())
        if submit:
            details["submission_count"] += 1
            row["status"] = row["status"].replace("needs_response", "under_review")
    outcome = {"winning_evidence": "won", "losing_evidence": "lost"}.get(
        row["evidence"].get("uncategorized_text") or ""
    )
    if submit and outcome:
        if row["status"].startswith("warning_"):
            outcome = "warning_closed" if outcome == "won" else "needs_response"
        decide(world, row, status=outcome)


def accept(world: World, row: Json) -> None:
    """The seller gives in: lost."""
    if row["status"] in FINAL:
        raise invalid("This dispute is already closed.")
    if row["status"].startswith("warning_"):
        raise invalid("An inquiry cannot be closed; refund the charge instead.")
    decide(world, row, status="lost")


def run_out(world: World, row: Json) -> None:
    """Nobody answered in time: lost, or for an inquiry closed."""
    if row["status"] not in {"needs_response", "warning_needs_response"}:
        return
    row["evidence_details"]["past_due"] = True
    decide(world, row, status="lost" if row["status"] == "needs_response" else "warning_closed")


def open_dispute(world: World, charge: Json) -> None:
    dispute(world, charge, reason="fraudulent")


def open_inquiry(world: World, charge: Json) -> None:
    dispute(world, charge, status="warning_needs_response", reason="fraudulent")
