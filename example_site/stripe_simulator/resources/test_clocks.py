"""/v1/test_helpers/test_clocks: time of its own for the customers attached to it."""

from __future__ import annotations

from example_site.stripe_simulator.billing import engine
from example_site.stripe_simulator.billing.cancellation import ENDED
from example_site.stripe_simulator.billing.periods import end_of
from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import emit
from example_site.stripe_simulator.pagination import listing
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import DAY

MAX_INTERVALS = 2


@route("POST", "/v1/test_helpers/test_clocks")
def create(call: Call) -> Json:
    clock = blank(
        "test_helpers.test_clock",
        id=call.world.ids.next("clock"),
        created=call.now,
        deletes_after=call.now + 30 * DAY,
        frozen_time=call.params["frozen_time"],
        name=call.params.get("name"),
        status="ready",
        status_details={},
    )
    call.world.store.add(clock)
    emit(call.world, "test_helpers.test_clock.created", clock)
    return render(call.world, clock)


@route("GET", "/v1/test_helpers/test_clocks")
def index(call: Call) -> Json:
    return listing(call, call.world.store.all("test_helpers.test_clock"))


@route("GET", "/v1/test_helpers/test_clocks/{test_clock}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/test_helpers/test_clocks/{test_clock}/advance")
def advance(call: Call) -> Json:
    """Runs everything that is due. Answers `advancing` like Stripe; the clock is `ready` right after."""
    clock = find(call)
    target = call.params["frozen_time"]
    if target <= clock["frozen_time"]:
        raise invalid(
            "The new frozen time must be after the current one.",
            param="frozen_time",
            code="test_clock_advance_invalid",
        )
    if target > furthest(call, clock):
        raise invalid(
            "You cannot advance a test clock by more than two intervals of its shortest subscription.",
            param="frozen_time",
        )
    clock["status"] = "advancing"
    clock["status_details"] = {"advancing": {"target_frozen_time": target}}
    emit(call.world, "test_helpers.test_clock.advancing", clock)
    shown = render(call.world, clock)
    engine.run(call.world, clock["id"], target)
    clock.update(frozen_time=target, status="ready", status_details={})
    emit(call.world, "test_helpers.test_clock.ready", clock)
    return shown


def furthest(call: Call, clock: Json) -> int:
    now: int = clock["frozen_time"]
    limits = [now + 2 * 366 * DAY]
    for subscription in call.world.store.all("subscription"):
        if subscription["test_clock"] == clock["id"] and subscription["status"] not in ENDED:
            for item in subscription["items"]["data"]:
                price = call.world.store.get("price", item["price"])
                limits.append(end_of(price, now, end_of(price, now, now)))
    return min(limits)


@route("DELETE", "/v1/test_helpers/test_clocks/{test_clock}")
def delete(call: Call) -> Json:
    """Customers and subscriptions on the clock go with it."""
    clock = find(call)
    emit(call.world, "test_helpers.test_clock.deleted", clock)
    for kind in ("subscription", "invoice", "customer"):
        for row in call.world.store.all(kind):
            if row["test_clock"] == clock["id"]:
                call.world.store.remove(row)
    return call.world.store.remove(clock)


def find(call: Call) -> Json:
    return call.world.store.get("test_helpers.test_clock", call.path["test_clock"])
