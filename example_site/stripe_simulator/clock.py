"""The simulator's clock: real time plus an offset that only grows."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Clock:
    """Unix seconds. While the billing engine replays the past, `now()` is the moment it replays."""

    def __init__(self, offset: int = 0) -> None:
        self.offset = offset
        self.moment: int | None = None

    def now(self) -> int:
        return self.moment if self.moment is not None else int(time.time()) + self.offset

    @contextmanager
    def at(self, moment: int) -> Iterator[None]:
        """Make *moment* the present for the body."""
        before, self.moment = self.moment, moment
        try:
            yield
        finally:
            self.moment = before
