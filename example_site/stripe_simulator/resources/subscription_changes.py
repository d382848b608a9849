"""Changes to a running subscription: items, quantities, prices, collection."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from example_site.stripe_simulator.billing import cycles, discounts, prorations, subscriptions
from example_site.stripe_simulator.billing.periods import boundary
from example_site.stripe_simulator.billing.prorations import Change, Part
from example_site.stripe_simulator.billing.subscriptions import Wanted
from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.routing import Call
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from . import payment_methods
from .item_parameters import checked_quantity, extras, price_of, wanted
from .updates import merge_metadata


@dataclass
class Plan:
    """What an update will do to the items, made first, so that a refusal changes nothing."""

    changed: list[tuple[Json, Json]] = field(default_factory=list)
    """Items with the new values of their fields."""
    added: list[Wanted] = field(default_factory=list)
    fresh: list[Json] = field(default_factory=list)
    """The items to be made of them."""
    removed: list[Json] = field(default_factory=list)
    restart: bool = False
    """A new interval or `billing_cycle_anchor=now` starts a new period at once."""
    rebill: bool = False
    """A whole new period is billed at once."""
    prorations: list[Part] = field(default_factory=list)
    invoice_now: bool = False
    """`proration_behavior=always_invoice`: what the change costs is billed at once."""
    extras: list[Json] = field(default_factory=list)
    card: Json | None = None
    coupons: list[tuple[Json, Json | None]] = field(default_factory=list)


def plan(call: Call, subscription: Json, given: Json) -> Plan:
    result = Plan()
    for at, item in enumerate(given.get("items", [])):
        plan_item(call, subscription, item, f"items[{at}]", result)
    check(call, subscription, result)
    if (given.get("billing_cycle_anchor") or {}).get("type") == "now":
        result.restart = True
    result.rebill = result.restart and subscription["status"] in {"active", "past_due"}
    moment = given.get("trial_end")
    if isinstance(moment, int) and moment <= call.world.now(subscription):
        raise invalid("The trial end must be in the future.", param="trial_end")
    result.coupons = [
        discounts.coupon_for(call.world, each, f"discounts[{at}]")
        for at, each in enumerate(given.get("discounts") or [])
    ]
    now = call.world.now(subscription)
    result.fresh = [subscriptions.new_item(call.world, subscription, each, now) for each in result.added]
    result.extras = extras(call, given)
    result.prorations = prorations_of(call, subscription, given, result)
    always = given.get("proration_behavior") == "always_invoice"
    changes = result.prorations or result.extras
    result.invoice_now = bool(always and changes and not result.rebill)
    if method := given.get("default_payment_method"):
        result.card = payment_methods.find(
            call, method, param="default_payment_method", customer=subscription["customer"]
        )
    return result


def plan_item(call: Call, subscription: Json, item: Json, at: str, result: Plan) -> None:
    if "id" not in item:
        result.added.append(wanted(call, item, at))
        return
    current = next((each for each in subscription["items"]["data"] if each["id"] == item["id"]), None)
    if current is None:
        raise invalid(
            f"No such subscription item: '{item['id']}'", param=f"{at}[id]", code="resource_missing"
        )
    if item.get("deleted"):
        result.removed.append(current)
        return
    values: Json = {}
    if {"price", "plan", "price_data"} & set(item):
        values["price"] = price_of(call, item, at)["id"]
    if "quantity" in item:
        values["quantity"] = checked_quantity(item["quantity"], at)
    if "metadata" in item:
        values["metadata"] = merge_metadata(current["metadata"], item["metadata"])
    result.changed.append((current, values))
    new = call.world.store.get("price", values.get("price", current["price"]))
    old = call.world.store.get("price", current["price"])
    if rhythm(new) != rhythm(old):
        result.restart = True


def rhythm(price: Json) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def check(call: Call, subscription: Json, result: Plan) -> None:
    """Refuse what the items would become."""
    new_values = {current["id"]: values for current, values in result.changed}
    removed = {item["id"] for item in result.removed}
    items = [
        Wanted(
            call.world.store.get("price", new_values.get(item["id"], {}).get("price", item["price"])),
            item["quantity"],
        )
        for item in subscription["items"]["data"]
        if item["id"] not in removed
    ]
    items += result.added
    if not items:
        raise invalid("A subscription must have at least one active item.", param="items")
    prices = [each.price["id"] for each in items]
    if len(set(prices)) < len(prices) and (result.added or result.changed):
        raise invalid(
            "A price can be used once only on a subscription; change the quantity instead.",
            param="items",
        )
    subscriptions.check_items(items, subscription["billing_mode"]["type"])


def prorations_of(call: Call, subscription: Json, given: Json, plan: Plan) -> list[Part]:
    """What the change gives back and costs for the rest of the running period."""
    if given.get("proration_behavior") == "none" or subscription["status"] not in prorations.CHARGED:
        return []
    now = call.world.now(subscription)
    at = given.get("proration_date", now)
    rows = subscription["items"]["data"]
    earliest = min(item["current_period_start"] for item in rows)
    if not earliest <= at <= max(item["current_period_end"] for item in rows):
        raise invalid(
            "The proration date must be within the current billing period.", param="proration_date"
        )
    if plan.restart:
        held = [prorations.now_held(call.world, item) for item in rows]
        return prorations.parts(held, at, debit=False)
    return prorations.parts([*changes_of(call, subscription, plan)], at)


def changes_of(call: Call, subscription: Json, plan: Plan) -> Iterator[Change]:
    for current, values in plan.changed:
        change = prorations.now_held(call.world, current)
        price: Any = values.get("price", current["price"])
        change.new_price = call.world.store.get("price", price)
        change.new_quantity = values.get("quantity", 0) if "quantity" in values else current["quantity"]
        yield change
    for item in plan.removed:
        yield prorations.now_held(call.world, item)
    for each, item in zip(plan.added, plan.fresh, strict=True):
        # Whole prices are billed from the start of the item on: its first period may be a short one.
        whole = each.price["recurring"]
        start = boundary(item["current_period_end"], whole["interval"], whole["interval_count"], -1)
        whole_period = {**item, "current_period_start": start}
        yield Change(whole_period, new_price=each.price, new_quantity=each.quantity)


def apply(call: Call, subscription: Json, given: Json, plan: Plan) -> None:
    apply_items(call.world, subscription, plan)
    subscriptions.add_extras(call.world, subscription, plan.extras)
    prorations.write(call.world, subscription, plan.prorations)
    move_trial(call, subscription, given)
    collect(call, subscription, given, plan)


def apply_items(world: World, subscription: Json, plan: Plan) -> None:
    """Change the items of *subscription*; a copy of it does too."""
    rows = subscription["items"]["data"]
    own = {item["id"]: item for item in rows}
    for current, values in plan.changed:
        own[current["id"]].update(values)
    for item in plan.removed:
        rows.remove(own[item["id"]])
    rows += copy.deepcopy(plan.fresh)
    if plan.restart and subscription["status"] != "trialing":
        cycles.restart_periods(world, subscription)


def move_trial(call: Call, subscription: Json, given: Json) -> None:
    """A later (or new) end of the trial moves the period with it."""
    moment = given.get("trial_end")
    if not isinstance(moment, int):
        return
    subscription.update(status="trialing", trial_end=moment, billing_cycle_anchor=moment)
    subscription["trial_start"] = subscription["trial_start"] or call.world.now(subscription)
    for item in subscription["items"]["data"]:
        item["current_period_end"] = moment


def end_behavior(settings: Json) -> Json:
    """What an update says about the end of the trial, as far as the object shows it."""
    wished = settings.get("end_behavior") or {}
    known = ("missing_payment_method",)
    return {name: wished[name] for name in known if name in wished}


def collect(call: Call, subscription: Json, given: Json, plan: Plan) -> None:
    if "pause_collection" in given:
        pause = given["pause_collection"]
        subscription["pause_collection"] = (
            {"behavior": pause["behavior"], "resumes_at": pause.get("resumes_at")} if pause else None
        )
    if plan.card:
        subscription["default_payment_method"] = plan.card["id"]
    if "trial_settings" in given:
        subscription["trial_settings"]["end_behavior"].update(end_behavior(given["trial_settings"]))
    if "discounts" in given:
        for id_ in list(subscription["discounts"]):
            discount = call.world.store.get("discount", id_)
            discounts.end(call.world, subscription, discount)
        for coupon, code in plan.coupons:
            discounts.redeem(call.world, subscription, coupon, code)
