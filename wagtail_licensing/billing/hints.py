"""What an event says, in either of Stripe's two shapes: which object may have changed.

A snapshot (``"object": "event"``) carries the object as it was; a thin event
(``"object": "v2.core.event"``) only names it. Both come to the same: a kind and an id.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .targets import related_target, target_of

Json = dict[str, Any]

SNAPSHOT = "event"
THIN = "v2.core.event"

#: The first second, as Unix time, that no date of Stripe's lies after.
END_OF_TIME = 32503680000


@dataclass(frozen=True, slots=True)
class Hint:
    """An event without its content.

    ``kind`` and ``object_id`` are empty when it concerns nothing here; ``is_foreign`` when it is about
    a connected account; ``object_created`` is None where the object itself is not in the event.
    """

    id: str
    type: str
    livemode: bool
    created: datetime
    is_foreign: bool
    kind: str
    object_id: str
    object_created: datetime | None = None


def hint_in(event: Json) -> Hint:
    """Return what a checked event says. Raises ``KeyError`` and ``ValueError`` for any other."""
    is_thin = event["object"] == THIN
    if is_thin:
        found = related_target(event["type"], event.get("related_object"))
    else:
        found = target_of(event["type"], event["data"]["object"])
    kind, object_id = found or ("", "")
    return Hint(
        id=event["id"],
        type=event["type"],
        livemode=event["livemode"],
        created=created_at(event),
        is_foreign=bool(event.get("context" if is_thin else "account")),
        kind=kind,
        object_id=object_id,
        object_created=None if is_thin else creation_of(event["data"]["object"], object_id),
    )


def creation_of(obj: Json, object_id: str) -> datetime | None:
    """Return when an object was created, if it is the one of that id and says so."""
    created = obj.get("created")
    if obj.get("id") != object_id or type(created) is not int or not 0 < created < END_OF_TIME:
        return None
    return datetime.fromtimestamp(created, UTC)


def created_at(event: Json) -> datetime:
    """Return the instant of an event: seconds in a snapshot, text in a thin one.

    Raises ``ValueError`` for what is none, or lies outside of the years 1970 to 2999.
    """
    created = event.get("created")
    if event.get("object") == THIN:
        instant = datetime.fromisoformat(created) if isinstance(created, str) else None
        if instant is None or instant.tzinfo is None:
            raise ValueError("created is no instant")
        created = int(instant.timestamp())
    if type(created) is not int or not 0 < created < END_OF_TIME:
        raise ValueError("created is no instant")
    return datetime.fromtimestamp(created, UTC)
