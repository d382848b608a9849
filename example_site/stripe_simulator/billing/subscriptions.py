"""The life of a subscription between its start and its end."""

from __future__ import annotations

from dataclasses import dataclass, field

from example_site.stripe_simulator.errors import StripeError, declined, invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from . import discounts, invoices, payments
from .cancellation import cancel_now
from .dunning import paused
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


def start(world: World, terms: Terms, *, one_offs: list[Json] | None = None) -> Json:
    """Create a subscription, bill its first period and *one_offs* (checkout items), say so in events."""
    now = world.now(terms.customer)
    check_chargeable(world, terms)
    subscription = new_subscription(world, terms, now)
    for coupon, code in terms.discounts:
        discounts.redeem(world, subscription, coupon, code)
    items = subscription["items"]["data"]
    invoice = bill(world, subscription, "subscription_create", items, one_offs=one_offs or [])
    subscription["latest_invoice"] = invoice["id"]
    emit(world, "customer.subscription.created", subscription)
    if terms.collection_method == "charge_automatically":
        invoices.finalize(world, invoice)
        collect_first(world, terms, subscription, invoice)
    return subscription


def check_chargeable(world: World, terms: Terms) -> None:
    """Refuse before anything exists: no card, or with `error_if_incomplete` a card known to fail."""
    free = (
        terms.trial_end is not None
        or sum(each.price["unit_amount"] * each.quantity for each in terms.items) == 0
    )
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


def bill(
    world: World,
    subscription: Json,
    reason: str,
    items: list[Json],
    *,
    one_offs: list[Json] | None = None,
) -> Json:
    """A draft invoice for the current period of *items*; free while on trial."""
    customer = world.store.get("customer", subscription["customer"])
    trial = subscription["status"] == "trialing"
    lines = []
    for item in items:
        price = world.store.get("price", item["price"])
        lines.append(
            invoices.line(
                world,
                price,
                item["quantity"],
                start=item["current_period_start"],
                end=item["current_period_end"],
                item=item,
                amount=0 if trial else None,
                description="Free trial" if trial else "",
            )
        )
    now = world.now(subscription)
    for row in one_offs or []:
        price = world.store.get("price", row["price"])
        lines.append(invoices.line(world, price, row["quantity"], start=now, end=now))
    return invoices.draft(
        world,
        customer,
        lines,
        reason=reason,
        currency=subscription["currency"],
        subscription=subscription,
        collection_method=subscription["collection_method"],
        days_until_due=subscription["days_until_due"],
    )


def collect_first(world: World, terms: Terms, subscription: Json, invoice: Json) -> None:
    """Charge the first invoice. A delayed payment method makes the subscription active at once."""
    if invoice["status"] != "open" or terms.payment_behavior == "default_incomplete":
        return
    status = invoices.attempt(world, invoice, method=terms.payment_method, automatic=True)
    if status == "processing":
        with changing(world, subscription, "customer.subscription.updated"):
            subscription["status"] = "active"


def renew(world: World, subscription: Json) -> None:
    """Begin the next period of every item whose period is over, with a draft invoice for it."""
    now = world.now(subscription)
    due = [item for item in subscription["items"]["data"] if item["current_period_end"] <= now]
    with changing(world, subscription, "customer.subscription.updated"):
        for item in due:
            advance(world, subscription, item)
        invoice = bill(world, subscription, "subscription_cycle", due)
        subscription["latest_invoice"] = invoice["id"]
    hold_if_paused(world, subscription, invoice)


def advance(world: World, subscription: Json, item: Json) -> None:
    price = world.store.get("price", item["price"])
    item["current_period_start"] = item["current_period_end"]
    item["current_period_end"] = end_of(
        price, subscription["billing_cycle_anchor"], item["current_period_start"]
    )


def hold_if_paused(world: World, subscription: Json, invoice: Json) -> None:
    """`pause_collection` and `unpaid` keep a renewal invoice from being collected."""
    pause = subscription["pause_collection"]
    if subscription["status"] == "unpaid" or (pause and pause["behavior"] == "keep_as_draft"):
        invoice["auto_advance"] = False
        invoice["automatically_finalizes_at"] = None
    elif pause:
        private(invoice)["instead"] = pause["behavior"]


def end_trial(world: World, subscription: Json) -> None:
    """Trial over: bill, pause or cancel."""
    card = payments.method_for(world, subscription["customer"], subscription["default_payment_method"])
    behaviour = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
    if card is None and subscription["collection_method"] == "charge_automatically":
        if behaviour == "cancel":
            cancel_now(world, subscription, reason=None)
            return
        if behaviour == "pause":
            pause(world, subscription, "trial_end_without_payment_method")
            return
    with changing(world, subscription, "customer.subscription.updated"):
        subscription["status"] = "active"
        restart_periods(world, subscription)
        invoice = bill(world, subscription, "subscription_cycle", subscription["items"]["data"])
        subscription["latest_invoice"] = invoice["id"]
    hold_if_paused(world, subscription, invoice)


def restart_periods(world: World, subscription: Json) -> None:
    """Begin a new period of every item now, and count later ones from now."""
    now = world.now(subscription)
    subscription["billing_cycle_anchor"] = now
    for item in subscription["items"]["data"]:
        price = world.store.get("price", item["price"])
        item["current_period_start"] = now
        item["current_period_end"] = end_of(price, now, now)


def bill_now(world: World, subscription: Json, reason: str = "subscription_update") -> Json:
    """Invoice the current period at once and try to collect it."""
    invoice = bill(world, subscription, reason, subscription["items"]["data"])
    with changing(world, subscription, "customer.subscription.updated"):
        subscription["latest_invoice"] = invoice["id"]
    invoices.finalize(world, invoice)
    if invoice["status"] == "open" and invoice["collection_method"] == "charge_automatically":
        invoices.attempt(world, invoice, automatic=True)
    return invoice


def pause(world: World, subscription: Json, reason: str) -> None:
    with changing(
        world,
        subscription,
        "customer.subscription.updated",
        "customer.subscription.paused",
    ):
        subscription["status"] = "paused"
        subscription["status_details"] = paused(world, subscription, reason)


def resume(world: World, subscription: Json, *, anchor: str, behavior: str) -> None:
    """Leave `paused`. A new period must be paid first, unless *behavior* says otherwise."""
    now = world.now(subscription)
    over = any(item["current_period_end"] <= now for item in subscription["items"]["data"])
    if anchor == "unchanged" and not over:
        unpause(world, subscription)
        return
    if anchor == "now":
        restart_periods(world, subscription)
    else:
        for item in subscription["items"]["data"]:
            while item["current_period_end"] <= now:
                advance(world, subscription, item)
    if behavior == "resume_on_payment_attempt":
        unpause(world, subscription)
        bill_now(world, subscription, "subscription_cycle")
    elif bill_now(world, subscription, "subscription_cycle")["status"] == "paid":
        unpause(world, subscription)


def unpause(world: World, subscription: Json) -> None:
    with changing(
        world,
        subscription,
        "customer.subscription.updated",
        "customer.subscription.resumed",
    ):
        subscription["status"] = "active"
        subscription["status_details"] = None


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
