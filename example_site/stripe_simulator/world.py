"""The state of the simulator and the one lock that guards it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from .clock import Clock
from .faults import Faults
from .ids import Ids
from .store import Json, Store, private

HOUR = 3600
DAY = 24 * HOUR


@dataclass
class Settings:
    """What a Stripe account sets in its dashboard."""

    final_action: str = "canceled"
    """What follows the last failed retry: canceled, unpaid, past_due or paused."""
    retry_days: list[int] = field(default_factory=lambda: [3, 5, 7])
    """Days from one failed attempt to the next."""
    default_billing_mode: str = "flexible"
    webhook_retries: str = "quick"
    """How failed deliveries are tried again: quick, or as Stripe in a sandbox or in live mode."""
    finalize_after: int = HOUR
    """Seconds that a renewal invoice stays a draft."""

    def asdict(self) -> Json:
        return asdict(self)


@dataclass
class Request:
    """The API request being answered; events record it."""

    id: str | None = None
    idempotency_key: str | None = None


class World:
    """Everything one simulated account knows. Hold `lock` around any use."""

    def __init__(self, *, seed: str | None = None) -> None:
        self.lock = threading.RLock()
        self.faults = Faults()
        self.base_url = "http://127.0.0.1"
        self.on_event: Any = lambda event: None
        self.request = Request()
        self.reset(seed=seed)

    def reset(self, *, seed: str | None = None) -> None:
        """Forget every object, the clock included."""
        self.platform = self.store = Store()
        self.connected: dict[str, Store] = {}
        """The objects of each connected account."""
        self.account: str | None = None
        """The connected account that is acted for; None is the platform itself."""
        self.clock = Clock()
        self.ids = Ids(seed or secrets.token_hex(8))
        self.settings = Settings()
        self.replays: dict[str, Json] = {}
        self.next_due: int | None = 0

    def open_account(self, id_: str) -> None:
        self.connected[id_] = Store()

    def close_account(self, id_: str) -> None:
        self.connected.pop(id_, None)

    @contextmanager
    def acting_for(self, account: str | None) -> Iterator[None]:
        """For the body, `store` is the one of *account* (None: the platform's). Hold the lock."""
        before = self.account, self.store
        self.account = account
        self.store = self.platform if account is None else self.connected[account]
        try:
            yield
        finally:
            self.account, self.store = before

    def accounts(self) -> list[str | None]:
        return [None, *self.connected]

    def account_of(self, id_: str) -> str | None:
        """The account that has an object with the id *id_*; None for the platform's, or nobody's."""
        for account, store in self.connected.items():
            if store.find_anything(id_):
                return account
        return None

    def endpoints(self) -> list[Json]:
        """The webhook endpoints that hear of the account that is acted for."""
        if self.account is None:
            rows = self.platform.all("webhook_endpoint")
            return [row for row in rows if not private(row).get("connect")]
        platform = self.platform.all("webhook_endpoint")
        connect = [row for row in platform if private(row).get("connect")]
        return connect + self.store.all("webhook_endpoint")

    def now(self, owner: Json | str | None = None) -> int:
        """Unix seconds on the clock of *owner*: a customer, or an object or id that belongs to one."""
        if self.clock.moment is not None:
            return self.clock.moment
        frozen = self.test_clock_of(owner)
        return frozen["frozen_time"] if frozen else self.clock.now()

    def test_clock_of(self, owner: Json | str | None) -> Json | None:
        if isinstance(owner, str):
            owner = self.store.find("customer", owner)
        if not owner:
            return None
        if owner["object"] != "customer":
            clock_id = owner.get("test_clock")
            if not clock_id and isinstance(owner.get("customer"), str):
                return self.test_clock_of(owner["customer"])
        else:
            clock_id = owner.get("test_clock")
        return self.store.find("test_helpers.test_clock", clock_id) if clock_id else None

    @contextmanager
    def answering(self, request: Request) -> Iterator[None]:
        """Events of the body carry *request*."""
        before, self.request = self.request, request
        try:
            yield
        finally:
            self.request = before

    def touched(self) -> None:
        """Something changed: the engine must look again for the next thing that is due."""
        self.next_due = 0

    def dump(self) -> Json:
        return {
            "seed": self.ids.seed,
            "counters": self.ids.counters,
            "offset": self.clock.offset,
            "settings": self.settings.asdict(),
            "store": self.platform.dump(),
            "connected": {id_: store.dump() for id_, store in self.connected.items()},
        }

    def load(self, data: Json) -> None:
        self.ids = Ids(data["seed"])
        self.ids.counters = data["counters"]
        self.clock = Clock(data["offset"])
        self.settings = Settings(**data["settings"])
        self.platform.load(data["store"])
        for id_, kept in data.get("connected", {}).items():
            self.open_account(id_)
            self.connected[id_].load(kept)
        self.touched()
