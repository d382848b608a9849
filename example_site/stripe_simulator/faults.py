"""Fault switches: what goes wrong with API calls and with webhook deliveries, and how often."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

Json = dict[str, Any]

API_KINDS = {"status", "hang", "reset", "html"}
ORDERS = {"reversed", "shuffled"}


@dataclass
class ApiFault:
    """One rule for the next *count* API calls that match *method* and *path* (a shell pattern)."""

    kind: str = "status"
    status: int = 500
    count: int = 1
    seconds: float = 0
    path: str = "/v1/*"
    method: str = "*"
    after: bool = False
    """Do the work first and break the answer only: the caller cannot know that it succeeded."""
    code: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in API_KINDS:
            raise ValueError(f"kind must be one of {', '.join(sorted(API_KINDS))}")
        if not 400 <= self.status <= 599:
            raise ValueError("status must be between 400 and 599")
        if not 0 <= self.seconds <= 600:
            raise ValueError("seconds must be between 0 and 600")

    def matches(self, method: str, path: str) -> bool:
        return self.count > 0 and self.method in {"*", method} and fnmatchcase(path, self.path)


@dataclass
class WebhookFaults:
    duplicate: int = 0
    """Extra deliveries of each event."""
    delay_seconds: float = 0
    drop: bool | int = False
    """True: lose every delivery; a number: lose the next so many."""
    drop_types: list[str] = field(default_factory=list)
    hold: bool = False
    """Keep deliveries until `flush`."""
    reorder: str | None = None
    """Hold, and deliver in `reversed` or `shuffled` order at `flush`."""

    def __post_init__(self) -> None:
        if self.reorder is not None and self.reorder not in ORDERS:
            raise ValueError(f"reorder must be one of {', '.join(sorted(ORDERS))}, or null")
        if not 0 <= self.duplicate <= 100:
            raise ValueError("duplicate must be between 0 and 100")
        if not 0 <= self.delay_seconds <= 3600:
            raise ValueError("delay_seconds must be between 0 and 3600")

    @property
    def holds(self) -> bool:
        return self.hold or self.reorder is not None

    def loses(self, event_type: str) -> bool:
        """Whether this delivery is lost. Counts down a numbered `drop`."""
        if any(fnmatchcase(event_type, pattern) for pattern in self.drop_types):
            return True
        if self.drop is True:
            return True
        if self.drop:
            self.drop -= 1
            return True
        return False


class Faults:
    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.api: list[ApiFault] = []
        self.webhooks = WebhookFaults()

    def set(self, data: Json) -> None:
        """Replace what *data* names: `api` (a list of rules) and single `webhooks` switches.

        Raises ValueError or TypeError, with nothing changed, when a value is out of range.
        """
        unknown = set(data) - {"api", "webhooks"}
        if unknown:
            raise ValueError(f"unknown switch: {', '.join(sorted(unknown))}")
        api = [ApiFault(**rule) for rule in data["api"]] if "api" in data else self.api
        switches = data.get("webhooks") or {}
        known = {each.name for each in fields(WebhookFaults)}
        if set(switches) - known:
            raise ValueError(f"unknown switch: {', '.join(sorted(set(switches) - known))}")
        webhooks = WebhookFaults(**{**asdict(self.webhooks), **switches})
        self.api, self.webhooks = api, webhooks

    def take_api(self, method: str, path: str) -> ApiFault | None:
        """The rule that hits this call, counted down; None in good weather."""
        for rule in self.api:
            if rule.matches(method, path):
                rule.count -= 1
                self.api = [each for each in self.api if each.count > 0]
                return rule
        return None

    def asdict(self) -> Json:
        return {"api": [asdict(rule) for rule in self.api], "webhooks": asdict(self.webhooks)}
