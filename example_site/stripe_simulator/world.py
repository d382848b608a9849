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
from .store import Json, Store

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
        self.store = Store()
        self.clock = Clock()
        self.ids = Ids(seed or secrets.token_hex(8))
        self.settings = Settings()
        self.replays: dict[str, Json] = {}
        self.next_due: int | None = 0

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
            "store": self.store.dump(),
        }

    def load(self, data: Json) -> None:
        self.ids = Ids(data["seed"])
        self.ids.counters = data["counters"]
        self.clock = Clock(data["offset"])
        self.settings = Settings(**data["settings"])
        self.store.load(data["store"])
        self.touched()
