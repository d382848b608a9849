"""Runs everything that is due, in the order of time, each at its own moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.thin import KIND
from example_site.stripe_simulator.world import DAY, HOUR, World

from . import cycles, invoices, schedules, timers
from .cancellation import cancel_now, subscription_of

INCOMPLETE_FOR = 23 * HOUR
TRIAL_WARNING = 3 * DAY
KEEP_EVENTS = 30 * DAY

Due = tuple[int, int, Callable[[], None]]
"""When, its turn among things due at the same moment, and what."""


def catch_up(world: World) -> None:
    """Run what the passing of real time has made due. Cheap when nothing is."""
    now = world.clock.now()
    if world.next_due is not None and world.next_due <= now:
        run(world, None, now)


def run(world: World, clock_id: str | None, until: int) -> None:
    """Run everything on one clock that is due by *until*; on the simulator's own (None), everybody's."""
    if clock_id is not None:
        run_account(world, clock_id, until)
        return
    nexts = []
    for account in world.accounts():
        with world.acting_for(account):
            nexts.append(run_account(world, None, until))
    world.next_due = min((each for each in nexts if each is not None), default=None)


def run_account(world: World, clock_id: str | None, until: int) -> int | None:
    """The same for the account that is acted for. Returns when the next thing is due."""
    moment = 0
    while True:
        first = min(all_due(world, clock_id), key=lambda due: due[:2], default=None)
        if first is None or first[0] > until:
            return first[0] if first else None
        # Never back in time: what was due before the last action happens right after it.
        moment = max(moment, first[0])
        with world.clock.at(moment):
            first[2]()


def forget_old_events(world: World) -> None:
    """Events live for 30 days; one that is still to be delivered waits for that."""
    for account in world.accounts():
        with world.acting_for(account):
            forget_old_events_of_account(world)


def forget_old_events_of_account(world: World) -> None:
    for event in world.store.all("event"):
        horizon = world.now(event["data"]["object"]) - KEEP_EVENTS
        if event["created"] <= horizon and private(event)["delivered"]:
            del world.store.kinds["event"][event["id"]]
            for id_ in private(event).get("thin", []):
                world.store.kinds.get(KIND, {}).pop(id_, None)


def all_due(world: World, clock_id: str | None) -> Iterator[Due]:
    for subscription in world.store.all("subscription"):
        if subscription["test_clock"] == clock_id:
            yield from due_of_subscription(world, subscription)
    for invoice in world.store.all("invoice"):
        if invoice["test_clock"] == clock_id:
            yield from due_of_invoice(world, invoice)
    for session in world.store.all("checkout.session"):
        if session["status"] == "open" and clock_of(world, session) == clock_id:
            yield session["expires_at"], 9, partial(expire, world, session)
    for schedule in world.store.all("subscription_schedule"):
        at = schedules.next_moment(schedule)
        if at is not None and schedule["test_clock"] == clock_id:
            # Before the renewal at the same moment: the new period is billed at the new price.
            yield at, 4, partial(schedules.proceed, world, schedule)
    yield from timers.due(world, clock_id)


def clock_of(world: World, session: Json) -> str | None:
    clock = world.test_clock_of(session)
    return clock["id"] if clock else None


def due_of_subscription(world: World, subscription: Json) -> Iterator[Due]:
    status = subscription["status"]
    if status in {"canceled", "incomplete_expired"}:
        return
    if subscription["cancel_at"] is not None:
        yield subscription["cancel_at"], 0, lambda: end(world, subscription)
    if status == "incomplete":
        expires = subscription["created"] + INCOMPLETE_FOR
        yield expires, 1, lambda: give_up(world, subscription)
    if status == "trialing":
        if not private(subscription).get("warned"):
            warning = max(subscription["trial_end"] - TRIAL_WARNING, subscription["created"])
            yield warning, 2, lambda: warn(world, subscription)
        yield subscription["trial_end"], 3, lambda: cycles.end_trial(world, subscription)
    pause = subscription["pause_collection"]
    if pause and pause["resumes_at"]:
        yield pause["resumes_at"], 4, lambda: collect_again(world, subscription)
    if status in {"active", "past_due", "unpaid"}:
        ends = min(item["current_period_end"] for item in subscription["items"]["data"])
        yield ends, 5, lambda: cycles.renew(world, subscription)


def due_of_invoice(world: World, invoice: Json) -> Iterator[Due]:
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        at = invoice["automatically_finalizes_at"]
        if at is not None:
            yield at, 6, lambda: advance(world, invoice)
    elif invoice["status"] == "open":
        if invoice["next_payment_attempt"] is not None:
            yield invoice["next_payment_attempt"], 7, lambda: retry(world, invoice)
        late = invoice["due_date"] is not None and not private(invoice).get("overdue")
        if late and invoice["collection_method"] == "send_invoice":
            yield invoice["due_date"], 8, lambda: overdue(world, invoice)


def end(world: World, subscription: Json) -> None:
    cancel_now(world, subscription, reason="cancellation_requested", scheduled=True)


def give_up(world: World, subscription: Json) -> None:
    with changing(world, subscription, "customer.subscription.updated"):
        subscription["status"] = "incomplete_expired"
        subscription["ended_at"] = world.now(subscription)
    for invoice in world.store.all("invoice"):
        if subscription_of(invoice) == subscription["id"] and invoice["status"] == "open":
            invoices.void(world, invoice)


def warn(world: World, subscription: Json) -> None:
    private(subscription)["warned"] = True
    emit(world, "customer.subscription.trial_will_end", subscription)


def collect_again(world: World, subscription: Json) -> None:
    with changing(world, subscription, "customer.subscription.updated"):
        subscription["pause_collection"] = None


def advance(world: World, invoice: Json) -> None:
    """A draft comes of age: finalize and collect, or do what `pause_collection` says."""
    instead = private(invoice).get("instead")
    invoices.finalize(world, invoice)
    if invoice["status"] != "open":
        return
    if instead == "void":
        invoices.void(world, invoice)
    elif instead == "mark_uncollectible":
        invoices.mark_uncollectible(world, invoice)
    elif invoice["collection_method"] == "charge_automatically":
        invoices.attempt(world, invoice, automatic=True)


def retry(world: World, invoice: Json) -> None:
    invoice["next_payment_attempt"] = None
    invoices.attempt(world, invoice, automatic=True)


def overdue(world: World, invoice: Json) -> None:
    private(invoice)["overdue"] = True
    emit(world, "invoice.overdue", invoice)
    subscription = world.store.find("subscription", subscription_of(invoice) or "")
    if subscription and subscription["status"] == "active":
        with changing(world, subscription, "customer.subscription.updated"):
            subscription["status"] = "past_due"


def expire(world: World, session: Json) -> None:
    session.update(status="expired", url=None)
    emit(world, "checkout.session.expired", session)
