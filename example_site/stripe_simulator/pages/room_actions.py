"""What the buttons of the control room do: calls of the API, and switches of the control API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from example_site.stripe_simulator import control
from example_site.stripe_simulator.errors import StripeError
from example_site.stripe_simulator.parameters import check
from example_site.stripe_simulator.routing import Call, find
from example_site.stripe_simulator.store import Json
from example_site.stripe_simulator.world import Request

if TYPE_CHECKING:
    from example_site.stripe_simulator.simulator import Simulator

Form = dict[str, Any]
Action = Callable[["Simulator", str, Form], Any]

GOOD: Json = {"duplicate": 0, "delay_seconds": 0, "drop": False, "hold": False, "reorder": None}
WEATHER: dict[str, tuple[str, Json]] = {
    "good": ("arrive", {}),
    "delay": ("come five seconds late", {"delay_seconds": 5}),
    "drop": ("get lost", {"drop": True}),
    "duplicate": ("come three times", {"duplicate": 2}),
    "hold": ("are held", {"hold": True}),
    "reorder": ("are held, to come in reverse order", {"reorder": "reversed"}),
}
OUTAGES: dict[str, tuple[str, Json]] = {
    "500": ("answer 500", {"kind": "status", "status": 500}),
    "429": ("answer 429", {"kind": "status", "status": 429}),
    "401": ("answer 401", {"kind": "status", "status": 401}),
    "hang": ("take 12 seconds", {"kind": "hang", "seconds": 12}),
    "reset": ("break the connection", {"kind": "reset"}),
    "html": ("answer HTML", {"kind": "html"}),
    "after": ("work, and answer 500", {"kind": "status", "status": 500, "after": True}),
}


def call_api(simulator: Simulator, path: str, given: Json, *, method: str = "POST") -> Any:
    """Do what a request to the API does, for the account that has the object in *path*."""
    found = find(method, path)
    if found is None:
        raise StripeError("There is no such operation.", status=404)
    route, ids = found
    world = simulator.world
    account = world.account_of(next(iter([*ids.values(), *map(str, given.values())]), ""))
    with world.lock, world.answering(Request()), world.acting_for(account):
        params = check(method, route.pattern, given)
        result = route.handler(Call(world, params, ids, path))
        world.touched()
        return result


def switch(method: str, name: str, **fixed: Any) -> Action:
    """A command of the control API with the fields of the form."""

    def act(simulator: Simulator, id_: str, form: Form) -> Any:
        command = control.COMMANDS[method, name]
        return control.run(simulator, command, id_, {**form, **fixed})

    return act


def refund(simulator: Simulator, id_: str, form: Form) -> Any:
    given = {"charge": id_}
    if form.get("amount"):
        given["amount"] = str(form["amount"])
    return call_api(simulator, "/v1/refunds", given)


def subscription(suffix: str = "", *, method: str = "POST", **given: Any) -> Action:
    def act(simulator: Simulator, id_: str, form: Form) -> Any:
        return call_api(simulator, f"/v1/subscriptions/{id_}{suffix}", dict(given), method=method)

    return act


def quantity(simulator: Simulator, id_: str, form: Form) -> Any:
    values = {"quantity": str(form.get("quantity", ""))}
    prorate = str(form.get("proration", "create_prorations"))
    return call_api(
        simulator, f"/v1/subscription_items/{id_}", {**values, "proration_behavior": prorate}
    )


def advance(simulator: Simulator, id_: str, form: Form) -> Any:
    text = str(form.get("hours", ""))
    if not text.isdecimal() or not 0 < int(text) <= 24 * 3660:
        raise StripeError("Enter hours between 1 and 87840.")
    return simulator.advance(hours=int(text))


def weather(simulator: Simulator, id_: str, form: Form) -> Any:
    name, switches = WEATHER.get(str(form.get("kind")), ("", None))
    if switches is None:
        raise StripeError("There is no such switch.")
    simulator.set_faults(webhooks={**GOOD, **switches})
    return name


def outage(simulator: Simulator, id_: str, form: Form) -> Any:
    _, rule = OUTAGES.get(str(form.get("kind")), ("", None))
    count = str(form.get("count", ""))
    if rule is None or not count.isdecimal() or not 0 < int(count) <= 1000:
        raise StripeError("Choose what happens, and to how many calls between 1 and 1000.")
    simulator.set_faults(api=[{**rule, "count": int(count)}])
    return rule


def settings(simulator: Simulator, id_: str, form: Form) -> Any:
    names = ("final_action", "default_billing_mode", "webhook_retries")
    simulator.set_settings(**{name: str(form[name]) for name in names if name in form})


def endpoint(simulator: Simulator, id_: str, form: Form) -> Any:
    return simulator.webhook(
        str(form.get("url", "")),
        payload=str(form.get("payload", "snapshot")),
        connect=form.get("connect") == "yes",
    )


ACTIONS: dict[str, Action] = {
    "advance": advance,
    "card": switch("POST", "customers/card"),
    "cancel": subscription(cancel_at_period_end="true"),
    "cancel_in_portal": switch("POST", "subscriptions/cancel_in_portal"),
    "keep": subscription(cancel_at_period_end="false"),
    "end": subscription(method="DELETE"),
    "pause": subscription("/pause"),
    "resume": subscription("/resume"),
    "stop_collecting": subscription(pause_collection={"behavior": "void"}),
    "collect": subscription(pause_collection=""),
    "quantity": quantity,
    "refund": refund,
    "fail_refund": switch("POST", "refunds/fail"),
    "dispute": switch("POST", "charges/dispute"),
    "decide": switch("POST", "disputes/decide"),
    "settle": switch("POST", "payment_intents/settle"),
    "weather": weather,
    "flush": switch("POST", "flush"),
    "outage": outage,
    "fair": switch("DELETE", "faults"),
    "settings": settings,
    "endpoint": endpoint,
    "rotate": switch("POST", "webhook_endpoints/rotate"),
    "redeliver": switch("POST", "events/redeliver"),
    "other_mode": switch("POST", "events/redeliver", livemode=True),
}


def perform(simulator: Simulator, form: Form) -> None:
    """Do what a form asks for. Raises `StripeError` with a message for people."""
    fields = {key: value for key, value in form.items() if isinstance(value, str)}
    action = ACTIONS.get(fields.pop("action", ""))
    fields.pop("token", None)
    if action is None:
        raise StripeError("There is no such button.", status=404)
    try:
        json.dumps(action(simulator, fields.pop("id", ""), fields), default=str)
    except (ValueError, TypeError, KeyError) as error:
        raise StripeError(f"This did not work: {error}") from error
    simulator.deliverer.wake()
    simulator.changed()
