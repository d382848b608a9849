"""Leave the floor under hidden gates aside, where decisions of ours take its place."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Here(threading.local):
    """What this thread is doing."""

    def __init__(self) -> None:
        self.ignoring = False


_here = _Here()


@contextmanager
def floor_ignored() -> Iterator[None]:
    """Let ``.public()`` leave our restrictions aside inside the block, where what it finds is narrowed
    by our own decisions instead, so that members find what they open."""
    before, _here.ignoring = _here.ignoring, True
    try:
        yield
    finally:
        _here.ignoring = before


def ignores_floor() -> bool:
    """Tell whether this thread is inside such a block."""
    return _here.ignoring
