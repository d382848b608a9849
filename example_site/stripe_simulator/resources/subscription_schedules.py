"""/v1/subscription_schedules."""

from __future__ import annotations

from example_site.stripe_simulator.billing import engine, schedules
from example_site.stripe_simulator.billing.cancellation import ENDED
from example_site.stripe_simulator.billing.periods import boundary
from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.pagination import listing, same, within
from example_site.stripe_simulator.rendering import render
from example_site.stripe_simulator.routing import Call, route
from example_site.stripe_simulator.store import Json

from .item_parameters import checked_quantity, price_of
from .updates import merge_metadata, need, update

ALONE = {"from_subscription", "expand", "metadata", "billing_mode"}


@route("POST", "/v1/subscription_schedules")
def create(call: Call) -> Json:
    given = call.params
    if "from_subscription" in given:
        schedule = from_subscription(call, given)
    else:
        schedule = from_phases(call, given)
    schedule["metadata"] = merge_metadata(None, given.get("metadata"))
    emit(call.world, "subscription_schedule.created", schedule)
    if schedule["status"] == "not_started":
        engine.run(call.world, schedule["test_clock"], call.world.now(schedule))
    return render(call.world, schedule)


def from_subscription(call: Call, given: Json) -> Json:
    odd = sorted(set(given) - ALONE)
    if odd:
        raise invalid(
            f"You cannot set `{odd[0]}` if `from_subscription` is set. Please create the schedule first "
            "and update it then.",
            param=odd[0],
        )
    subscription = call.world.store.get(
        "subscription", given["from_subscription"], param="from_subscription"
    )
    if subscription["status"] in ENDED:
        raise invalid("You cannot migrate a subscription that is canceled.", param="from_subscription")
    if subscription["schedule"]:
        raise invalid(
            "You cannot migrate a subscription that is already attached to a schedule: "
            f"`{subscription['schedule']}`.",
            param="from_subscription",
        )
    customer = call.world.store.get("customer", subscription["customer"])
    first = schedules.phase_of(subscription)
    schedule = schedules.new_schedule(
        call.world, customer, [first], billing_mode=dict(subscription["billing_mode"])
    )
    schedules.attach(call.world, schedule, subscription)
    return schedule


def from_phases(call: Call, given: Json) -> Json:
    customer = call.world.store.get("customer", need(given, "customer"), param="customer")
    now = call.world.now(customer)
    start = given.get("start_date", now)
    start = now if start == "now" else start
    if start < now:
        raise invalid("The start date of a schedule must not be in the past.", param="start_date")
    if not given.get("phases"):
        raise invalid("Missing required param: phases.", param="phases", code="parameter_missing")
    phases = read_phases(call, given["phases"], start)
    mode = (given.get("billing_mode") or {}).get("type", call.world.settings.default_billing_mode)
    schedule = schedules.new_schedule(
        call.world,
        customer,
        phases,
        billing_mode={"flexible": None, "type": mode},
        end_behavior=given.get("end_behavior", "release"),
    )
    set_defaults(schedule, given)
    return schedule


def read_phases(call: Call, given: list[Json], start: int) -> list[Json]:
    """The phases of a request, one after the other from *start* on."""
    result = []
    for at, each in enumerate(given):
        result.append(read_phase(call, each, f"phases[{at}]", start))
        start = result[-1]["end_date"]
    return result


def read_phase(call: Call, given: Json, where: str, start: int) -> Json:
    begins = given.get("start_date", start)
    begins = call.now if begins == "now" else begins
    if begins != start:
        raise invalid(
            "The start date of a phase must be the end date of the phase before it.",
            param=f"{where}[start_date]",
        )
    if not given.get("items"):
        raise invalid(
            f"Missing required param: {where}[items].", param=f"{where}[items]", code="parameter_missing"
        )
    items, prices = [], []
    for at, item in enumerate(given["items"]):
        inner = f"{where}[items][{at}]"
        price = price_of(call, item, inner)
        prices.append(price)
        quantity = checked_quantity(item.get("quantity", 1), inner)
        items.append(schedules.phase_item(price["id"], quantity, item.get("metadata")))
    end = end_of_phase(given, prices[0], start, where)
    trial = given.get("trial_end")
    fields = {
        name: given[name]
        for name in ("proration_behavior", "collection_method", "description", "billing_cycle_anchor")
        if name in given
    }
    return schedules.phase(
        start,
        end,
        items,
        currency=prices[0]["currency"],
        trial_end=end if given.get("trial") else None if trial == "now" else trial,
        metadata=merge_metadata(None, given.get("metadata")),
        **fields,
    )


def end_of_phase(given: Json, price: Json, start: int, where: str) -> int:
    """`end_date`, or after `duration` (default: one interval of the first price)."""
    if "end_date" in given and "duration" in given:
        raise invalid(
            "You may only specify one of these parameters: end_date, duration.",
            param=f"{where}[end_date]",
            code="parameters_exclusive",
        )
    if "end_date" not in given:
        span = given.get("duration") or price["recurring"]
        return boundary(start, span["interval"], span.get("interval_count", 1), 1)
    end = given["end_date"]
    if end == "now" or end <= start:
        raise invalid(
            "The end date of a phase must be after its start date.", param=f"{where}[end_date]"
        )
    return int(end)


def set_defaults(schedule: Json, given: Json) -> None:
    for name, value in (given.get("default_settings") or {}).items():
        if name == "invoice_settings":
            schedule["default_settings"][name].update(value)
        elif name in schedule["default_settings"] and not isinstance(value, dict):
            schedule["default_settings"][name] = value or None


@route("GET", "/v1/subscription_schedules")
def index(call: Call) -> Json:
    given = call.params
    rows = [
        row
        for row in call.world.store.all("subscription_schedule")
        if same(call, row, "customer")
        and (not given.get("scheduled") or row["status"] == "not_started")
        and all(
            name not in given or within(row[name] or 0, given[name])
            for name in ("canceled_at", "completed_at", "released_at")
        )
    ]
    return listing(call, rows)


@route("GET", "/v1/subscription_schedules/{schedule}")
def retrieve(call: Call) -> Json:
    return render(call.world, find(call))


@route("POST", "/v1/subscription_schedules/{schedule}")
def modify(call: Call) -> Json:
    schedule, given = find(call), call.params
    require_open(schedule, "update")
    phases = new_phases(call, schedule, given) if "phases" in given else schedule["phases"]
    changed = phases[0]["items"] != running_items(schedule)
    with changing(call.world, schedule, "subscription_schedule.updated"):
        update(schedule, given, "end_behavior")
        set_defaults(schedule, given)
        schedule["phases"] = phases
        if schedule["status"] == "active":
            schedules.mark_phase(schedule, phases[0])
    if schedule["status"] == "active" and "phases" in given and changed:
        subscription = call.world.store.get("subscription", schedule["subscription"])
        behaviour = given.get("proration_behavior", phases[0]["proration_behavior"])
        schedules.enter(call.world, subscription, {**phases[0], "proration_behavior": behaviour})
    return render(call.world, schedule)


def running_items(schedule: Json) -> list[Json]:
    start = (schedule["current_phase"] or {}).get("start_date")
    rows = [row["items"] for row in schedule["phases"] if row["start_date"] == start]
    return rows[0] if rows else []


def new_phases(call: Call, schedule: Json, given: Json) -> list[Json]:
    if not given["phases"]:
        raise invalid("A schedule must have at least one phase.", param="phases")
    running = schedule["current_phase"]
    first = given["phases"][0].get("start_date")
    if running is None:
        start = schedule["phases"][0]["start_date"] if first in (None, "now") else first
    else:
        start = running["start_date"]
        if first is None:
            raise invalid(
                "The first phase is missing a `start_date`; it must be the start of the current phase.",
                param="phases[0][start_date]",
                code="parameter_missing",
            )
        if first != start:
            raise invalid(
                "You can not modify the start date of the current phase.",
                param="phases[0][start_date]",
            )
    return read_phases(call, given["phases"], start)


@route("POST", "/v1/subscription_schedules/{schedule}/cancel")
def cancel(call: Call) -> Json:
    schedule = find(call)
    require_open(schedule, "cancel")
    schedules.cancel(call.world, schedule)
    return render(call.world, schedule)


@route("POST", "/v1/subscription_schedules/{schedule}/release")
def release(call: Call) -> Json:
    schedule = find(call)
    require_open(schedule, "release")
    schedules.release(call.world, schedule)
    return render(call.world, schedule)


def require_open(schedule: Json, action: str) -> None:
    if schedule["status"] not in schedules.OPEN:
        raise invalid(
            f"You cannot {action} a subscription schedule that is currently in the "
            f"`{schedule['status']}` status."
        )


def find(call: Call) -> Json:
    return call.world.store.get("subscription_schedule", call.path["schedule"])
