"""/v1/payment_methods: cards that pay or decline."""

from __future__ import annotations

from example_site.stripe_simulator.billing import payments
from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

IBANS = {
    "AT611904300234573201": "debit",
    "AT321904300235473204": "debit_fails",
    "AT861904300235473202": "debit_fails",
    "DE89370400440532013000": "debit",
    "DE62370400440532013001": "debit_fails",
}
NUMBERS = {
    "4000000000000002": "decline",
    "4000000000000341": "decline",
    "4000000000000259": "dispute",
    "4000000000001976": "inquiry",
    "4000000000005126": "refund_fail",
    "4000000000007726": "refund_pending",
}


def find(call: Call, id_: str, *, param: str, customer: str | None = None) -> Json:
    """The card named by an id or a test token, attached to *customer* if it was free."""
    if id_ in payments.TOKENS:
        return payments.new_card(call.world, payments.TOKENS[id_], customer=customer)
    method = call.world.store.get("payment_method", id_, param=param)
    if customer and method["customer"] is None:
        payments.attach(call.world, method, customer)
    if customer and method["customer"] != customer:
        raise invalid("The payment method does not belong to this customer.", param=param)
    return method


@route("POST", "/v1/payment_methods")
def create(call: Call) -> Json:
    card = call.params.get("card") or {}
    if call.params.get("type") == "sepa_debit":
        return render(call.world, new_debit(call))
    behaviour = payments.TOKENS.get(card.get("token", ""), "ok")
    behaviour = NUMBERS.get(card.get("number", ""), behaviour)
    method = payments.new_card(call.world, behaviour)
    method["metadata"] = call.params.get("metadata") or {}
    return render(call.world, method)


def new_debit(call: Call) -> Json:
    iban = (call.params.get("sepa_debit") or {}).get("iban", "").replace(" ", "").upper()
    if not iban[:2].isalpha() or not iban[2:].isalnum() or not 15 <= len(iban) <= 34:
        raise invalid("The IBAN you provided is invalid.", param="sepa_debit[iban]", code="invalid_iban")
    method = payments.new_card(call.world, IBANS.get(iban, "debit"))
    method["sepa_debit"].update(country=iban[:2], last4=iban[-4:])
    method["billing_details"].update(call.params.get("billing_details") or {})
    method["metadata"] = call.params.get("metadata") or {}
    return method


@route("GET", "/v1/payment_methods")
def index(call: Call) -> Json:
    rows = call.world.store.all("payment_method")
    return listing(call, [row for row in rows if same(call, row, "customer", "type")])


@route("GET", "/v1/customers/{customer}/payment_methods")
def of_customer(call: Call) -> Json:
    customer = call.world.store.get("customer", call.path["customer"])
    rows = call.world.store.all("payment_method")
    return listing(
        call, [row for row in rows if row["customer"] == customer["id"] and same(call, row, "type")]
    )


@route("GET", "/v1/payment_methods/{payment_method}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call, call.path["payment_method"], param="id"))


@route("POST", "/v1/payment_methods/{payment_method}/attach")
def attach(call: Call) -> Json:
    customer = call.world.store.get("customer", call.params.get("customer", ""), param="customer")
    id_ = call.path["payment_method"]
    return render(call.world, find(call, id_, param="id", customer=customer["id"]))


@route("POST", "/v1/payment_methods/{payment_method}/detach")
def detach(call: Call) -> Json:
    method = call.world.store.get("payment_method", call.path["payment_method"])
    if method["customer"] is None:
        raise invalid("The payment method you provided is not attached to a customer.")
    customer = call.world.store.find("customer", method["customer"])
    previous = {"customer": method["customer"]}
    method["customer"] = None
    emit(call.world, "payment_method.detached", method, previous=previous)
    if customer and customer["invoice_settings"]["default_payment_method"] == method["id"]:
        with changing(call.world, customer, "customer.updated"):
            customer["invoice_settings"]["default_payment_method"] = None
    return render(call.world, method)
