"""Things that happen by themselves some time after a payment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import World

from . import disputing, invoices, pending, refunding, settling


def expire_update(world: World, subscription: Json) -> None:
    update = subscription["pending_update"]
    if update and update["expires_at"] <= world.now(subscription):
        drop_update(world, subscription, expired=True)


def drop_update(world: World, subscription: Json, *, expired: bool = False) -> None:
    """Give a pending update up, with its invoice."""
    invoice = world.store.find("invoice", pending.forget(world, subscription, expired=expired) or "")
    if invoice and invoice["status"] == "open":
        invoices.void(world, invoice)


ACTIONS: dict[str, Callable[[World, Json], None]] = {
    "dispute": disputing.open_dispute,
    "inquire": disputing.open_inquiry,
    "run_out": disputing.run_out,
    "debit_arrives": settling.bank_says_yes,
    "debit_bounces": settling.bank_says_no,
    "fail_refund": refunding.bounce,
    "expire_update": expire_update,
    "settle_refund": refunding.arrive,
}


def due(world: World, clock_id: str | None) -> Iterator[tuple[int, int, Callable[[], None]]]:
    """Everything that is waiting on one clock: when, its turn, and what."""
    for timer in list(world.store.timers):
        obj = world.store.find(timer["kind"], timer["id"])
        if obj is None:
            world.store.timers.remove(timer)
            continue
        clock = world.test_clock_of(obj)
        if (clock["id"] if clock else None) == clock_id:
            yield timer["at"], 10, partial(ring, world, timer, obj)


def ring(world: World, timer: Json, obj: Json) -> None:
    world.store.timers.remove(timer)
    ACTIONS[timer["do"]](world, obj)
