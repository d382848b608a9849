"""Subscription schedules: phases that follow each other on one subscription."""

from __future__ import annotations

from typing import Any

from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from . import cycles, prorations, subscriptions
from .cancellation import ENDED, cancel_now
from .subscriptions import Terms, Wanted

OPEN = {"not_started", "active"}
INVOICE_SETTINGS: Json = {
    "account_tax_ids": None,
    "custom_fields": None,
    "days_until_due": None,
    "description": None,
    "footer": None,
    "issuer": {"type": "self"},
}


def new_schedule(world: World, customer: Json, phases: list[Json], **fields: Any) -> Json:
    """A schedule that is not running yet."""
    settings = blank("subscription_schedule")["default_settings"]
    row = blank(
        "subscription_schedule",
        id=world.ids.next("sub_sched"),
        created=world.now(customer),
        customer=customer["id"],
        default_settings={
            **settings,
            "billing_cycle_anchor": "automatic",
            "collection_method": "charge_automatically",
            "invoice_settings": dict(INVOICE_SETTINGS),
        },
        end_behavior="release",
        metadata={},
        pause_schedules=[],
        phases=phases,
        status="not_started",
        test_clock=customer["test_clock"],
    )
    row.update(fields)
    return world.store.add(row)


def phase(start: int, end: int, items: list[Json], *, currency: str, **fields: Any) -> Json:
    """One phase from *start* to *end* (Unix seconds, end exclusive)."""
    return {
        "add_invoice_items": [],
        "application_fee_percent": None,
        "billing_cycle_anchor": None,
        "billing_thresholds": None,
        "collection_method": None,
        "currency": currency,
        "default_payment_method": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "end_date": end,
        "invoice_settings": None,
        "items": items,
        "metadata": {},
        "on_behalf_of": None,
        "proration_behavior": "create_prorations",
        "start_date": start,
        "transfer_data": None,
        "trial_end": None,
        **fields,
    }


def phase_item(price: str, quantity: int, metadata: Json | None = None) -> Json:
    return {
        "billing_thresholds": None,
        "discounts": [],
        "metadata": dict(metadata or {}),
        "plan": price,
        "price": price,
        "quantity": quantity,
        "tax_rates": [],
    }


def phase_of(subscription: Json) -> Json:
    """The running period of *subscription* as a phase."""
    rows = subscription["items"]["data"]
    return phase(
        min(item["current_period_start"] for item in rows),
        max(item["current_period_end"] for item in rows),
        [phase_item(item["price"], item["quantity"], item["metadata"]) for item in rows],
        currency=subscription["currency"],
        trial_end=subscription["trial_end"] if subscription["status"] == "trialing" else None,
    )


def attach(world: World, schedule: Json, subscription: Json) -> None:
    """Run *schedule* on a subscription that exists already."""
    schedule.update(status="active", subscription=subscription["id"])
    mark_phase(schedule, schedule["phases"][0])
    with changing(world, subscription, "customer.subscription.updated"):
        subscription["schedule"] = schedule["id"]


def mark_phase(schedule: Json, now_running: Json) -> None:
    schedule["current_phase"] = {
        "start_date": now_running["start_date"],
        "end_date": now_running["end_date"],
    }


def next_moment(schedule: Json) -> int | None:
    """When the schedule has something to do: its start, or the end of the running phase."""
    if schedule["status"] == "not_started":
        start: int = schedule["phases"][0]["start_date"]
        return start
    if schedule["status"] == "active":
        end: int = schedule["current_phase"]["end_date"]
        return end
    return None


def proceed(world: World, schedule: Json) -> None:
    """Start, go on to the next phase, or finish."""
    now = world.now(schedule)
    if schedule["status"] == "not_started":
        begin(world, schedule)
        return
    subscription = world.store.find("subscription", schedule["subscription"] or "")
    if subscription is None or subscription["status"] in ENDED:
        abort(world, schedule)
        return
    following = [row for row in schedule["phases"] if row["start_date"] >= now]
    if not following:
        finish(world, schedule, subscription)
        return
    with changing(world, schedule, "subscription_schedule.updated"):
        mark_phase(schedule, following[0])
    enter(world, subscription, following[0])


def begin(world: World, schedule: Json) -> None:
    first = schedule["phases"][0]
    settings = schedule["default_settings"]
    terms = Terms(
        customer=world.store.get("customer", schedule["customer"]),
        items=wanted_items(world, first),
        metadata=first["metadata"] or {},
        trial_end=first["trial_end"],
        billing_mode=schedule["billing_mode"]["type"],
        collection_method=first["collection_method"] or settings["collection_method"],
        days_until_due=(first["invoice_settings"] or settings["invoice_settings"])["days_until_due"],
    )
    subscription = subscriptions.start(world, terms)
    with changing(world, schedule, "subscription_schedule.updated"):
        schedule.update(status="active", subscription=subscription["id"])
        mark_phase(schedule, first)
    with changing(world, subscription, "customer.subscription.updated"):
        subscription["schedule"] = schedule["id"]


def wanted_items(world: World, row: Json) -> list[Wanted]:
    return [
        Wanted(world.store.get("price", item["price"]), item["quantity"], item["metadata"] or {})
        for item in row["items"]
    ]


def enter(world: World, subscription: Json, row: Json) -> None:
    """Give *subscription* the items of a phase, prorated as the phase says."""
    now = world.now(subscription)
    wanted = wanted_items(world, row)
    old = subscription["items"]["data"]
    restart = rhythms(world, old) != {rhythm(each.price) for each in wanted}
    charged = subscription["status"] in prorations.CHARGED and row["proration_behavior"] != "none"
    parts = []
    with changing(world, subscription, "customer.subscription.updated"):
        changes, kept = match(world, subscription, wanted, now)
        if charged:
            parts = prorations.parts(changes, now, debit=not restart)
        subscription["items"]["data"] = kept
        if row["metadata"]:
            subscription["metadata"] = {**subscription["metadata"], **row["metadata"]}
        if row["trial_end"] and row["trial_end"] > now:
            subscription.update(status="trialing", trial_end=row["trial_end"])
        elif restart and subscription["status"] != "trialing":
            cycles.restart_periods(world, subscription)
    prorations.write(world, subscription, parts)
    if restart and subscription["status"] in prorations.CHARGED:
        cycles.bill_now(world, subscription, "subscription_cycle")
    elif parts and row["proration_behavior"] == "always_invoice":
        cycles.bill_now(world, subscription, items=[])


def match(
    world: World, subscription: Json, wanted: list[Wanted], now: int
) -> tuple[list[prorations.Change], list[Json]]:
    """The changes from the items of now to *wanted*, and the items that will be. One by one."""
    old = list(subscription["items"]["data"])
    changes = [prorations.now_held(world, item) for item in old]
    kept = []
    for at, each in enumerate(wanted):
        if at < len(old):
            changes[at].new_price, changes[at].new_quantity = each.price, each.quantity
            item = old[at]
            item.update(price=each.price["id"], quantity=each.quantity)
        else:
            item = subscriptions.new_item(world, subscription, each, now)
            changes.append(prorations.Change(item, new_price=each.price, new_quantity=each.quantity))
        kept.append(item)
    return changes, kept


def rhythm(price: Json) -> tuple[str, int]:
    return price["recurring"]["interval"], price["recurring"]["interval_count"]


def rhythms(world: World, items: list[Json]) -> set[tuple[str, int]]:
    return {rhythm(world.store.get("price", item["price"])) for item in items}


def finish(world: World, schedule: Json, subscription: Json) -> None:
    """After the last phase: the subscription goes on alone, or ends."""
    cancel = schedule["end_behavior"] == "cancel"
    close(world, schedule, "completed", completed_at=world.now(schedule))
    emit(world, "subscription_schedule.completed", schedule)
    if cancel:
        cancel_now(world, subscription, reason="cancellation_requested", scheduled=True)


def close(world: World, schedule: Json, status: str, **fields: Any) -> None:
    schedule.update(status=status, current_phase=None, **fields)
    subscription = world.store.find("subscription", schedule["subscription"] or "")
    if subscription:
        with changing(world, subscription, "customer.subscription.updated"):
            subscription["schedule"] = None


def release(world: World, schedule: Json) -> None:
    """The subscription goes on as it is, without the schedule."""
    subscription = schedule["subscription"]
    now = world.now(schedule)
    close(world, schedule, "released", released_at=now, released_subscription=subscription)
    schedule["subscription"] = None
    emit(world, "subscription_schedule.released", schedule)


def cancel(world: World, schedule: Json) -> None:
    """End the schedule and its subscription at once."""
    subscription = world.store.find("subscription", schedule["subscription"] or "")
    close(world, schedule, "canceled", canceled_at=world.now(schedule))
    emit(world, "subscription_schedule.canceled", schedule)
    if subscription and subscription["status"] not in ENDED:
        cancel_now(world, subscription, reason="cancellation_requested")


def abort(world: World, schedule: Json) -> None:
    """Its subscription ended by itself."""
    close(world, schedule, "canceled", canceled_at=world.now(schedule))
    emit(world, "subscription_schedule.aborted", schedule)
