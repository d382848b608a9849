"""dj-stripe's webhook view, in a process and an environment of its own, to be measured beside ours."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection

from wagtail_licensing.billing.client import API_VERSION

#: The Python of an environment that has dj-stripe; `make bench` makes one if it can.
PYTHON = os.environ.get("WAGTAIL_LICENSING_BENCH_DJSTRIPE", "")


class DjStripe:
    """The view of a running site."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert self._line() == "ready\n"
        self.statements = 0

    def post(self, events: list[dict[str, Any]]) -> float:
        """Post events one after the other, and one more; return the seconds that each of them took."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(events) + "\n")
        self.process.stdin.flush()
        took, self.statements = json.loads(self._line())
        return took / (len(events) - 1)

    def _line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()


@contextmanager
def dj_stripe(api_base: str) -> Iterator[DjStripe]:
    """A site with dj-stripe on a database of the same kind as ours, and Stripe at ``api_base``."""
    script = Path(__file__).with_name("djstripe_site.py")
    command = [PYTHON, str(script), api_base, API_VERSION, json.dumps(_database())]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield DjStripe(process)
        finally:
            process.communicate("")


def _database() -> dict[str, Any]:
    if connection.vendor != "postgresql":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    ours = connection.settings_dict
    names = ("ENGINE", "HOST", "PORT", "USER", "PASSWORD")
    return {name: ours[name] for name in names} | {
        "NAME": "postgres",
        "TEST": {"NAME": f"{ours['NAME']}_djstripe"},
    }
