"""The main job, walked over HTTP against a running demo: each step with its status code.

Nothing here looks into the database or imports the package: what a visitor with a browser cannot
see does not count.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..browser import Browser, BrowserError
from ..processes import ROOT, any_port, stop
from .steps import Failed, Journey

#: Seconds until a freshly started demo has to answer.
START_TIMEOUT = 240


def walk(url: str | None) -> int:
    """Walk the journey against the demo at ``url``, or against a fresh one. Returns the exit code."""
    began = time.monotonic()
    try:
        if url:
            Journey(url).run()
        else:
            with fresh_demo() as address:
                Journey(address).run()
    except (Failed, BrowserError, OSError) as error:
        print(f"FAILED: {error}", flush=True)
        return 1
    print(f"All of it holds, in {time.monotonic() - began:.0f} s.", flush=True)
    return 0


@contextmanager
def fresh_demo() -> Iterator[str]:
    """Start a demo with data of its own in a folder that is gone afterwards; yield its address."""
    with tempfile.TemporaryDirectory(prefix="long-tail-") as folder:
        port = any_port()
        command = ["-m", "example_site", "--data", folder, "--port", str(port)]
        process = subprocess.Popen(  # noqa: S603
            [sys.executable, *command], cwd=ROOT, text=True, stdin=subprocess.DEVNULL
        )
        try:
            address = f"http://127.0.0.1:{port}/"
            wait(process, address)
            yield address
        finally:
            stop(process)


def wait(process: "subprocess.Popen[str]", address: str) -> None:
    """Wait until the demo answers. Raises OSError when it ends or takes too long."""
    until = time.monotonic() + START_TIMEOUT
    while time.monotonic() < until:
        if process.poll() is not None:
            raise OSError(f"the demo ended with exit code {process.returncode}")
        try:
            if Browser().get(address).status == 200:
                return
        except OSError:
            time.sleep(0.3)
    raise OSError(f"the demo does not answer after {START_TIMEOUT} s")
