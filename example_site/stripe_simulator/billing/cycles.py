"""Billing periods of a subscription: they begin, are billed, and follow each other."""

from __future__ import annotations

from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from . import invoice_items, invoice_lines, invoices, payments
from .cancellation import cancel_now
from .pausing import pause
from .periods import end_of


def bill(
    world: World,
    subscription: Json,
    reason: str,
    items: list[Json],
    *,
    one_offs: list[Json] | None = None,
) -> Json:
    """A draft invoice: the current period of *items* (free while on trial), *one_offs* (checkout
    items), and the invoice items that were waiting for it.
    """
    customer = world.store.get("customer", subscription["customer"])
    lines = [line_of(world, subscription, item) for item in items]
    now = world.now(subscription)
    for row in one_offs or []:
        price = world.store.get("price", row["price"])
        lines.append(invoice_lines.line(world, price, row["quantity"], start=now, end=now))
    waiting = invoice_items.waiting(world, customer["id"], subscription)
    lines += [invoice_items.line_of(world, row) for row in waiting]
    invoice = invoices.draft(
        world,
        customer,
        lines,
        reason=reason,
        currency=subscription["currency"],
        subscription=subscription,
        collection_method=subscription["collection_method"],
        days_until_due=subscription["days_until_due"],
    )
    invoice_items.claim(waiting, invoice)
    return invoice


def line_of(world: World, subscription: Json, item: Json) -> Json:
    """The invoice line of the current period of *item*."""
    trial = subscription["status"] == "trialing"
    return invoice_lines.line(
        world,
        world.store.get("price", item["price"]),
        item["quantity"],
        start=item["current_period_start"],
        end=item["current_period_end"],
        item=item,
        amount=0 if trial else None,
        description="Free trial" if trial else "",
    )


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


def bill_now(
    world: World,
    subscription: Json,
    reason: str = "subscription_update",
    *,
    items: list[Json] | None = None,
    collect: bool = True,
) -> Json:
    """Invoice *items* (default: all, for the current period) at once and try to collect it."""
    rows = subscription["items"]["data"] if items is None else items
    invoice = bill(world, subscription, reason, rows)
    with changing(world, subscription, "customer.subscription.updated"):
        subscription["latest_invoice"] = invoice["id"]
    invoices.finalize(world, invoice)
    automatic = invoice["collection_method"] == "charge_automatically"
    if invoice["status"] == "open" and automatic and collect:
        invoices.attempt(world, invoice, automatic=True)
    return invoice
