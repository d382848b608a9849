"""The life of a subscription between its start and its end."""

from __future__ import annotations

from dataclasses import dataclass, field

from example_site.stripe_simulator.errors import StripeError, declined, invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from . import cycles, discounts, invoice_items, invoices, payments
from .periods import end_of


@dataclass
class Wanted:
    """One item of a subscription to be."""

    price: Json
    quantity: int = 1
    metadata: Json = field(default_factory=dict)


@dataclass
class Terms:
    """What a new subscription shall be."""

    customer: Json
    items: list[Wanted]
    metadata: Json = field(default_factory=dict)
    trial_end: int | None = None
    anchor: int | None = None
    billing_mode: str = "flexible"
    collection_method: str = "charge_automatically"
    days_until_due: int | None = None
    payment_behavior: str = "allow_incomplete"
    payment_method: Json | None = None
    missing_payment_method: str = "create_invoice"
    description: str | None = None
    discounts: list[tuple[Json, Json | None]] = field(default_factory=list)
    extras: list[Json] = field(default_factory=list)
    """Keyword arguments of invoice items for the first invoice (`add_invoice_items`)."""


def start(world: World, terms: Terms, *, one_offs: list[Json] | None = None) -> Json:
    """Create a subscription, bill its first period and *one_offs* (checkout items), say so in events."""
    now = world.now(terms.customer)
    check_chargeable(world, terms)
    subscription = new_subscription(world, terms, now)
    for coupon, code in terms.discounts:
        discounts.redeem(world, subscription, coupon, code)
    add_extras(world, subscription, terms.extras)
    items = subscription["items"]["data"]
    invoice = cycles.bill(world, subscription, "subscription_create", items, one_offs=one_offs or [])
    subscription["latest_invoice"] = invoice["id"]
    emit(world, "customer.subscription.created", subscription)
    if terms.collection_method == "charge_automatically":
        invoices.finalize(world, invoice)
        collect_first(world, terms, subscription, invoice)
    return subscription


def add_extras(world: World, subscription: Json, extras: list[Json]) -> None:
    customer = world.store.get("customer", subscription["customer"])
    for each in extras:
        invoice_items.new_item(world, customer, subscription=subscription["id"], **each)


def check_chargeable(world: World, terms: Terms) -> None:
    """Refuse before anything exists: no card, or with `error_if_incomplete` a card known to fail."""
    free = (
        terms.trial_end is not None
        or sum(each.price["unit_amount"] * each.quantity for each in terms.items) == 0
    ) and not terms.extras
    if free or terms.collection_method == "send_invoice":
        return
    if terms.payment_behavior == "default_incomplete":
        return
    method = terms.payment_method or payments.method_for(world, terms.customer["id"])
    if method is None:
        raise StripeError(
            "This customer has no attached payment source or default payment method. Please consider "
            "adding a default payment method.",
            code="resource_missing",
        )
    if terms.payment_behavior == "error_if_incomplete" and not payments.can_charge(method):
        raise declined()


def new_subscription(world: World, terms: Terms, now: int) -> Json:
    id_ = world.ids.next("sub")
    anchor = terms.trial_end or terms.anchor or now
    needs_payment = terms.collection_method == "charge_automatically" and not terms.trial_end
    mode: Json = {"flexible": None, "type": terms.billing_mode}
    if terms.billing_mode == "flexible":
        mode = {"flexible": {"proration_discounts": "included"}, "type": "flexible"}
    subscription = blank(
        "subscription",
        id=id_,
        automatic_tax={"disabled_reason": None, "enabled": False, "liability": None},
        billing_cycle_anchor=anchor,
        billing_mode=mode,
        cancellation_details={"comment": None, "feedback": None, "reason": None},
        collection_method=terms.collection_method,
        created=now,
        currency=terms.items[0].price["currency"],
        customer=terms.customer["id"],
        days_until_due=terms.days_until_due,
        default_payment_method=terms.payment_method["id"] if terms.payment_method else None,
        description=terms.description,
        invoice_settings={"account_tax_ids": None, "issuer": {"type": "self"}},
        items={"object": "list", "data": [], "has_more": False, "url": ""},
        metadata=dict(terms.metadata),
        start_date=now,
        status="trialing" if terms.trial_end else "incomplete" if needs_payment else "active",
        status_details=None,
        test_clock=terms.customer["test_clock"],
        trial_end=terms.trial_end,
        trial_settings={"end_behavior": {"missing_payment_method": terms.missing_payment_method}},
        trial_start=now if terms.trial_end else None,
    )
    subscription["items"]["data"] = [new_item(world, subscription, each, now) for each in terms.items]
    if terms.customer["currency"] is None:
        terms.customer["currency"] = subscription["currency"]
    return world.store.add(subscription)


def new_item(world: World, subscription: Json, wanted: Wanted, now: int) -> Json:
    anchor = subscription["billing_cycle_anchor"]
    return blank(
        "subscription_item",
        id=world.ids.next("si"),
        created=now,
        current_period_start=now,
        current_period_end=anchor if anchor > now else end_of(wanted.price, anchor, now),
        metadata=dict(wanted.metadata),
        plan=None,
        price=wanted.price["id"],
        quantity=wanted.quantity,
        subscription=subscription["id"],
        tax_rates=[],
    )


def collect_first(world: World, terms: Terms, subscription: Json, invoice: Json) -> None:
    """Charge the first invoice. A delayed payment method makes the subscription active at once."""
    if invoice["status"] != "open" or terms.payment_behavior == "default_incomplete":
        return
    status = invoices.attempt(world, invoice, method=terms.payment_method, automatic=True)
    if status == "processing":
        with changing(world, subscription, "customer.subscription.updated"):
            subscription["status"] = "active"


def check_items(items: list[Wanted], billing_mode: str) -> None:
    """What Stripe refuses in the items of a subscription."""
    if not items:
        raise invalid("Missing required param: items.", param="items", code="parameter_missing")
    if len(items) > 20:
        raise invalid("A subscription can have up to 20 items.", param="items")
    if len({each.price["currency"] for each in items}) > 1:
        raise invalid("All prices of a subscription must use the same currency.", param="items")
    rhythms = {
        (each.price["recurring"]["interval"], each.price["recurring"]["interval_count"])
        for each in items
    }
    if len(rhythms) > 1 and billing_mode != "flexible":
        raise invalid(
            "Currently, all prices of a subscription with classic billing mode must have the same "
            "billing interval.",
            param="items",
        )
