"""A bar that says how far a command is: on a terminal only, and never in what it prints."""

import sys
import time
from collections.abc import Sequence
from typing import Any, TextIO

from .. import tasks

#: Characters of the bar, and seconds between two looks at it.
WIDTH = 30
PAUSE = 0.1


class ProgressBar:
    """Draws ``[#####-----] 120 of about 300``, over and over in one line of standard error."""

    def __init__(self, what: str, *, stream: TextIO | None = None) -> None:
        self._what = what
        self._stream = stream or sys.stderr
        self._drawn_at: float | None = None
        self._length = 0

    def __call__(self, done: int, total: int) -> None:
        """Show that ``done`` of ``total`` are done."""
        now = time.monotonic()
        if self._drawn_at is not None and now - self._drawn_at < PAUSE and done < total:
            return
        self._drawn_at = now
        filled = WIDTH if total <= 0 else min(WIDTH, WIDTH * done // total)
        self._draw(f"[{'#' * filled}{'-' * (WIDTH - filled)}] {done} of about {total} {self._what}")

    def close(self) -> None:
        """Leave the line, if anything was drawn."""
        if self._length:
            self._stream.write("\n")
            self._stream.flush()
            self._length = 0

    def _draw(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._length))
        self._stream.flush()
        self._length = len(text)


class NoProgress(ProgressBar):
    """The same where nobody looks: a pipe, cron, ``--verbosity 0``."""

    def _draw(self, text: str) -> None:
        pass


def ring_all(target_ids: Sequence[int], what: str, options: dict[str, Any]) -> None:
    """Have targets read, and show how far that is."""
    bar = progress_bar(what, options)
    tasks.ring_for_all(target_ids, progress=bar)
    bar.close()


def progress_bar(what: str, options: dict[str, Any]) -> ProgressBar:
    """Return the bar of a command with its ``options``: drawn on a terminal, else not."""
    if options.get("verbosity", 1) and sys.stderr.isatty():
        return ProgressBar(what)
    return NoProgress(what)
