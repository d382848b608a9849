"""/v1/invoices/create_preview: what a change of a subscription would bill at once. Nothing is kept."""

from __future__ import annotations

import copy

from example_site.stripe_simulator.billing import cycles, invoice_lines, invoices
from example_site.stripe_simulator.billing.prorations import Part
from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json, private

from . import subscription_changes
from .updates import need


@route("POST", "/v1/invoices/create_preview")
def create_preview(call: Call) -> Json:
    given = call.params
    world = call.world
    subscription = world.store.get("subscription", need(given, "subscription"), param="subscription")
    wished = given.get("customer")
    if wished and wished != subscription["customer"]:
        raise invalid("The customer does not have this subscription.", param="customer")
    details = given.get("subscription_details") or {}
    # The plan works on a copy: what a preview asks for never happens.
    trial = copy.deepcopy(subscription)
    plan = subscription_changes.plan(call, trial, details)
    if not (plan.rebill or plan.invoice_now) and details.get("proration_behavior") != "always_invoice":
        raise invalid(
            "The simulator previews what is billed at once: pass always_invoice.",
            param="subscription_details[proration_behavior]",
        )
    lines = [_proration(call, part) for part in plan.prorations]
    subscription_changes.apply_items(world, trial, plan)
    if plan.rebill:
        lines += [cycles.line_of(world, trial, item) for item in trial["items"]["data"]]
    return render(world, _invoice(call, trial, lines))


def _proration(call: Call, part: Part) -> Json:
    product = call.world.store.find("product", part.price["product"])
    name = product["name"] if product else part.price["id"]
    kind = "Unused time on" if part.credit else "Remaining time on"
    line = invoice_lines.free_line(
        call.world,
        amount=part.amount,
        currency=part.price["currency"],
        description=f"{kind} {part.quantity} x {name}",
        quantity=part.quantity,
        period={"start": part.start, "end": part.end},
        pricing=invoice_lines.price_parts(part.price),
        discountable=False,
        metadata={},
    )
    private(line)["item"] = part.item["id"]
    return line


def _invoice(call: Call, subscription: Json, lines: list[Json]) -> Json:
    world = call.world
    customer = world.store.get("customer", subscription["customer"])
    invoice = invoices.unsaved(
        world,
        customer,
        lines,
        id=world.ids.next("upcoming_in"),
        auto_advance=False,
        billing_reason="upcoming",
        collection_method=subscription["collection_method"],
        currency=subscription["currency"],
        metadata={},
        parent=invoices.parent_of(subscription),
    )
    invoice_lines.total_up(world, invoice, subscription)
    return invoice
