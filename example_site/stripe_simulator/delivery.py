"""Delivers events to webhook endpoints: signed, in its own thread, retried, failing on demand."""

from __future__ import annotations

import json
import random
import threading
import time
import traceback
from collections import Counter
from dataclasses import asdict, dataclass, field

from .posting import TIMEOUT, live_secrets, post, signature
from .rendering import render
from .store import Json, private
from .thin import KIND, is_thin, thin_events, wants
from .world import World

MINUTE, HOUR = 60, 3600
RETRY_AFTER: dict[str, tuple[int, ...]] = {
    "quick": (1, 5, 30, 2 * MINUTE, 10 * MINUTE, HOUR),
    "sandbox": (10 * MINUTE, HOUR, 3 * HOUR),
    "live": (
        5 * MINUTE,
        30 * MINUTE,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        10 * HOUR,
        10 * HOUR,
        10 * HOUR,
        10 * HOUR,
        12 * HOUR,
    ),
}
"""Seconds on the simulator's clock from one failed attempt to the next: Stripe tries three times over
a few hours in a sandbox and up to three days in live mode."""
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
    """The earliest moment of the first attempt, in real time."""
    retry_at: int | None = None
    """The moment of the next attempt, on the simulator's clock."""
    account: str | None = None
    """The connected account that it is about."""
    livemode: bool | None = None
    """What a redelivery claims instead of the truth."""
    subject: str = ""
    """The snapshot event that it is about; a thin event has an id of its own."""
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

    def enqueue(
        self,
        event: Json,
        *,
        faults: bool = True,
        endpoint: str | None = None,
        livemode: bool | None = None,
    ) -> int:
        """Queue *event* for every endpoint that asked for its type. Returns the number of deliveries."""
        switches = self.world.faults.webhooks
        count = 0
        for each in self.world.endpoints():
            if each["status"] != "enabled" or (endpoint and each["id"] != endpoint):
                continue
            notices = self.notices_for(each, event)
            for notice in notices:
                copies = 1 + (switches.duplicate if faults else 0)
                lost = faults and switches.loses(event["type"])
                for _ in range(copies):
                    delivery = Delivery(
                        notice["id"],
                        notice["type"],
                        each["id"],
                        each["url"],
                        account=self.world.account,
                        livemode=livemode,
                        subject=event["id"],
                    )
                    self.add(delivery, lost=lost, faults=faults)
            count += bool(notices)
        if count:
            private(event)["delivered"] = False
            event["pending_webhooks"] = count
        return count

    def notices_for(self, endpoint: Json, event: Json) -> list[Json]:
        """What *endpoint* wants to hear of *event*: the event itself, or thin ones."""
        if is_thin(endpoint):
            rows = thin_events(self.world, event)
            return [row for row in rows if wants(endpoint, row["type"])]
        return [event] if {"*", event["type"]} & set(endpoint["enabled_events"]) else []

    def add(self, delivery: Delivery, *, lost: bool, faults: bool) -> None:
        switches = self.world.faults.webhooks
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
                each.state, each.due, each.retry_at = "queued", 0.0, None
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
        waits = [(self.wait_of(each), each) for each in self.queue if each.waiting]
        for wait, each in waits:
            if wait <= 0:
                return each
        if not self.stopped:
            self.ready.wait(min((wait for wait, _ in waits), default=None))
        return None

    def wait_of(self, delivery: Delivery) -> float:
        """Seconds until *delivery* is due."""
        if delivery.state == "retrying" and delivery.retry_at is not None:
            return delivery.retry_at - time.time() - self.world.clock.offset
        return delivery.due - time.monotonic()

    def wake(self) -> None:
        """The clock has moved: look again for what is due."""
        with self.ready:
            self.ready.notify_all()

    def send(self, delivery: Delivery) -> None:
        with self.world.lock:
            endpoint = self.endpoint_of(delivery)
            shown = self.shown(delivery)
            if shown is None or endpoint is None or endpoint["status"] != "enabled":
                delivery.state = "failed"
                return
            body = json.dumps(shown, indent=2).encode()
            secrets = live_secrets(endpoint)
        attempt = post(delivery.url, body, signature(body, secrets, int(time.time())))
        delivery.attempts.append(attempt)
        pauses = RETRY_AFTER[self.world.settings.webhook_retries]
        if 200 <= (attempt["status"] or 0) < 300:
            delivery.state = "delivered"
        elif len(delivery.attempts) > len(pauses):
            delivery.state = "failed"
        else:
            # From the moment that was planned: a clock that jumps far ahead uses every attempt up.
            planned = delivery.retry_at or int(time.time()) + self.world.clock.offset
            delivery.retry_at = planned + pauses[len(delivery.attempts) - 1]
            delivery.state = "retrying"
        self.settle(delivery.subject, delivery.account)

    def endpoint_of(self, delivery: Delivery) -> Json | None:
        found = self.world.platform.find("webhook_endpoint", delivery.endpoint)
        store = self.world.connected.get(delivery.account or "")
        return found or (store.find("webhook_endpoint", delivery.endpoint) if store else None)

    def shown(self, delivery: Delivery) -> Json | None:
        """The event of *delivery* as it goes out; None if it, or its account, is gone."""
        if delivery.account is not None and delivery.account not in self.world.connected:
            return None
        with self.world.acting_for(delivery.account):
            kind = "event" if delivery.event == delivery.subject else KIND
            event = self.world.store.find(kind, delivery.event)
            if event is None:
                return None
            shown = render(self.world, event)
        if delivery.livemode is not None:
            shown["livemode"] = delivery.livemode
        return shown

    def settle(self, subject: str, account: str | None) -> None:
        """Count what is still to be delivered of the event *subject*."""
        with self.world.lock, self.ready:
            store = self.world.connected.get(account) if account else self.world.platform
            event = store.find("event", subject) if store else None
            if event is None:
                return
            rows = [each for each in self.queue if each.subject == subject]
            done = {each.endpoint for each in rows if each.state == "delivered"}
            wanted = {each.endpoint for each in rows}
            event["pending_webhooks"] = len(wanted - done)
            private(event)["delivered"] = wanted == done
