"""What paying or not paying an invoice does to its subscription, and when the next attempt is."""

from __future__ import annotations

from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import DAY, World

from . import pending
from .cancellation import ENDED, cancel_now, subscription_of


def subscription_behind(world: World, invoice: Json) -> Json | None:
    return world.store.find("subscription", subscription_of(invoice) or "")


def after_paid(world: World, invoice: Json) -> None:
    """A paid latest invoice makes its subscription good again."""
    subscription = subscription_behind(world, invoice)
    if subscription is None or subscription["latest_invoice"] != invoice["id"]:
        return
    if subscription["status"] in {"incomplete", "past_due", "unpaid"}:
        with changing(world, subscription, "customer.subscription.updated"):
            subscription["status"] = "active"
    pending.after_paid(world, subscription, invoice)


def plan_retry(world: World, invoice: Json) -> None:
    """Set the moment of the next attempt, or none after the last. A first payment is not retried."""
    subscription = subscription_behind(world, invoice)
    if subscription and (subscription["status"] == "incomplete" or waits_for(subscription, invoice)):
        return
    retries = private(invoice).get("retries", 0)
    days = world.settings.retry_days
    if retries < len(days) and invoice["auto_advance"]:
        private(invoice)["retries"] = retries + 1
        invoice["next_payment_attempt"] = world.now(invoice) + days[retries] * DAY
    else:
        invoice["next_payment_attempt"] = None


def after_failed(world: World, invoice: Json) -> None:
    """Past due after the first failure, the account's final action after the last."""
    subscription = subscription_behind(world, invoice)
    if subscription is None or subscription["status"] in ENDED | {"incomplete", "paused"}:
        return
    if waits_for(subscription, invoice):
        return
    final = invoice["next_payment_attempt"] is None and invoice["auto_advance"]
    if not final:
        become(world, subscription, "past_due")
    elif world.settings.final_action == "canceled":
        cancel_now(world, subscription, reason="payment_failed")
    else:
        become(world, subscription, world.settings.final_action)


def waits_for(subscription: Json, invoice: Json) -> bool:
    """Whether a pending update waits for *invoice*: nothing else depends on it then."""
    return bool(private(subscription).get("pending_invoice") == invoice["id"])


def become(world: World, subscription: Json, status: str) -> None:
    if subscription["status"] == "unpaid" and status == "past_due":
        return
    types = ["customer.subscription.updated"]
    if status == "paused":
        types.append("customer.subscription.paused")
    with changing(world, subscription, *types):
        subscription["status"] = status
        if status == "paused":
            subscription["status_details"] = paused(world, subscription, "final_payment_failure")


def paused(world: World, subscription: Json, reason: str) -> Json:
    """`status_details` of a paused subscription."""
    return {
        "paused": {
            "subscription": {"type": reason},
            "transitioned_at": world.now(subscription),
            "type": "subscription",
        }
    }
