"""A subscription that sleeps, and wakes up."""

from __future__ import annotations

from example_site.stripe_simulator.events import changing
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from .dunning import paused


def pause(world: World, subscription: Json, reason: str) -> None:
    types = ("customer.subscription.updated", "customer.subscription.paused")
    with changing(world, subscription, *types):
        subscription["status"] = "paused"
        subscription["status_details"] = paused(world, subscription, reason)


def unpause(world: World, subscription: Json) -> None:
    with changing(
        world,
        subscription,
        "customer.subscription.updated",
        "customer.subscription.resumed",
    ):
        subscription["status"] = "active"
        subscription["status_details"] = None
