"""/v1/invoices and /v1/invoice_payments."""

from __future__ import annotations

from example_site.stripe_simulator.billing import invoice_items, invoices
from example_site.stripe_simulator.billing.cancellation import subscription_of
from example_site.stripe_simulator.errors import StripeError, declined, invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same, within
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

from . import payment_methods
from .updates import merge_metadata, need, update


@route("POST", "/v1/invoices")
def create(call: Call) -> Json:
    """A draft with no lines, or with `pending_invoice_items_behavior=include` all that waits."""
    given = call.params
    customer = call.world.store.get("customer", need(given, "customer"), param="customer")
    subscription = None
    if id_ := given.get("subscription"):
        subscription = call.world.store.get("subscription", id_, param="subscription")
    waiting = []
    if given.get("pending_invoice_items_behavior") == "include":
        waiting = invoice_items.waiting(call.world, customer["id"], subscription)
    invoice = invoices.draft(
        call.world,
        customer,
        [invoice_items.line_of(call.world, row) for row in waiting],
        reason="manual",
        currency=given.get("currency") or customer["currency"] or "usd",
        subscription=subscription,
        collection_method=given.get("collection_method", "charge_automatically"),
        days_until_due=given.get("days_until_due"),
        metadata=merge_metadata(None, given.get("metadata")),
    )
    invoice_items.claim(waiting, invoice)
    invoice["auto_advance"] = given.get("auto_advance", False)
    if not invoice["auto_advance"]:
        invoice["automatically_finalizes_at"] = None
    update(invoice, given, "description", "footer", "due_date", "number")
    return render(call.world, invoice)


@route("GET", "/v1/invoices")
def index(call: Call) -> Json:
    given = call.params
    rows = [
        row
        for row in call.world.store.all("invoice")
        if same(call, row, "customer", "status", "collection_method")
        and ("subscription" not in given or subscription_of(row) == given["subscription"])
        and ("due_date" not in given or within(row["due_date"] or 0, given["due_date"]))
    ]
    return listing(call, rows)


@route("GET", "/v1/invoices/{invoice}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("GET", "/v1/invoices/{invoice}/lines")
def lines(call: Call) -> Json:
    return listing(call, find(call)["lines"]["data"], newest_first=False)


@route("POST", "/v1/invoices/{invoice}")
def modify(call: Call) -> Json:
    invoice = find(call)
    with changing(call.world, invoice, "invoice.updated"):
        update(invoice, call.params, "description", "footer", "due_date", "auto_advance", "number")
        if method := call.params.get("default_payment_method"):
            invoice["default_payment_method"] = payment_methods.find(
                call, method, param="default_payment_method", customer=invoice["customer"]
            )["id"]
    return render(call.world, invoice)


@route("DELETE", "/v1/invoices/{invoice}")
def delete(call: Call) -> Json:
    invoice = find(call)
    require(invoice, "draft", action="delete")
    if subscription_of(invoice):
        raise invalid("You can only delete draft invoices that are not part of a subscription.")
    emit(call.world, "invoice.deleted", invoice)
    return call.world.store.remove(invoice)


@route("POST", "/v1/invoices/{invoice}/finalize")
def finalize(call: Call) -> Json:
    invoice = find(call)
    require(invoice, "draft", action="finalize")
    invoices.finalize(call.world, invoice)
    if "auto_advance" in call.params:
        invoice["auto_advance"] = call.params["auto_advance"]
    return render(call.world, invoice)


@route("POST", "/v1/invoices/{invoice}/pay")
def pay(call: Call) -> Json:
    invoice = find(call)
    if invoice["status"] == "paid":
        raise invalid("Invoice is already paid", code="invoice_already_paid")
    require(invoice, "draft", "open", "uncollectible", action="pay")
    method = None
    if id_ := call.params.get("payment_method"):
        method = payment_methods.find(call, id_, param="payment_method", customer=invoice["customer"])
    if invoice["status"] == "draft":
        invoices.finalize(call.world, invoice)
    if invoice["status"] == "paid":
        return render(call.world, invoice)
    if call.params.get("paid_out_of_band"):
        invoices.mark_paid(call.world, invoice, out_of_band=True)
    elif invoices.attempt(call.world, invoice, method=method) == "requires_payment_method":
        intent = invoices.intent_of(call.world, invoice)
        raise declined(payment_intent=render(call.world, intent) if intent else None)
    return render(call.world, invoice)


@route("POST", "/v1/invoices/{invoice}/send")
def send(call: Call) -> Json:
    invoice = find(call)
    if invoice["collection_method"] != "send_invoice":
        raise invalid("You can only manually send an invoice with `send_invoice` collection.")
    if invoice["status"] == "draft":
        invoices.finalize(call.world, invoice)
    else:
        emit(call.world, "invoice.sent", invoice)
    return render(call.world, invoice)


@route("POST", "/v1/invoices/{invoice}/void")
def void(call: Call) -> Json:
    invoice = find(call)
    require(invoice, "open", "uncollectible", action="void")
    invoices.void(call.world, invoice)
    return render(call.world, invoice)


@route("POST", "/v1/invoices/{invoice}/mark_uncollectible")
def mark_uncollectible(call: Call) -> Json:
    invoice = find(call)
    require(invoice, "open", action="mark as uncollectible")
    invoices.mark_uncollectible(call.world, invoice)
    return render(call.world, invoice)


@route("GET", "/v1/invoice_payments")
def index_payments(call: Call) -> Json:
    wished = call.params.get("payment") or {}
    rows = [
        row
        for row in call.world.store.all("invoice_payment")
        if same(call, row, "invoice", "status")
        and all(row["payment"].get(name) == value for name, value in wished.items())
    ]
    return listing(call, rows)


@route("GET", "/v1/invoice_payments/{invoice_payment}")
def retrieve_payment(call: Call) -> Json:
    id_ = call.path["invoice_payment"]
    return render(call.world, call.world.store.get("invoice_payment", id_))


def find(call: Call) -> Json:
    return call.world.store.get("invoice", call.path["invoice"])


def require(invoice: Json, *statuses: str, action: str) -> None:
    if invoice["status"] not in statuses:
        raise StripeError(
            f"You cannot {action} an invoice that is {invoice['status']}.",
            code="invoice_not_editable",
        )
