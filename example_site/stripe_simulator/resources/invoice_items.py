"""/v1/invoiceitems: what waits for the next invoice of a customer."""

from __future__ import annotations

from example_site.stripe_simulator.billing import invoice_items, invoice_lines
from example_site.stripe_simulator.billing.cancellation import subscription_of
from example_site.stripe_simulator.billing.currencies import check_amount, currency_of
from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

from .item_parameters import extra
from .updates import merge_metadata, need, update


@route("POST", "/v1/invoiceitems")
def create(call: Call) -> Json:
    given = call.params
    customer = call.world.store.get("customer", need(given, "customer"), param="customer")
    invoice = None
    if id_ := given.get("invoice"):
        invoice = call.world.store.get("invoice", id_, param="invoice")
        if invoice["status"] != "draft" or invoice["customer"] != customer["id"]:
            raise invalid("This invoice is no longer editable.", param="invoice")
    if id_ := given.get("subscription"):
        call.world.store.get("subscription", id_, param="subscription")
    values = values_of(call, given)
    if "period" in given:
        values["period"] = given["period"]
    row = invoice_items.new_item(call.world, customer, subscription=given.get("subscription"), **values)
    if invoice:
        put_on(call, invoice, row)
    return render(call.world, row)


def values_of(call: Call, given: Json) -> Json:
    if pricing := given.get("pricing"):
        values = extra(call, {**given, **pricing}, "pricing")
    elif "price_data" in given:
        values = extra(call, given, "price_data")
    elif "amount" in given:
        check_amount(given["amount"], currency_of(need(given, "currency")), param="amount")
        values = {
            "amount": given["amount"],
            "currency": currency_of(need(given, "currency")),
            "discountable": given.get("discountable", given["amount"] >= 0),
            "metadata": merge_metadata(None, given.get("metadata")),
        }
    else:
        raise invalid("You must pass either `amount` or `pricing`.", param="amount")
    if "description" in given:
        values["description"] = given["description"]
    return values


def put_on(call: Call, invoice: Json, row: Json) -> None:
    with changing(call.world, invoice, "invoice.updated"):
        invoice["lines"]["data"].append(invoice_items.line_of(call.world, row))
        invoice_items.claim([row], invoice)
        add_up(call, invoice)


def add_up(call: Call, invoice: Json) -> None:
    subscription = call.world.store.find("subscription", subscription_of(invoice) or "")
    invoice_lines.total_up(call.world, invoice, subscription)


@route("GET", "/v1/invoiceitems")
def index(call: Call) -> Json:
    pending = call.params.get("pending")
    rows = [
        row
        for row in call.world.store.all("invoiceitem")
        if same(call, row, "customer", "invoice")
        and (pending is None or (row["invoice"] is None) is pending)
    ]
    return listing(call, rows, time="date")


@route("GET", "/v1/invoiceitems/{invoiceitem}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/invoiceitems/{invoiceitem}")
def modify(call: Call) -> Json:
    row = editable(call)
    update(row, call.params, "amount", "description", "discountable", "period")
    row["net_amount"] = row["amount"]
    if invoice := call.world.store.find("invoice", row["invoice"] or ""):
        take_off(invoice, row)
        put_on(call, invoice, row)
    return render(call.world, row)


@route("DELETE", "/v1/invoiceitems/{invoiceitem}")
def delete(call: Call) -> Json:
    row = editable(call)
    if invoice := call.world.store.find("invoice", row["invoice"] or ""):
        with changing(call.world, invoice, "invoice.updated"):
            take_off(invoice, row)
            add_up(call, invoice)
    return invoice_items.drop(call.world, row)


def take_off(invoice: Json, row: Json) -> None:
    def mine(line: Json) -> bool:
        parent = line["parent"] or {"type": ""}
        return bool((parent.get(parent["type"]) or {}).get("invoice_item") == row["id"])

    invoice["lines"]["data"] = [line for line in invoice["lines"]["data"] if not mine(line)]


def editable(call: Call) -> Json:
    row = find(call)
    invoice = call.world.store.find("invoice", row["invoice"] or "")
    if invoice and invoice["status"] != "draft":
        raise invalid("This invoice item is on an invoice that is no longer editable.")
    return row


def find(call: Call) -> Json:
    return call.world.store.get("invoiceitem", call.path["invoiceitem"])
