"""Read the history of licenses and say where it does not hold together: no line may be missing,
changed or added by hand. PostgreSQL refuses such changes by itself; this looks, on any database."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..models import License, LicenseEvent

#: Facts that both a line of history and the license itself hold, by their name on the license.
_COMPARED = {
    "product": "product_id",
    "policy": "policy_id",
    "state": "state",
    "unheld_state": "unheld_state",
    "pending_reason": "pending_reason",
    "renews": "renews",
    "is_trial": "is_trial",
    "seats": "seats_total",
    "flag": "flag",
}


@dataclass(frozen=True, slots=True)
class Break:
    """A place at which the history of a license does not hold together."""

    license_id: int
    event_id: int | None
    what: str


def breaks() -> Iterator[Break]:
    """Yield every break, by license. Memory stays flat: two queries, read as a stream.

    Each line has to begin where the line before it ended, the first one at nothing, and the license
    has to be what its last line says.
    """
    licenses = License.objects.order_by("pk").values("pk", *_COMPARED.values()).iterator(chunk_size=2000)
    events = LicenseEvent.objects.order_by("license_id", "pk")
    lines = events.values_list("pk", "license_id", "before", "after").iterator(chunk_size=2000)
    line = next(lines, None)
    for license in licenses:
        last: dict[str, Any] | None = None
        while line is not None and line[1] == license["pk"]:
            event_id, _license_id, before, after = line
            if not _follows(last, before):
                yield Break(license["pk"], event_id, "does not begin where the line before it ended")
            last, line = after, next(lines, None)
        if last is None:
            yield Break(license["pk"], None, "has no history")
        elif any(name in last and last[name] != license[field] for name, field in _COMPARED.items()):
            yield Break(license["pk"], None, "is not what its last line says")


def _follows(last: dict[str, Any] | None, before: dict[str, Any]) -> bool:
    if last is None or not before:
        return last is None and not before
    return all(last.get(name) == value for name, value in before.items())
