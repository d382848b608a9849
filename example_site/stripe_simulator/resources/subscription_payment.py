"""Whether a change of a subscription must be paid before it holds, and what if it is not."""

from __future__ import annotations

import copy

from example_site.stripe_simulator.billing import cycles, invoices, payments, pending, prorations
from example_site.stripe_simulator.billing import subscriptions as lifecycle
from example_site.stripe_simulator.billing.timers import drop_update
from example_site.stripe_simulator.errors import declined, invalid
from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.routing import Call
from example_site.stripe_simulator.store import Json

from .subscription_changes import Plan, apply_items

MAY_WAIT = {
    "add_invoice_items",
    "billing_cycle_anchor",
    "discounts",
    "expand",
    "items",
    "off_session",
    "payment_behavior",
    "proration_behavior",
    "proration_date",
    "trial_end",
    "trial_from_plan",
}
"""What Stripe takes together with `payment_behavior=pending_if_incomplete`."""


def check(call: Call, subscription: Json, given: Json, plan: Plan) -> bool:
    """Whether the change has to wait for its payment. Raises `StripeError` (402) if it is refused."""
    behavior = given.get("payment_behavior", "allow_incomplete")
    if behavior == "pending_if_incomplete":
        odd = sorted(set(given) - MAY_WAIT)
        if odd:
            raise invalid(
                f"When `payment_behavior` is `pending_if_incomplete`, you cannot pass `{odd[0]}`.",
                param=odd[0],
            )
    if behavior not in {"error_if_incomplete", "pending_if_incomplete"}:
        return False
    if cost(call, subscription, plan) <= 0 or subscription["collection_method"] == "send_invoice":
        return False
    method = plan.card or payments.method_for(
        call.world, subscription["customer"], subscription["default_payment_method"]
    )
    if payments.pays_at_once(method):
        return False
    if behavior == "error_if_incomplete":
        raise declined()
    return True


def cost(call: Call, subscription: Json, plan: Plan) -> int:
    """What the change is going to bill at once, in minor units; 0 if it bills nothing now."""
    if not (plan.rebill or plan.invoice_now):
        return 0
    total = sum(part.amount for part in plan.prorations) + sum(each["amount"] for each in plan.extras)
    if plan.rebill:
        wanted = copy.deepcopy(subscription)
        apply_items(call.world, wanted, plan)
        for item in wanted["items"]["data"]:
            price = call.world.store.get("price", item["price"])
            total += price["unit_amount"] * item["quantity"]
    return total


def hold(call: Call, subscription: Json, plan: Plan) -> None:
    """Bill the change, try to collect, and keep it as the subscription's `pending_update`."""
    world = call.world
    drop_update(world, subscription)
    wanted = copy.deepcopy(subscription)
    apply_items(world, wanted, plan)
    lifecycle.add_extras(world, subscription, plan.extras)
    prorations.write(world, subscription, plan.prorations)
    items = wanted["items"]["data"] if plan.rebill else []
    invoice = cycles.bill(world, wanted, "subscription_update", items)
    pending.wait(world, subscription, wanted, invoice)
    invoices.finalize(world, invoice)
    if invoice["status"] == "open":
        invoices.attempt(world, invoice, method=plan.card)


def bill(call: Call, subscription: Json, given: Json, plan: Plan) -> None:
    """After a change that holds already: bill what is due at once."""
    if not (plan.rebill or plan.invoice_now):
        return
    collect = given.get("payment_behavior") != "default_incomplete"
    rows: list[Json] | None = None if plan.rebill else []
    invoice = cycles.bill_now(call.world, subscription, items=rows, collect=collect)
    if invoice["status"] == "open" and not collect and subscription["status"] == "active":
        with changing(call.world, subscription, "customer.subscription.updated"):
            subscription["status"] = "past_due"
