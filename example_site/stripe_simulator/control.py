"""The control API under `/_simulator/`, in JSON: what a test or a control room may do to the world."""

from __future__ import annotations

import json
import re
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .api import Answer, Incoming
from .billing import checkout, payments
from .errors import StripeError
from .forms import decode
from .rendering import render
from .resources import accounts, webhook_endpoints
from .store import Json, private
from .world import Request

if TYPE_CHECKING:
    from .simulator import Simulator

Command = Callable[["Simulator", str, Json], Any]
PATH = re.compile(r"^/_simulator/(\w+)(?:/([\w.]+)/(\w+))?/?$")


def respond(simulator: Simulator, incoming: Incoming) -> Answer:
    """Answer one control request. Errors are `{"error": {"message": ...}}` with 400 or 404."""
    match = PATH.match(incoming.path)
    name = "/".join(part for part in (match[1], match[3]) if part) if match else ""
    command = COMMANDS.get((incoming.method, name))
    if match is None or command is None:
        return refuse(404, f"There is no {incoming.method} {incoming.path} in the control API.")
    try:
        data = body_of(incoming)
        result = run(simulator, command, match[2] or "", data)
        simulator.changed()
        return Answer(200, result)
    except StripeError as error:
        return Answer(error.status, error.body())
    except (ValueError, TypeError, KeyError) as error:
        return refuse(400, f"{type(error).__name__}: {error}")
    except Exception:  # noqa: BLE001  (an HTML trace helps nobody who reads JSON)
        traceback.print_exc()
        return refuse(500, "The simulator failed; its log says why.")


def run(simulator: Simulator, command: Command, id_: str, data: Json) -> Any:
    """Run *command* for the account that has the object *id_*."""
    world = simulator.world
    if not id_ or id_ in world.platform.kinds.get("account", {}):
        with world.answering(Request()):
            return command(simulator, id_, data)
    with world.lock, world.answering(Request()), world.acting_for(world.account_of(id_)):
        return command(simulator, id_, data)


def refuse(status: int, message: str) -> Answer:
    return Answer(status, StripeError(message, status=status).body())


def body_of(incoming: Incoming) -> Json:
    if incoming.method == "GET":
        return decode(incoming.query)
    # A web page cannot send this type to another origin without being asked first.
    if not incoming.headers.get("content-type", "").startswith("application/json"):
        raise ValueError("send Content-Type: application/json")
    data = json.loads(incoming.body or "{}")
    if not isinstance(data, dict):
        raise ValueError("send a JSON object")
    return data


def state(simulator: Simulator, id_: str, data: Json) -> Json:
    world = simulator.world
    with world.lock:
        return {
            "base_url": simulator.base_url,
            "clock": clock_of(simulator),
            "settings": world.settings.asdict(),
            "faults": world.faults.asdict(),
            "counts": {kind: len(rows) for kind, rows in world.store.kinds.items()},
            "customers": [customer_row(simulator, row) for row in world.store.all("customer")],
            "subscriptions": [
                subscription_row(simulator, row) for row in world.store.all("subscription")
            ],
            "checkouts": [session_row(simulator, row) for row in world.store.all("checkout.session")],
            "webhook_endpoints": endpoints(simulator, "", {})["data"],
            "deliveries": simulator.deliverer.counts(),
        }


def clock_of(simulator: Simulator) -> Json:
    clock = simulator.world.clock
    return {"now": clock.now(), "offset": clock.offset}


def customer_row(simulator: Simulator, customer: Json) -> Json:
    cards = simulator.cards_of(customer["id"])
    return {
        "id": customer["id"],
        "email": customer["email"],
        "name": customer["name"],
        "card": payments.behaviour_of(cards[-1]) if cards else None,
    }


def subscription_row(simulator: Simulator, subscription: Json) -> Json:
    store = simulator.world.store
    items = subscription["items"]["data"]
    products = [store.find("product", store.get("price", item["price"])["product"]) for item in items]
    customer = store.find("customer", subscription["customer"])
    return {
        "id": subscription["id"],
        "customer": subscription["customer"],
        "email": customer["email"] if customer else None,
        "status": subscription["status"],
        "products": [product["name"] for product in products if product],
        "quantity": sum(item["quantity"] for item in items),
        "current_period_end": min(item["current_period_end"] for item in items),
        "cancel_at": subscription["cancel_at"],
        "cancel_at_period_end": subscription["cancel_at_period_end"],
        "latest_invoice": subscription["latest_invoice"],
    }


def session_row(simulator: Simulator, session: Json) -> Json:
    return {
        "id": session["id"],
        "mode": session["mode"],
        "status": session["status"],
        "payment_status": session["payment_status"],
        "customer": session["customer"],
        "url": session["url"],
        "waits_for_payment": checkout.waiting_intent(simulator.world, session) is not None,
    }


def get_clock(simulator: Simulator, id_: str, data: Json) -> Json:
    with simulator.world.lock:
        return clock_of(simulator)


def set_clock(simulator: Simulator, id_: str, data: Json) -> Json:
    if ("advance_seconds" in data) == ("to" in data):
        raise ValueError("give either advance_seconds or to (Unix seconds)")
    if "to" in data:
        simulator.advance_to(int(data["to"]))
    else:
        simulator.advance(seconds=int(data["advance_seconds"]))
    return get_clock(simulator, id_, {})


def get_faults(simulator: Simulator, id_: str, data: Json) -> Json:
    with simulator.world.lock:
        return simulator.world.faults.asdict()


def set_faults(simulator: Simulator, id_: str, data: Json) -> Json:
    simulator.set_faults(**data)
    return get_faults(simulator, id_, {})


def clear_faults(simulator: Simulator, id_: str, data: Json) -> Json:
    simulator.clear_faults()
    return get_faults(simulator, id_, {})


def get_settings(simulator: Simulator, id_: str, data: Json) -> Json:
    with simulator.world.lock:
        return simulator.world.settings.asdict()


def set_settings(simulator: Simulator, id_: str, data: Json) -> Json:
    simulator.set_settings(**data)
    return get_settings(simulator, id_, {})


def flush(simulator: Simulator, id_: str, data: Json) -> Json:
    return {"flushed": simulator.flush(data.get("order"))}


def wait_idle(simulator: Simulator, id_: str, data: Json) -> Json:
    return {"idle": simulator.wait_idle(min(float(data.get("timeout", 10)), 60))}


def deliveries(simulator: Simulator, id_: str, data: Json) -> Json:
    rows = simulator.deliveries()
    return {"data": rows[-int(data["limit"]) :] if "limit" in data else rows}


def redeliver(simulator: Simulator, id_: str, data: Json) -> Json:
    livemode = data.get("livemode")
    queued = simulator.redeliver(id_, endpoint=data.get("endpoint"), livemode=livemode)
    return {"queued": queued}


def card(simulator: Simulator, id_: str, data: Json) -> Json:
    simulator.card(id_, data["behaviour"])
    return {"customer": id_, "behaviour": data["behaviour"]}


def pay(simulator: Simulator, id_: str, data: Json) -> Json:
    return simulator.pay_checkout(id_, card=data.get("card", "ok"), email=data.get("email"))


def settle(simulator: Simulator, id_: str, data: Json) -> Json:
    outcome = data["outcome"]
    if outcome not in {"succeed", "fail"}:
        raise ValueError("outcome must be succeed or fail")
    return simulator.settle_checkout(id_, succeed=outcome == "succeed")


def settle_payment(simulator: Simulator, id_: str, data: Json) -> Json:
    outcome = data["outcome"]
    if outcome not in {"succeed", "fail"}:
        raise ValueError("outcome must be succeed or fail")
    return simulator.settle_payment(id_, succeed=outcome == "succeed")


def cancel_in_portal(simulator: Simulator, id_: str, data: Json) -> Json:
    return simulator.cancel_in_portal(id_)


def dispute(simulator: Simulator, id_: str, data: Json) -> Json:
    known = {key: data[key] for key in ("status", "reason", "amount") if key in data}
    return simulator.dispute(id_, **known)


def decide(simulator: Simulator, id_: str, data: Json) -> Json:
    return simulator.decide_dispute(id_, status=data["status"])


def fail_refund(simulator: Simulator, id_: str, data: Json) -> Json:
    return simulator.fail_refund(id_, reason=data.get("reason", "expired_or_canceled_card"))


def endpoints(simulator: Simulator, id_: str, data: Json) -> Json:
    world = simulator.world
    with world.lock:
        rows = world.store.all("webhook_endpoint")
        return {
            "data": [
                {**render(world, row), "secret": private(row)["secrets"][0]["secret"]} for row in rows
            ]
        }


def add_endpoint(simulator: Simulator, id_: str, data: Json) -> Json:
    secret = simulator.webhook(
        data["url"],
        data.get("secret"),
        events=data.get("events", ["*"]),
        payload=data.get("payload", "snapshot"),
        connect=bool(data.get("connect", False)),
    )
    return {"url": data["url"], "secret": secret}


def rotate(simulator: Simulator, id_: str, data: Json) -> Json:
    world = simulator.world
    with world.lock:
        endpoint = world.store.get("webhook_endpoint", id_)
        overlap = float(data.get("overlap_seconds", 86400))
        secret = webhook_endpoints.rotate(world, endpoint, overlap=overlap, secret=data.get("secret"))
    return {"id": id_, "secret": secret}


def deauthorize(simulator: Simulator, id_: str, data: Json) -> Json:
    with simulator.world.lock:
        accounts.deauthorize(simulator.world, id_)
    return {"id": id_, "deauthorized": True}


def reset(simulator: Simulator, id_: str, data: Json) -> Json:
    simulator.reset(keep_webhooks=bool(data.get("keep_webhooks", True)))
    return {"reset": True}


COMMANDS: dict[tuple[str, str], Command] = {
    ("GET", "state"): state,
    ("GET", "clock"): get_clock,
    ("POST", "clock"): set_clock,
    ("GET", "faults"): get_faults,
    ("POST", "faults"): set_faults,
    ("DELETE", "faults"): clear_faults,
    ("GET", "settings"): get_settings,
    ("POST", "settings"): set_settings,
    ("POST", "flush"): flush,
    ("POST", "wait_idle"): wait_idle,
    ("GET", "deliveries"): deliveries,
    ("POST", "events/redeliver"): redeliver,
    ("POST", "customers/card"): card,
    ("POST", "checkout/pay"): pay,
    ("POST", "checkout/settle"): settle,
    ("POST", "payment_intents/settle"): settle_payment,
    ("POST", "subscriptions/cancel_in_portal"): cancel_in_portal,
    ("POST", "charges/dispute"): dispute,
    ("POST", "disputes/decide"): decide,
    ("POST", "refunds/fail"): fail_refund,
    ("GET", "webhook_endpoints"): endpoints,
    ("POST", "webhook_endpoints"): add_endpoint,
    ("POST", "webhook_endpoints/rotate"): rotate,
    ("POST", "accounts/deauthorize"): deauthorize,
    ("POST", "reset"): reset,
}
