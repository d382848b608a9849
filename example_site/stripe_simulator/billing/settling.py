"""Payments that take days: bank debits, until the bank says yes or no."""

from __future__ import annotations

from example_site.stripe_simulator.errors import StripeError
from example_site.stripe_simulator.events import emit
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from . import invoices, payments
from .cancellation import subscription_of


def invoice_of(world: World, intent: Json) -> Json | None:
    """The invoice that *intent* pays, if any."""
    for row in world.store.all("invoice_payment"):
        if row["payment"]["payment_intent"] == intent["id"]:
            return world.store.find("invoice", row["invoice"])
    return None


def session_of(world: World, intent: Json, invoice: Json | None) -> Json | None:
    """The checkout session that began the payment, if any."""
    for row in world.store.all("checkout.session"):
        if row["payment_intent"] == intent["id"] or (invoice and row["invoice"] == invoice["id"]):
            return row if row["payment_status"] == "unpaid" else None
    return None


def settle(world: World, intent: Json, *, succeed: bool) -> None:
    """A payment that is processing arrives, or fails, with all that hangs on it."""
    if intent["status"] != "processing":
        raise StripeError("This payment does not wait for a bank.")
    invoice = invoice_of(world, intent)
    session = session_of(world, intent, invoice)
    method = world.store.find("payment_method", intent["payment_method"] or "")
    if method and private(method)["behaviour"] == "delayed":
        private(method)["behaviour"] = "ok" if succeed else "decline"
    (payments.succeed if succeed else payments.fail)(world, intent)
    if invoice and succeed:
        invoices.mark_paid(world, invoice)
    elif invoice:
        fail_invoice(world, invoice)
    if session and succeed:
        session["payment_status"] = "paid"
    if session:
        outcome = "succeeded" if succeed else "failed"
        emit(world, f"checkout.session.async_payment_{outcome}", session)


def fail_invoice(world: World, invoice: Json) -> None:
    subscription = world.store.find("subscription", subscription_of(invoice) or "")
    if subscription and private(subscription).get("pending_invoice") == invoice["id"]:
        invoices.mark_failed(world, invoice, automatic=False)
    else:
        invoices.mark_failed(world, invoice, automatic=True)


def bank_says_yes(world: World, intent: Json) -> None:
    if intent["status"] == "processing":
        settle(world, intent, succeed=True)


def bank_says_no(world: World, intent: Json) -> None:
    if intent["status"] == "processing":
        settle(world, intent, succeed=False)
