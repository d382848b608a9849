"""/v1/customers."""

from __future__ import annotations

from example_site.stripe_simulator.billing import payments
from example_site.stripe_simulator.billing.cancellation import ENDED, cancel_now, stop_collection
from example_site.stripe_simulator.billing.customers import blank_customer
from example_site.stripe_simulator.errors import no_such
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

from . import payment_methods, tax_ids
from .updates import update

FIELDS = (
    "address",
    "balance",
    "business_name",
    "description",
    "email",
    "individual_name",
    "invoice_prefix",
    "name",
    "next_invoice_sequence",
    "phone",
    "preferred_locales",
    "shipping",
    "tax_exempt",
)


@route("POST", "/v1/customers")
def create(call: Call) -> Json:
    given = call.params
    clock = None
    if id_ := given.get("test_clock"):
        clock = call.world.store.get("test_helpers.test_clock", id_, param="test_clock")
    customer = blank_customer(call.world, test_clock=clock)
    update(customer, given, *FIELDS)
    call.world.store.add(customer)
    emit(call.world, "customer.created", customer)
    for each in given.get("tax_id_data", []):
        tax_ids.new_tax_id(call.world, customer, each["type"], each["value"])
    give_cards(call, customer, given)
    return render(call.world, customer)


def give_cards(call: Call, customer: Json, given: Json) -> None:
    for name in ("payment_method", "source"):
        if name in given:
            method = payment_methods.find(call, given[name], param=name, customer=customer["id"])
            if name == "source":
                payments.make_default(call.world, customer, method)
    default = (given.get("invoice_settings") or {}).get("default_payment_method")
    if default:
        method = payment_methods.find(
            call,
            default,
            param="invoice_settings[default_payment_method]",
            customer=customer["id"],
        )
        payments.make_default(call.world, customer, method)


@route("GET", "/v1/customers")
def index(call: Call) -> Json:
    clock = call.params.get("test_clock")
    rows = [
        row
        for row in call.world.store.all("customer")
        if row["test_clock"] == clock and same(call, row, "email")
    ]
    return listing(call, rows)


@route("GET", "/v1/customers/{customer}")
def retrieve(call: Call) -> Json:
    id_ = call.path["customer"]
    deleted = call.world.store.tombstones.get(id_)
    if deleted and deleted["object"] == "customer":
        return deleted
    return render(call.world, call.world.store.get("customer", id_))


@route("POST", "/v1/customers/{customer}")
def modify(call: Call) -> Json:
    customer = find(call)
    with changing(call.world, customer, "customer.updated"):
        update(customer, call.params, *FIELDS)
    give_cards(call, customer, call.params)
    return render(call.world, customer)


@route("DELETE", "/v1/customers/{customer}")
def delete(call: Call) -> Json:
    """Subscriptions end with their customer."""
    customer = find(call)
    for subscription in call.world.store.all("subscription"):
        if subscription["customer"] == customer["id"] and subscription["status"] not in ENDED:
            cancel_now(call.world, subscription, reason="cancellation_requested")
    stop_collection(call.world, customer["id"])
    emit(call.world, "customer.deleted", customer)
    return call.world.store.remove(customer)


def find(call: Call) -> Json:
    customer = call.world.store.find("customer", call.path["customer"])
    if customer is None:
        raise no_such("customer", call.path["customer"])
    return customer
