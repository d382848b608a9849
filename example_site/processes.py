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

#: Seconds within which the simulator has to say where it is.
FIRST_LINE = 30


class ProcessError(Exception):
    """A process of the demo did not start. The message is for people."""


def hold_port(port: int) -> socket.socket:
    """Return a socket that listens on ``port`` of this machine; connections wait until it is served.

    Held from here on, so that nobody else takes the port meanwhile. Raises OSError when it is taken.
    """
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", port))
        held.listen(64)
    except (OSError, OverflowError):
        held.close()
        raise
    return held


def is_free(port: int) -> bool:
    """Tell whether a server could listen on a port of this machine at this moment."""
    try:
        hold_port(port).close()
    except OSError:
        return False
    return True


def hold_free_port(wished: int, *, tries: int = 100) -> socket.socket:
    """Hold ``wished`` or the next port that is free. Raises :class:`ProcessError`."""
    for port in range(wished, min(wished + tries, 65536)):
        try:
            return hold_port(port)
        except OSError:
            continue
    raise ProcessError(f"no port from {wished} to {wished + tries} is free")


def any_port() -> int:
    """Return a port that is free at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def simulator(state: Path, wished: int, *, tries: int = 20) -> Iterator[str]:
    """Run the Stripe simulator beside this process, on ``wished`` or a port after it; yield its address.

    Its standard input is a pipe that closes with this process, so that it ends even when this
    process is killed. Raises :class:`ProcessError` when it does not start.
    """
    for port in range(wished, wished + tries):
        if not is_free(port):
            continue
        process = start_simulator(state, port)
        try:
            address = read_line(process, FIRST_LINE)
            if address:
                yield address
                return
        finally:
            stop(process)
        # Somebody else took the port in between: the next one.
    raise ProcessError(f"the Stripe simulator does not start on a port from {wished}")


def start_simulator(state: Path, port: int) -> subprocess.Popen[str]:
    """Start the simulator as a process of its own."""
    command = ["-m", "example_site", "simulator", "--tied", "--port", str(port), "--state", str(state)]
    return subprocess.Popen(  # noqa: S603
        [sys.executable, *command],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # Not in the terminal's group: Ctrl-C is for this process, which then ends the child in order.
        start_new_session=True,
    )


def read_line(process: subprocess.Popen[str], seconds: float) -> str:
    """Return the first line that a process prints, empty if it ends or says nothing for so long."""
    lines: list[str] = []
    output = process.stdout
    if output is None:
        return ""
    reader = threading.Thread(target=lambda: lines.append(output.readline().strip()), daemon=True)
    reader.start()
    reader.join(seconds)
    return lines[0] if lines else ""


def stop(process: subprocess.Popen[str]) -> None:
    """End a child in order, and by force after ten seconds."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


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
