"""Let a process do something and die in the middle of it, as by a power cut.

The process is a fork of this one, with database connections of its own. Where it dies is a place in
the code, named from here: the package itself has no fail points.
"""

import importlib
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db import connections

from wagtail_licensing.billing import client as line

#: Connections of the parent that a child must neither use nor close.
_kept: list[Any] = []


@dataclass(frozen=True)
class Point:
    """A call of ``name`` in ``module``, before or after which the process dies."""

    module: str
    name: str
    after: bool = True
    call: int = 1

    def __str__(self) -> str:
        when = "after" if self.after else "before"
        return f"{when} {self.module.rpartition('.')[2]}.{self.name}"

    def arm(self) -> None:
        """Make the call deadly, in this process."""
        module = importlib.import_module(f"wagtail_licensing.{self.module}")
        real, calls = getattr(module, self.name), []

        @wraps(real)
        def deadly(*args: Any, **kwargs: Any) -> Any:
            calls.append(1)
            if not self.after and len(calls) == self.call:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*args, **kwargs)
            if self.after and len(calls) == self.call:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(module, self.name, deadly)


def die_at(point: Point, work: Callable[[], Any]) -> None:
    """Do ``work`` in another process that dies at ``point``. Fails if it came through alive."""
    pid = os.fork()
    if pid == 0:
        _be_the_victim(point, work)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status), f"it came through: {point} was not on its way"
    assert os.WTERMSIG(status) == signal.SIGKILL


def _be_the_victim(point: Point, work: Callable[[], Any]) -> None:
    try:
        for connection in connections.all():
            # Not closed: that would say goodbye on the line of the parent.
            _kept.append(connection.connection)
            connection.connection = None
        line.close()
        point.arm()
        work()
    except BaseException:  # noqa: BLE001 - whatever it was, this process must not go on as a test
        traceback.print_exc()
        os._exit(2)
    os._exit(1)
