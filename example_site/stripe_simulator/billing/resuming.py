"""The way out of `paused`."""

from __future__ import annotations

from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from . import prorations
from .cycles import advance, bill_now, restart_periods
from .pausing import unpause


def resume(
    world: World, subscription: Json, *, anchor: str, behavior: str, prorate: str = "none"
) -> None:
    """Leave `paused`. A new period must be paid first, unless *behavior* says otherwise.

    With an *anchor* that is `unchanged` the rest of a running period costs what *prorate* says.
    """
    now = world.now(subscription)
    over = any(item["current_period_end"] <= now for item in subscription["items"]["data"])
    if anchor == "unchanged" and not over:
        if prorate != "none":
            prorations.write(world, subscription, prorations.remaining(world, subscription, now))
        unpause(world, subscription)
        if prorate == "always_invoice":
            bill_now(world, subscription, "subscription_cycle", items=[])
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
