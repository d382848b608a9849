"""Which gate index is current: one per process, checked against the stamp of the gates.

A process trusts its index for ``WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE``, then reads the stamp. A change
made in this process holds at once: inside its transaction through a private index, for everybody
else from the commit on. What is rolled back leaves nothing behind.
"""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections, router

from ..conf import conf
from ..models import Gate, GateStamp
from ..models.gates import on_stamp_raised
from .index import GateIndex, load_index


@dataclass(frozen=True, slots=True)
class Loaded:
    """An index, the version of the gates it was read at, and when that was last confirmed."""

    index: GateIndex
    version: int
    checked_at: float

    def is_young(self) -> bool:
        """Tell whether the index may be trusted without asking."""
        age = time.monotonic() - self.checked_at
        return age < conf.gate_index_max_age.total_seconds()


class _Shared:
    """The index of the process."""

    def __init__(self) -> None:
        self.loaded: Loaded | None = None
        self.generation = 0
        self.lock = threading.Lock()

    def forget(self) -> None:
        """Have the next reader load anew."""
        with self.lock:
            self.generation += 1
            self.loaded = None

    def keep(self, loaded: Loaded, generation: int) -> None:
        """Keep what was loaded, unless a change was committed meanwhile."""
        with self.lock:
            if generation == self.generation:
                self.loaded = loaded


class _Private(threading.local):
    """The index of a transaction that has changed gates and is not committed yet."""

    def __init__(self) -> None:
        self.markers: list[tuple[frozenset[str], Callable[[], None]]] = []
        self.loaded: Loaded | None = None


_shared = _Shared()
_private = _Private()


def current() -> Loaded:
    """Return the current index. No query while it is young; one to confirm it, more to load it."""
    if _in_changed_transaction():
        _private.loaded = _confirmed(_private.loaded)
        return _private.loaded
    generation, loaded = _shared.generation, _shared.loaded
    if loaded is not None and loaded.is_young():
        return loaded
    loaded = _confirmed(loaded)
    _shared.keep(loaded, generation)
    return loaded


def reloaded() -> Loaded:
    """Return an index read just now; for a reader who has seen another version of the stamp."""
    forget()
    return current()


def forget() -> None:
    """Forget what is known of the gates in this process. Nothing is lost: it is read again."""
    _private.loaded = None
    _shared.forget()


def watch() -> None:
    """Follow the changes that this process makes; called once, when the application is ready."""
    on_stamp_raised(_stamp_raised)


def _confirmed(loaded: Loaded | None) -> Loaded:
    if loaded is not None and loaded.is_young():
        return loaded
    checked_at = time.monotonic()
    version = stored_version()
    if loaded is not None and loaded.version == version:
        return Loaded(loaded.index, version, checked_at)
    # The stamp is read before the gates: what is read later is at least as new.
    return Loaded(load_index(), version, checked_at)


def stored_version() -> int:
    """Return the version of the gates; 0 while there has never been one. One query, two for 0.

    Gates without any stamp were written behind our back, by a fixture for example: they have
    another version at every look, so that no index of them is trusted for long.
    """
    version = GateStamp.objects.filter(pk=1).values_list("version", flat=True).first()
    if version is not None:
        return int(version)
    return secrets.randbits(62) if Gate.objects.exists() else 0


def _stamp_raised() -> None:
    connection = _connection()
    _private.loaded = None
    if not connection.in_atomic_block:
        _shared.forget()
        return

    savepoints = frozenset(connection.savepoint_ids)
    if _in_changed_transaction() and _private.markers[-1][0] == savepoints:
        return  # the marker of the change before shares the fate of this one

    def committed() -> None:
        _shared.forget()

    connection.on_commit(committed)
    _private.markers.append((savepoints, committed))


def _in_changed_transaction() -> bool:
    """Tell whether this thread's transaction has changed gates.

    Django drops what waits for the commit when a transaction or a savepoint is rolled back, so
    that a marker which is gone says that the change behind it is over, either way.
    """
    if not _private.markers:
        return False
    waiting = {entry[1] for entry in _connection().run_on_commit}
    alive = [marker for marker in _private.markers if marker[1] in waiting]
    if len(alive) != len(_private.markers):
        _private.markers = alive
        forget()
    return bool(alive)


def _connection() -> Any:
    return connections[router.db_for_write(GateStamp)]
