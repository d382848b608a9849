"""A running simulator: the world, its server and its threads, with a Python API for tests."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

from . import state_file
from .api import Answer, Incoming
from .billing import engine
from .delivery import RETRY_AFTER, Deliverer
from .resources import entitlements, webhook_endpoints
from .server import SimulatorServer
from .store import Json, private
from .verbs import Verbs
from .world import Settings, World

FINAL_ACTIONS = {"canceled", "unpaid", "past_due", "paused"}
BILLING_MODES = {"flexible", "classic"}


class Simulator(Verbs):
    """One simulated Stripe account on a loopback port. A context manager: `with Simulator() as sim`.

    *port* 0 takes a free one. The same *seed* and calls give the same ids. *state_file* keeps objects
    and clock over restarts. *webhooks* are (url, secret) pairs to register at the start.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        seed: str | None = None,
        state_file: str | Path | None = None,
        webhooks: list[tuple[str, str | None]] | None = None,
        verbose: bool = False,
    ) -> None:
        self.verbose = verbose
        self.observers: list[Callable[[Incoming, Answer], None]] = []
        """Called with each API request and its answer, in the thread that answers."""
        self.seed = seed
        self.form_token = secrets.token_urlsafe(16)
        """What forms of the control room carry, so that no other page can press its buttons."""
        self.webhooks = webhooks or []
        self.world = World(seed=seed)
        self.server = SimulatorServer(host, port, self)
        name = f"[{host}]" if ":" in host else host
        self.base_url = self.world.base_url = f"http://{name}:{self.server.server_address[1]}"
        self.deliverer = Deliverer(self.world)
        self.saver = state_file_saver(self.world, state_file)
        self.thread = threading.Thread(
            target=self.server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="stripe-simulator",
            daemon=True,
        )

    def start(self) -> Simulator:
        """Load the state, register webhooks, serve. Returns at once; a second call does nothing."""
        if self.thread.is_alive():
            return self
        try:
            self.prepare()
        except BaseException:
            self.stop()
            raise
        self.thread.start()
        return self

    def prepare(self) -> None:
        if self.saver:
            self.saver.load()
            self.saver.start()
        self.deliverer.start()
        self.world.on_event = self.on_event
        for url, secret in self.webhooks:
            self.webhook(url, secret)
        self.deliver_the_undelivered()

    def stop(self) -> None:
        """Stop serving and delivering, and save."""
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join(5)
        self.server.close_connections()
        self.server.server_close()
        if self.deliverer.thread.is_alive():
            self.deliverer.stop()
        if self.saver and self.saver.thread.is_alive():
            self.saver.stop()

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def on_event(self, event: Json) -> None:
        self.deliverer.enqueue(event)
        entitlements.follow(self.world, event)

    def deliver_the_undelivered(self) -> None:
        """Events of a former run that never arrived."""
        with self.world.lock:
            for account in self.world.accounts():
                with self.world.acting_for(account):
                    self.deliver_undelivered_of_account()

    def deliver_undelivered_of_account(self) -> None:
        for event in self.world.store.all("event"):
            if not private(event)["delivered"]:
                self.deliverer.enqueue(event, faults=False)

    def changed(self) -> None:
        """Something may have changed: save soon."""
        if self.saver:
            self.saver.soon()

    @property
    def now(self) -> int:
        """Unix seconds on the simulator's clock."""
        with self.world.lock:
            return self.world.clock.now()

    def advance(self, **duration: float) -> int:
        """Move the clock on by `timedelta(**duration)` and run what is due. Returns the new time."""
        return self.advance_to(self.now + int(timedelta(**duration).total_seconds()))

    def advance_to(self, moment: int) -> int:
        """Move the clock on to *moment* (Unix seconds). Raises ValueError for the past."""
        with self.world.lock:
            engine.catch_up(self.world)
            if moment < self.world.clock.now():
                raise ValueError("the clock does not go back")
            engine.run(self.world, None, moment)
            self.world.clock.offset = moment - int(time.time())
            engine.forget_old_events(self.world)
        self.deliverer.wake()
        self.changed()
        return moment

    def set_faults(
        self,
        *,
        api: list[dict[str, Any]] | None = None,
        webhooks: dict[str, Any] | None = None,
    ) -> None:
        """Switch faults on (see `faults.py`); what is not named stays as it is."""
        given: dict[str, Any] = {"api": api, "webhooks": webhooks}
        with self.world.lock:
            self.world.faults.set({key: each for key, each in given.items() if each is not None})

    def clear_faults(self) -> None:
        """Good weather again. Held deliveries stay held until `flush`."""
        with self.world.lock:
            self.world.faults.clear()

    def set_settings(self, **settings: Any) -> None:
        """`final_action`, `retry_days`, `default_billing_mode`, `finalize_after` (seconds)."""
        with self.world.lock:
            new = Settings(**{**self.world.settings.asdict(), **settings})
            if new.final_action not in FINAL_ACTIONS:
                raise ValueError(f"final_action must be one of {', '.join(sorted(FINAL_ACTIONS))}")
            if new.webhook_retries not in RETRY_AFTER:
                raise ValueError(f"webhook_retries must be one of {', '.join(RETRY_AFTER)}")
            if new.default_billing_mode not in BILLING_MODES:
                raise ValueError("default_billing_mode must be flexible or classic")
            days: list[Any] = list(new.retry_days)
            if not all(isinstance(each, int) and each > 0 for each in days):
                raise ValueError("retry_days must be whole numbers of days")
            self.world.settings = new

    def webhook(
        self,
        url: str,
        secret: str | None = None,
        *,
        events: list[str] | None = None,
        payload: str = "snapshot",
        connect: bool = False,
    ) -> str:
        """Deliver *events* (default: all) to *url*. Returns the signing secret. Twice is once.

        *payload* `thin` sends notifications that only name the object; *connect* those of connected
        accounts.
        """
        if payload not in webhook_endpoints.PAYLOADS:
            raise ValueError("payload must be snapshot or thin")
        with self.world.lock:
            for row in self.world.store.all("webhook_endpoint"):
                current = str(private(row)["secrets"][0]["secret"])
                same = (
                    private(row).get("payload", "snapshot") == payload
                    and bool(private(row).get("connect")) == connect
                )
                if row["url"] == url and same and secret in (None, current):
                    return current
            endpoint = webhook_endpoints.new_endpoint(
                self.world,
                url,
                events=events or ["*"],
                secret=secret,
                payload=payload,
                connect=connect,
            )
            return str(private(endpoint)["secrets"][0]["secret"])

    def rotate_secret(self, url: str, *, overlap: float = 86400, secret: str | None = None) -> str:
        """A new signing secret for *url*; the old one signs too for *overlap* real seconds."""
        with self.world.lock:
            for row in self.world.store.all("webhook_endpoint"):
                if row["url"] == url:
                    return webhook_endpoints.rotate(self.world, row, overlap=overlap, secret=secret)
        raise ValueError(f"no webhook endpoint at {url}")

    def flush(self, order: str | None = None) -> int:
        """Deliver everything held, delayed or waiting for a retry now. Returns how many."""
        return self.deliverer.flush(order)

    def wait_idle(self, timeout: float = 10.0) -> bool:
        """Wait for the first attempt of every delivery that is not held or dropped."""
        return self.deliverer.wait_idle(timeout)

    def deliveries(self) -> list[Json]:
        return self.deliverer.history()

    def redeliver(
        self, event_id: str, *, endpoint: str | None = None, livemode: bool | None = None
    ) -> int:
        """Send an event again, unharmed by faults. Returns the number of deliveries.

        *livemode* lets it claim to come from the other mode.
        """
        with self.world.lock:
            event = self.world.store.get("event", event_id)
            return self.deliverer.enqueue(event, faults=False, endpoint=endpoint, livemode=livemode)

    def reset(self, *, keep_webhooks: bool = True) -> None:
        """Forget everything: objects, clock, faults, deliveries. Webhook endpoints stay if wanted."""
        with self.world.lock:
            kept = self.world.store.all("webhook_endpoint") if keep_webhooks else []
            self.world.reset(seed=self.seed)
            self.world.faults.clear()
            self.deliverer.clear()
            for endpoint in kept:
                self.world.store.add(endpoint)
        self.changed()


def state_file_saver(world: World, path: str | Path | None) -> state_file.Saver | None:
    return state_file.Saver(world, Path(path)) if path else None


@contextmanager
def running_simulator(**options: Any) -> Iterator[Simulator]:
    """A simulator in threads of this process, stopped at the end of the block."""
    with Simulator(**options) as simulator:
        yield simulator
