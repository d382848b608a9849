"""The end of a subscription: now, at the end of the period, or at a moment."""

from __future__ import annotations

from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

ENDED = {"canceled", "incomplete_expired"}


def cancel_now(world: World, subscription: Json, *, reason: str | None, scheduled: bool = False) -> None:
    """End *subscription*. Its drafts and open invoices stay, but nothing collects them any more.

    `cancel_at_period_end` keeps saying whether it ended so: *scheduled* leaves it alone.
    """
    now = world.now(subscription)
    subscription.update(status="canceled", ended_at=now, status_details=None)
    if subscription["canceled_at"] is None:
        subscription["canceled_at"] = now
    if not scheduled:
        subscription["cancel_at_period_end"] = False
    details = subscription["cancellation_details"]
    details["reason"] = details["reason"] or reason
    schedule = world.store.find("subscription_schedule", subscription["schedule"] or "")
    if schedule and schedule["status"] == "active":
        schedule.update(status="canceled", canceled_at=now, current_phase=None)
        emit(world, "subscription_schedule.canceled", schedule)
    stop_collection(world, subscription["customer"], subscription["id"])
    emit(world, "customer.subscription.deleted", subscription)


def stop_collection(world: World, customer: str, subscription: str | None = None) -> None:
    """Nothing finalizes or collects invoices of *customer* (or of one *subscription*) any more."""
    for invoice in world.store.all("invoice"):
        mine = invoice["customer"] == customer and invoice["status"] in {"draft", "open"}
        if not mine or (subscription and subscription_of(invoice) != subscription):
            continue
        with changing(world, invoice, "invoice.updated"):
            invoice["auto_advance"] = False
            invoice["automatically_finalizes_at"] = None
            invoice["next_payment_attempt"] = None


def subscription_of(invoice: Json) -> str | None:
    """The id of the subscription that *invoice* bills, None for a one-off invoice."""
    parent = invoice["parent"] or {}
    details = parent.get("subscription_details") or {}
    return details.get("subscription")


def period_end(subscription: Json, *, latest: bool = False) -> int:
    ends: list[int] = [item["current_period_end"] for item in subscription["items"]["data"]]
    return max(ends) if latest else min(ends)


def schedule_at_period_end(world: World, subscription: Json) -> None:
    """The API's `cancel_at_period_end=true`: the flag, and the date beside it."""
    subscription["cancel_at_period_end"] = True
    schedule_at(world, subscription, period_end(subscription, latest=True))


def schedule_at(world: World, subscription: Json, moment: int) -> None:
    subscription["cancel_at"] = moment
    subscription["canceled_at"] = world.now(subscription)
    subscription["cancellation_details"]["reason"] = "cancellation_requested"


def schedule_as_portal(world: World, subscription: Json) -> None:
    """A member cancels in the portal: in flexible mode only `cancel_at` is set, in classic mode both."""
    if subscription["billing_mode"]["type"] == "flexible":
        subscription["cancel_at_period_end"] = False
        schedule_at(world, subscription, period_end(subscription, latest=True))
    else:
        schedule_at_period_end(world, subscription)


def unschedule(subscription: Json) -> None:
    subscription.update(cancel_at=None, cancel_at_period_end=False, canceled_at=None)
    subscription["cancellation_details"] = {"comment": None, "feedback": None, "reason": None}
