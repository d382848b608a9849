"""The control room: what there is, and a button for everything that can happen to it."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from example_site.stripe_simulator.billing import disputing, engine
from example_site.stripe_simulator.billing.cancellation import ENDED
from example_site.stripe_simulator.errors import StripeError
from example_site.stripe_simulator.forms import decode
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import World

from . import room_view as view
from .markup import Html, Page, day, fill, join, money, page, see_other
from .room_actions import OUTAGES, WEATHER, perform

if TYPE_CHECKING:
    from example_site.stripe_simulator.api import Incoming
    from example_site.stripe_simulator.simulator import Simulator

PATH = "/control"
NEWEST = 8
"""How many rows of a kind are shown."""


def respond(simulator: Simulator, incoming: Incoming) -> Page:
    """Show the room, or press a button and show it again."""
    if incoming.method != "POST":
        notice = "Done." if decode(incoming.query).get("done") else ""
        return show(simulator, notice=notice)
    try:
        form = decode(incoming.body)
        check_origin(simulator, incoming, form)
        perform(simulator, form)
    except StripeError as error:
        return show(simulator, error=str(error), status=error.status)
    return see_other(f"{PATH}?done=1")


def check_origin(simulator: Simulator, incoming: Incoming, form: dict[str, Any]) -> None:
    """Only our own forms: another page neither knows the token nor has our origin."""
    origin = incoming.headers.get("origin")
    host = incoming.headers.get("host", "")
    foreign = origin not in (None, "null") and urlsplit(origin or "").netloc != host
    token = str(form.get("token", ""))
    if foreign or not hmac.compare_digest(token.encode(), simulator.form_token.encode()):
        raise StripeError("This form is out of date. Load the page again.", status=403)


def show(simulator: Simulator, *, notice: str = "", error: str = "", status: int = 200) -> Page:
    world, room = simulator.world, view.Room(simulator.form_token)
    with world.lock:
        engine.catch_up(world)
        parts = [
            clock(room, simulator),
            customers(room, simulator),
            *[account_part(room, world, each) for each in world.accounts()],
            webhooks(room, simulator),
            deliveries(room, simulator),
            faults(room, world),
            settings(room, world),
        ]
    return page("Control room", join(parts), notice=notice, error=error, status=status)


def newest(world: World, kind: str) -> list[Json]:
    return world.store.all(kind)[-NEWEST:][::-1]


def clock(room: view.Room, simulator: Simulator) -> Html:
    steps = {"1": "1 hour", "24": "1 day", "168": "1 week", "744": "31 days"}
    quick = [room.button("advance", f"Go on by {name}", hours=hours) for hours, name in steps.items()]
    other = room.form("advance", room.number("hours", "Hours", 72), "Go on")
    now = fill("<p>It is {now}.</p>", now=day(simulator.world.clock.now()))
    return room.section("Clock", join([now, room.row(quick), other]))


def customers(room: view.Room, simulator: Simulator) -> Html:
    rows = []
    for row in newest(simulator.world, "customer"):
        name, cards = row["email"] or row["id"], simulator.cards_of(row["id"])
        state = private(cards[-1])["behaviour"] if cards else "none"
        buttons = [
            room.button("card", "Let cards fail", row["id"], about=name, behaviour="decline"),
            room.button("card", "Let cards work", row["id"], about=name, behaviour="ok"),
        ]
        rows.append(room.item(name, f"card: {state}", buttons))
    return room.section("Customers", room.rows(rows))


def account_part(room: view.Room, world: World, account: str | None) -> Html:
    with world.acting_for(account):
        suffix = f" of {account}" if account else ""
        return join(
            [
                room.section(f"Subscriptions{suffix}", subscriptions(room, world)),
                room.section(f"Payments{suffix}", charges(room, world)),
                room.section(f"Refunds{suffix}", refunds(room, world)),
                room.section(f"Disputes{suffix}", disputes(room, world)),
            ]
        )


def subscriptions(room: view.Room, world: World) -> Html:
    rows = []
    for row in newest(world, "subscription"):
        ends = min(item["current_period_end"] for item in row["items"]["data"])
        state = f"{row['status']}, period until {day(ends)}"
        controls = [] if row["status"] in ENDED else subscription_controls(room, row)
        rows.append(room.item(row["id"], state, controls))
    return room.rows(rows)


def subscription_controls(room: view.Room, row: Json) -> list[Html]:
    id_ = row["id"]
    names = {"end": "End now"}
    if row["cancel_at"]:
        names["keep"] = "Keep it"
    else:
        names |= {"cancel": "Cancel at period end", "cancel_in_portal": "Cancel as in the portal"}
    if row["status"] == "paused":
        names["resume"] = "Resume"
    else:
        names["pause"] = "Pause"
    if row["pause_collection"]:
        names["collect"] = "Collect again"
    else:
        names["stop_collecting"] = "Stop collecting"
    controls = [room.button(action, label, id_, about=id_) for action, label in names.items()]
    for item in row["items"]["data"]:
        fields = join(
            [
                room.number("quantity", f"Quantity of {item['id']}", item["quantity"]),
                room.choice("proration", f"Prorations of {item['id']}", view.PRORATIONS),
            ]
        )
        controls.append(room.form("quantity", fields, "Change", item["id"], about=item["id"]))
    return controls


def charges(room: view.Room, world: World) -> Html:
    rows = []
    for intent in newest(world, "payment_intent"):
        id_ = intent["id"]
        if intent["status"] == "processing":
            buttons = [
                room.button("settle", "Arrives", id_, about=id_, outcome="succeed"),
                room.button("settle", "Fails", id_, about=id_, outcome="fail"),
            ]
            rows.append(room.item(id_, "processing", buttons))
    for row in newest(world, "charge"):
        state = f"{money(row['amount'], row['currency'])}, {row['status']}"
        if row["amount_refunded"]:
            state += f", {money(row['amount_refunded'], row['currency'])} refunded"
        rows.append(room.item(row["id"], state, charge_controls(room, row) if row["paid"] else []))
    return room.rows(rows)


def charge_controls(room: view.Room, row: Json) -> list[Html]:
    id_, left = row["id"], row["amount"] - row["amount_refunded"]
    controls = []
    if left:
        amount = room.number("amount", f"Minor units of {id_}", left)
        controls.append(room.form("refund", amount, "Refund", id_, about=id_))
    if not row["disputed"]:
        starts = {name: name.replace("_", " ") for name in sorted(disputing.STARTS)}
        status = room.choice("status", f"Dispute of {id_}", starts)
        controls.append(room.form("dispute", status, "Dispute", id_, about=id_))
    return controls


def refunds(room: view.Room, world: World) -> Html:
    rows = []
    for row in newest(world, "refund"):
        state = f"{money(row['amount'], row['currency'])}, {row['status']}"
        fails = row["status"] in {"succeeded", "pending"}
        button = [room.button("fail_refund", "Let it fail", row["id"], about=row["id"])]
        rows.append(room.item(row["id"], state, button if fails else []))
    return room.rows(rows)


def disputes(room: view.Room, world: World) -> Html:
    rows = []
    for row in newest(world, "dispute"):
        ways = {name: name.replace("_", " ") for name in sorted(disputing.WAYS[row["status"]])}
        field = room.choice("status", f"Next status of {row['id']}", ways)
        controls = [room.form("decide", field, "Move on", row["id"], about=row["id"])] if ways else []
        state = f"{money(row['amount'], row['currency'])}, {row['status']}"
        rows.append(room.item(row["id"], state, controls))
    return room.rows(rows)


def webhooks(room: view.Room, simulator: Simulator) -> Html:
    world = simulator.world
    rows = []
    for row in newest(world, "webhook_endpoint"):
        notes = private(row)
        state = f"{notes.get('payload', 'snapshot')}, {'connect' if notes.get('connect') else 'own'}"
        button = room.button("rotate", "New secret", row["id"], about=row["id"])
        rows.append(room.item(row["url"], f"{row['status']}, {state}", [button]))
    fields = join(
        [
            room.text("url", "Address of a new endpoint", "http://127.0.0.1:8000/"),
            room.choice("payload", "Payload", {"snapshot": "snapshot", "thin": "thin"}),
            room.choice("connect", "Events of", {"no": "this account", "yes": "connected accounts"}),
        ]
    )
    return room.section(
        "Webhook endpoints", join([room.rows(rows), room.form("endpoint", fields, "Add endpoint")])
    )


def deliveries(room: view.Room, simulator: Simulator) -> Html:
    rows = []
    for row in simulator.deliveries()[-NEWEST:][::-1]:
        id_ = row["subject"]
        about = f"{row['event']} to {row['endpoint']}"
        fields = {"endpoint": row["endpoint"]}
        buttons = [
            room.button("redeliver", "Send again", id_, about=about, **fields),
            room.button("other_mode", "Send as if live", id_, about=about, **fields),
        ]
        rows.append(room.item(row["type"], f"{row['state']} - {row['event']}", buttons))
    return room.section(
        "Deliveries", join([room.button("flush", "Deliver everything now"), room.rows(rows)])
    )


def faults(room: view.Room, world: World) -> Html:
    kinds = {name: text for name, (text, _) in WEATHER.items()}
    calls = {name: text for name, (text, _) in OUTAGES.items()}
    outage = join(
        [room.number("count", "The next calls", 5), room.choice("kind", "What they do", calls)]
    )
    left = sum(rule.count for rule in world.faults.api)
    return room.section(
        "Faults",
        join(
            [
                fill("<p>Calls that are still to fail: {left}.</p>", left=left),
                room.form("weather", room.choice("kind", "From now on webhooks", kinds), "Set"),
                room.form("outage", outage, "Break"),
                room.button("fair", "All is well again"),
            ]
        ),
    )


def settings(room: view.Room, world: World) -> Html:
    now = world.settings
    fields = [
        room.choice(name, label, {each: each for each in choices}, getattr(now, name))
        for name, (label, choices) in view.SETTINGS.items()
    ]
    return room.section("Settings", room.form("settings", join(fields), "Keep"))
