"""The objects of one simulated Stripe account, in memory, in the order of their creation."""

from __future__ import annotations

from typing import Any

from .errors import no_such

Json = dict[str, Any]

PRIVATE = "_sim"
"""Key under which an object keeps what Stripe would keep for itself; it never leaves the simulator."""


class Store:
    """Objects by kind (their `object` field) and id. Deleted objects leave a tombstone."""

    def __init__(self) -> None:
        self.kinds: dict[str, dict[str, Json]] = {}
        self.tombstones: dict[str, Json] = {}
        self.timers: list[Json] = []
        """What the engine has to do later: `{"at", "do", "kind", "id"}`."""

    def add(self, obj: Json) -> Json:
        self.kinds.setdefault(obj["object"], {})[obj["id"]] = obj
        return obj

    def find(self, kind: str, id_: str) -> Json | None:
        return self.kinds.get(kind, {}).get(id_)

    def get(self, kind: str, id_: str, *, param: str = "id") -> Json:
        """The live object, or Stripe's `resource_missing` error naming *param*."""
        obj = self.find(kind, id_)
        if obj is None:
            raise no_such(kind, id_, param=param)
        return obj

    def find_anything(self, id_: str) -> Json | None:
        for objects in self.kinds.values():
            if id_ in objects:
                return objects[id_]
        return self.tombstones.get(id_)

    def all(self, kind: str) -> list[Json]:
        """Oldest first."""
        return list(self.kinds.get(kind, {}).values())

    def remove(self, obj: Json) -> Json:
        """Delete *obj* and return what Stripe answers for a deleted object."""
        del self.kinds[obj["object"]][obj["id"]]
        tombstone = {"id": obj["id"], "object": obj["object"], "deleted": True}
        self.tombstones[obj["id"]] = tombstone
        return tombstone

    def later(self, at: int, do: str, obj: Json) -> None:
        """Let the engine do *do* (see `billing/timers.py`) to *obj* at the moment *at*."""
        self.timers.append({"at": at, "do": do, "kind": obj["object"], "id": obj["id"]})

    def dump(self) -> Json:
        return {"kinds": self.kinds, "tombstones": self.tombstones, "timers": self.timers}

    def load(self, data: Json) -> None:
        self.kinds = data["kinds"]
        self.tombstones = data["tombstones"]
        self.timers = data.get("timers", [])


def private(obj: Json) -> Json:
    """The private notes of the simulator about *obj*."""
    notes: Json = obj.setdefault(PRIVATE, {})
    return notes
