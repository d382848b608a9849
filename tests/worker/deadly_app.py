"""The application of a worker that dies where a file says, once: by SIGKILL, as in a power cut.

The file holds a place, such as ``billing.lease.take``; it is gone before the worker is.
"""

import importlib
import os
import signal
from functools import wraps
from pathlib import Path
from typing import Any

from celery.signals import worker_process_init

from tests.celery_app import app

__all__ = ["app"]

#: Where a worker may die: after the call has returned.
PLACES = (
    "billing.lease.take",
    "billing.apply._fetch",
    "billing.lease.confirm",
    "billing.apply.write_subscription",
    "billing.lease.finish",
    "billing.apply._write",
)


def watch(place: str) -> None:
    """Let the process die after the function at ``place``, if the file says so."""
    module_name, _, name = f"wagtail_licensing.{place}".rpartition(".")
    module = importlib.import_module(module_name)
    real, order = getattr(module, name), Path(os.environ["LICENSING_DIE_AT"])

    @wraps(real)
    def watched(*args: Any, **kwargs: Any) -> Any:
        result = real(*args, **kwargs)
        if order.exists() and order.read_text() == place:
            order.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(module, name, watched)


@worker_process_init.connect
def watch_all(**kwargs: Any) -> None:
    """Watch every place in each process that does the work, also in one that replaces a dead one."""
    for place in PLACES:
        watch(place)
