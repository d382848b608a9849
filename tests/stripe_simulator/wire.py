"""The simulator on a real port, the real SDK, a real webhook receiver, and a judge of every answer.

Another folder's conftest may import the fixtures: ``simulator``, ``client`` and ``receiver``.
"""

import contextlib
import json
import threading
from collections import Counter
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import stripe
from referencing import Registry, Resource

from example_site.stripe_simulator import Simulator, running_simulator

REFERENCE = Path(__file__).parents[2] / "example_site" / "stripe_simulator" / "reference"
OBJECTS = json.loads((REFERENCE / "schema" / "objects-2026-10-28.endive.schema.json").read_text())
EVENT_TYPES = set(json.loads((REFERENCE / "schema" / "event-types-snapshot.json").read_text()))
REGISTRY = Registry().with_resource(OBJECTS["$id"], Resource.from_contents(OBJECTS))
KEY = "sk_test_wire"
UNDESCRIBED = {
    "payment_method",
    "invoiceitem",
    "deleted_invoiceitem",
    "tax_id",
    "account",
    "application",
    "deleted_account",
    "deleted_tax_id",
}
"""Kinds that the subset of the schema leaves out."""


@cache
def validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        {"$ref": f"{OBJECTS['$id']}#/$defs/{name}"}, registry=REGISTRY
    )


def faults_of(body: Any, where: str = "") -> list[str]:
    """What Stripe's schema has to say against *body*: an object, a list of objects or an error."""
    if not isinstance(body, dict):
        return [f"{where}: not an object: {body!r}"]
    if "error" in body:
        return complaints("error", body, where)
    name = body.get("object", "")
    if name in {"list", "search_result"}:
        rows = [faults_of(row, f"{where}[{at}]") for at, row in enumerate(body["data"])]
        shape = [] if {"has_more", "url"} <= set(body) else [f"{where}: not a whole list"]
        return shape + [each for row in rows for each in row]
    if body.get("deleted"):
        name = f"deleted_{name}" if name != "discount" else name
    found = complaints(name, body, where)
    if name == "event":
        if body["type"] not in EVENT_TYPES:
            found.append(f"{where}: unknown event type {body['type']}")
        found += faults_of(body["data"]["object"], f"{where} {body['type']}")
    return found


def complaints(name: str, body: dict, where: str) -> list[str]:
    if "_sim" in json.dumps(body):
        return [f"{where}: private notes leak"]
    if name not in OBJECTS["$defs"]:
        return [] if name in UNDESCRIBED else [f"{where}: no schema for {name!r}"]
    return [
        f"{where} {name}.{'.'.join(map(str, each.absolute_path))}: {each.message[:300]}"
        for each in validator(name).iter_errors(body)
    ]


@contextlib.contextmanager
def judged(simulator: Simulator, *, most: int | None = None) -> Iterator[list[str]]:
    """Collect what is wrong with any answer or event, and fail at the end if anything is.

    Of each type only the first *most* events are judged, if that is given.
    """
    found: list[str] = []
    simulator.observers.append(
        lambda incoming, answer: found.extend(
            faults_of(answer.body, f"{incoming.method} {incoming.path}")
            if incoming.path.startswith("/v1/")
            else []
        )
    )
    yield found
    seen: Counter[str] = Counter()
    for event in simulator.world.store.all("event"):
        seen[event["type"]] += 1
        if most is not None and seen[event["type"]] > most:
            continue
        shown = {key: value for key, value in event.items() if key != "_sim"}
        found += faults_of(shown, "event")
        changed = event["data"].get("previous_attributes", {})
        found += [
            f"{event['type']}: {key} is not a field"
            for key in set(changed) - set(event["data"]["object"])
        ]
    assert not found, "\n".join(found[:20])


class Receiver:
    """A webhook endpoint that verifies what it gets with the real SDK."""

    def __init__(self) -> None:
        self.answers: list[int] = []
        """Status codes for the next deliveries; 200 when it is empty."""
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler_for(self))
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def events(self, secret: str) -> list[stripe.Event]:
        return [
            stripe.Webhook.construct_event(body, mark, secret)
            for body, mark in zip(self.bodies, self.signatures, strict=True)
        ]

    @property
    def types(self) -> list[str]:
        return [json.loads(body)["type"] for body in self.bodies]

    def clear(self) -> None:
        self.bodies.clear()
        self.signatures.clear()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join(5)
        self.server.server_close()


def handler_for(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            receiver.signatures.append(self.headers["Stripe-Signature"])
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    return Handler


def client_for(simulator: Simulator, *, key: str = KEY, **options: Any) -> stripe.StripeClient:
    return stripe.StripeClient(key, base_addresses={"api": simulator.base_url}, **options)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with running_simulator(seed="tests") as running, judged(running):
        yield running


@pytest.fixture
def client(simulator: Simulator) -> stripe.StripeClient:
    return client_for(simulator)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.close()
