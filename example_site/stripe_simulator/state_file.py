"""Keeps the state in a file: written beside it and renamed, so a crash leaves the last whole one."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from .world import World

PAUSE = 0.25
"""Seconds between a change and the write that covers it and its neighbours."""


class Saver:
    def __init__(self, world: World, path: Path) -> None:
        self.world = world
        self.path = path
        self.dirty = threading.Event()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run, name="stripe-state", daemon=True)

    def load(self) -> None:
        """Continue where the file ends. A file that cannot be read is an error, not a fresh start."""
        if self.path.exists():
            self.world.load(json.loads(self.path.read_text(encoding="utf-8")))

    def start(self) -> None:
        self.thread.start()

    def soon(self) -> None:
        self.dirty.set()

    def run(self) -> None:
        while not self.stopped.is_set():
            self.dirty.wait()
            self.stopped.wait(PAUSE)
            self.dirty.clear()
            self.save()

    def stop(self) -> None:
        self.stopped.set()
        self.dirty.set()
        self.thread.join(5)
        self.save()

    def save(self) -> None:
        with self.world.lock:
            text = json.dumps(self.world.dump())
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(self.path.name + ".new")
        with beside.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self.path)
