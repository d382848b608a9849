"""Ports and child processes: found, started, waited for, and never left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class ProcessError(Exception):
    """A process of the demo did not start. The message is for people."""


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a port of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(wished: int, *, tries: int = 100) -> int:
    """Return ``wished`` or the next port that is free. Raises :class:`ProcessError`."""
    for port in range(wished, min(wished + tries, 65536)):
        if is_free(port):
            return port
    raise ProcessError(f"no port from {wished} to {wished + tries} is free")


def any_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def child(*arguments: str, first_line: float = 30) -> Iterator[str]:
    """Run ``python -m example_site`` with ``arguments`` beside this process; yield its first line.

    The child's standard input is a pipe that closes with this process, so that it ends even when
    this process is killed. Raises :class:`ProcessError` when no line comes within ``first_line`` s.
    """
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "example_site", *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Not in the terminal's group: Ctrl-C is for this process, which then ends the child in order.
        start_new_session=True,
    )
    try:
        yield read_line(process, first_line)
    finally:
        stop(process)


def read_line(process: subprocess.Popen[str], seconds: float) -> str:
    lines: list[str] = []
    output = process.stdout
    if output is None:
        raise ProcessError("no output to read")
    reader = threading.Thread(target=lambda: lines.append(output.readline().strip()), daemon=True)
    reader.start()
    reader.join(seconds)
    if not lines or not lines[0]:
        raise ProcessError(f"the Stripe simulator did not start (exit code {process.poll()})")
    # Whatever it says later must not fill the pipe and stop it.
    threading.Thread(target=output.read, daemon=True).start()
    return lines[0]


def stop(process: subprocess.Popen[str]) -> None:
    """End a child in order, and by force after ten seconds."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    if process.stdin:
        process.stdin.close()


def end_with_standard_input() -> None:
    """Let this process end when whoever started it closes the pipe, or dies."""

    def watch() -> None:
        # Unbuffered: a buffered read would hold a lock that the interpreter needs at its end.
        while os.read(0, 1024):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


def wait_for(question: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait until ``question()`` is true. Raises :class:`ProcessError` naming ``what``."""
    until = time.monotonic() + seconds
    while not question():
        if time.monotonic() > until:
            raise ProcessError(f"{what} does not answer after {seconds:.0f} s")
        time.sleep(0.05)
