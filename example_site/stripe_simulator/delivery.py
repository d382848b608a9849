"""Delivers events to webhook endpoints: signed, in its own thread, retried, failing on demand."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import random
import threading
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urlsplit

from .reference import API_VERSION
from .rendering import render
from .store import Json, private
from .world import World

RETRY_AFTER = (1.0, 5.0, 30.0, 120.0, 600.0, 3600.0)
"""Real seconds from one failed delivery to the next attempt."""
TIMEOUT = 10.0
KEEP = 4000


@dataclass
class Delivery:
    """One event on its way to one endpoint, in real time: signatures are checked against it."""

    event: str
    type: str
    endpoint: str
    url: str
    state: str = "queued"
    """queued, held, sending, retrying, delivered, failed or dropped."""
    due: float = 0.0
    attempts: list[Json] = field(default_factory=list)

    @property
    def waiting(self) -> bool:
        return self.state in {"queued", "retrying"}

    @property
    def unfinished(self) -> bool:
        """Whether `wait_idle` waits for it: a first attempt is still to come."""
        return self.state in {"queued", "sending"}


class Deliverer:
    """The queue and its thread. The lock of the world guards events, `ready` guards the queue."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ready = threading.Condition()
        self.queue: list[Delivery] = []
        self.stopped = False
        self.thread = threading.Thread(target=self.run, name="stripe-webhooks", daemon=True)

    def start(self) -> None:
        self.world.on_event = self.enqueue
        self.thread.start()

    def stop(self) -> None:
        with self.ready:
            self.stopped = True
            self.ready.notify_all()
        self.thread.join(TIMEOUT + 1)

    def clear(self) -> None:
        with self.ready:
            self.queue.clear()
            self.ready.notify_all()

    def enqueue(self, event: Json, *, faults: bool = True, endpoint: str | None = None) -> int:
        """Queue *event* for every endpoint that asked for its type. Returns the number of deliveries."""
        switches = self.world.faults.webhooks
        count = 0
        for each in self.world.store.all("webhook_endpoint"):
            wanted = {"*", event["type"]} & set(each["enabled_events"])
            if each["status"] != "enabled" or not wanted:
                continue
            if endpoint and each["id"] != endpoint:
                continue
            copies = 1 + (switches.duplicate if faults else 0)
            lost = faults and switches.loses(event["type"])
            for _ in range(copies):
                self.add(event, each, lost=lost, faults=faults)
            count += 1
        if count:
            private(event)["delivered"] = False
            event["pending_webhooks"] = count
        return count

    def add(self, event: Json, endpoint: Json, *, lost: bool, faults: bool) -> None:
        switches = self.world.faults.webhooks
        delivery = Delivery(event["id"], event["type"], endpoint["id"], endpoint["url"])
        if lost:
            delivery.state = "dropped"
        elif faults and switches.holds:
            delivery.state = "held"
        delivery.due = time.monotonic() + (switches.delay_seconds if faults else 0)
        with self.ready:
            self.forget_old()
            self.queue.append(delivery)
            self.ready.notify_all()

    def forget_old(self) -> None:
        """Keep the history short: the oldest deliveries that are over go first."""
        if len(self.queue) > KEEP:
            over = [each for each in self.queue if each.state in {"delivered", "failed"}]
            gone = {id(each) for each in over[: len(self.queue) - KEEP // 2]}
            self.queue = [each for each in self.queue if id(each) not in gone]

    def flush(self, order: str | None = None) -> int:
        """Deliver everything held, delayed or waiting for a retry now. Returns how many."""
        order = order or self.world.faults.webhooks.reorder
        with self.ready:
            batch = [each for each in self.queue if each.waiting or each.state == "held"]
            for each in batch:
                self.queue.remove(each)
                each.state, each.due = "queued", 0.0
            if order == "reversed":
                batch.reverse()
            elif order == "shuffled":
                random.Random(len(self.queue)).shuffle(batch)  # noqa: S311
            self.queue += batch
            self.ready.notify_all()
        return len(batch)

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait until every delivery that is neither held nor dropped had its first attempt."""
        with self.ready:
            return self.ready.wait_for(lambda: not any(each.unfinished for each in self.queue), timeout)

    def history(self) -> list[Json]:
        """Every delivery in order, oldest first."""
        with self.ready:
            return [asdict(each) for each in self.queue]

    def counts(self) -> Json:
        """How many deliveries are in each state."""
        with self.ready:
            return dict(Counter(each.state for each in self.queue))

    def run(self) -> None:
        while True:
            with self.ready:
                delivery = self.next()
                if self.stopped:
                    return
                if delivery is None:
                    continue
                delivery.state = "sending"
            try:
                self.send(delivery)
            except Exception:  # noqa: BLE001  (one bad delivery must not stop the others)
                traceback.print_exc()
                delivery.state = "failed"
            with self.ready:
                self.ready.notify_all()

    def next(self) -> Delivery | None:
        """The first delivery that is due; waits a while if there is none. Hold `ready`."""
        waiting = [each for each in self.queue if each.waiting]
        now = time.monotonic()
        due = [each for each in waiting if each.due <= now]
        if due:
            return due[0]
        if not self.stopped:
            self.ready.wait(min((each.due - now for each in waiting), default=None))
        return None

    def send(self, delivery: Delivery) -> None:
        with self.world.lock:
            event = self.world.store.find("event", delivery.event)
            endpoint = self.world.store.find("webhook_endpoint", delivery.endpoint)
            if event is None or endpoint is None or endpoint["status"] != "enabled":
                delivery.state = "failed"
                return
            body = json.dumps(render(self.world, event), indent=2).encode()
            secrets = live_secrets(endpoint)
        attempt = post(delivery.url, body, signature(body, secrets, int(time.time())))
        delivery.attempts.append(attempt)
        if 200 <= (attempt["status"] or 0) < 300:
            delivery.state = "delivered"
        elif len(delivery.attempts) > len(RETRY_AFTER):
            delivery.state = "failed"
        else:
            delivery.due = time.monotonic() + RETRY_AFTER[len(delivery.attempts) - 1]
            delivery.state = "retrying"
        self.settle(event)

    def settle(self, event: Json) -> None:
        """Count what is still to be delivered of *event*."""
        with self.world.lock, self.ready:
            rows = [each for each in self.queue if each.event == event["id"]]
            done = {each.endpoint for each in rows if each.state == "delivered"}
            wanted = {each.endpoint for each in rows}
            event["pending_webhooks"] = len(wanted - done)
            private(event)["delivered"] = wanted == done


def live_secrets(endpoint: Json) -> list[str]:
    """The current secret first, then rolled ones that have not run out."""
    now = time.time()
    return [
        each["secret"]
        for each in private(endpoint)["secrets"]
        if each["until"] is None or each["until"] > now
    ]


def signature(body: bytes, secrets: list[str], timestamp: int) -> str:
    """The `Stripe-Signature` header: one `v1` for each live secret."""
    signed = f"{timestamp}.".encode() + body
    marks = [hmac.new(each.encode(), signed, hashlib.sha256).hexdigest() for each in secrets]
    return ",".join([f"t={timestamp}", *(f"v1={mark}" for mark in marks)])


def post(url: str, body: bytes, mark: str) -> Json:
    """One attempt. Never raises: what went wrong is in the record. Redirects are not followed."""
    attempt: Json = {"at": int(time.time()), "status": None, "error": None}
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    make: Any = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    try:
        connection = make(parts.hostname or "", parts.port, timeout=TIMEOUT)
        try:
            target = parts.path or "/"
            headers = {
                "Content-Type": "application/json; charset=utf-8",
                "Stripe-Signature": mark,
                "User-Agent": f"Stripe/1.0 (simulator {API_VERSION})",
            }
            connection.request(
                "POST", f"{target}?{parts.query}" if parts.query else target, body, headers
            )
            response = connection.getresponse()
            response.read(4096)
            attempt["status"] = response.status
        finally:
            connection.close()
    except (OSError, http.client.HTTPException, ValueError) as error:
        attempt["error"] = type(error).__name__
    return attempt
