"""`pending_update`: a change that waits until its invoice is paid, for 23 hours."""

from __future__ import annotations

from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import HOUR, World

LASTS = 23 * HOUR


def wait(world: World, subscription: Json, wanted: Json, invoice: Json) -> None:
    """Keep what *wanted* (the subscription as it shall be) has of its own until *invoice* is paid."""
    expires = world.now(subscription) + LASTS
    moved = wanted["billing_cycle_anchor"] != subscription["billing_cycle_anchor"]
    with changing(world, subscription, "customer.subscription.updated"):
        private(subscription)["pending_invoice"] = invoice["id"]
        subscription["latest_invoice"] = invoice["id"]
        subscription["pending_update"] = {
            "billing_cycle_anchor": wanted["billing_cycle_anchor"] if moved else None,
            "discount": None,
            "discounts": None,
            "expires_at": expires,
            "metadata": None,
            "subscription_items": wanted["items"]["data"],
            "trial_end": None,
            "trial_from_plan": None,
        }
    world.store.later(expires, "expire_update", subscription)


def after_paid(world: World, subscription: Json, invoice: Json) -> None:
    """The invoice that a change waited for is paid: change."""
    update = subscription["pending_update"]
    if update is None or private(subscription).get("pending_invoice") != invoice["id"]:
        return
    with changing(world, subscription, "customer.subscription.updated"):
        subscription["items"]["data"] = update["subscription_items"]
        if update["billing_cycle_anchor"] is not None:
            subscription["billing_cycle_anchor"] = update["billing_cycle_anchor"]
        subscription["pending_update"] = None
    private(subscription).pop("pending_invoice")
    emit(world, "customer.subscription.pending_update_applied", subscription)


def forget(world: World, subscription: Json, *, expired: bool) -> str | None:
    """Give a waiting change up. Returns the id of the invoice that must be voided now."""
    if subscription["pending_update"] is None:
        return None
    with changing(world, subscription, "customer.subscription.updated"):
        subscription["pending_update"] = None
    if expired:
        emit(world, "customer.subscription.pending_update_expired", subscription)
    invoice: str = private(subscription).pop("pending_invoice")
    return invoice
