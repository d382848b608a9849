"""Starts the demo: simulator, database, data, site. One line for each step; nothing is left running."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from . import clock, data_dir, processes, seed, stripe_link
from .processes import ProcessError

SITE_PORT, SIMULATOR_PORT = 8000, 12111
PORTS = "ports.json"
STATE = "simulator.json"
LOCK = "demo.lock"

#: What a reset removes; nothing else in the folder is ours.
OURS = (
    "db.sqlite3",
    "db.sqlite3-wal",
    "db.sqlite3-shm",
    STATE,
    STATE + ".new",
    clock.FILE,
    seed.MARKER,
    stripe_link.FILE,
)


class CannotStart(Exception):  # noqa: N818
    """Something the person at the keyboard can do something about. The message says what."""


class Ending(threading.Event):
    """Set when the demo is to end; ``serving`` once there is something to end in order."""

    serving = False


def say(text: str) -> None:
    """Print one line at once."""
    print(text, flush=True)


def start(*, port: int, reset: bool, browser: bool) -> int:
    """Run the demo until Ctrl-C or SIGTERM. Returns 0; raises :class:`CannotStart`."""
    began = time.monotonic()
    done = Ending()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, frame: interrupted(done, number, frame))
    held = hold_site_port(port)
    site_port = held.getsockname()[1]
    with held, ready(reset=reset, site_port=site_port, done=done):
        from . import web

        with web.serving(held):
            url = f"http://127.0.0.1:{site_port}/"
            web.wait_until_it_answers(url)
            greet(url, time.monotonic() - began)
            if browser:
                webbrowser.open(url)
            done.wait()
            say("Stopping.")
    return 0


def interrupted(done: Ending, number: int, frame: FrameType | None) -> None:
    """End in order; while something is still being prepared, leave it at once."""
    if done.is_set() or not done.serving:
        raise SystemExit(130 if number == signal.SIGINT else 143)
    done.set()


def seed_only(*, reset: bool) -> int:
    """Create the data without serving anything. Returns 0; raises :class:`CannotStart`."""
    with ready(reset=reset, site_port=processes.any_port(), done=Ending()):
        say(f"The data is in {data_dir.data_dir()}")
    return 0


@contextmanager
def ready(*, reset: bool, site_port: int, done: Ending) -> Iterator[None]:
    """Have the simulator running and the database filled while the body runs."""
    folder = data_dir.data_dir()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        try:
            stack.enter_context(locked(folder))
            if reset or not seed.is_done():
                clear(folder)
            base_url = stack.enter_context(simulator(folder))
            os.environ["WAGTAIL_LICENSING_DEMO_URL"] = f"http://127.0.0.1:{site_port}"
            from . import database

            database.prepare(say, base_url=base_url, webhook_url=webhook_url(site_port))
        except ProcessError as error:
            raise CannotStart(str(error)) from error
        done.serving = True
        yield


def webhook_url(site_port: int) -> str:
    """Return where Stripe delivers to."""
    return f"http://127.0.0.1:{site_port}/licensing/stripe/default/"


@contextmanager
def simulator(folder: Path) -> Iterator[str]:
    """Run the Stripe simulator beside this process; yield its address."""
    state = folder / STATE
    if not state.exists():
        # Its clock only goes forward, so a new world begins where the seed's story does.
        write_first_state(state)
    wished = int(data_dir.read_json(PORTS).get("simulator", SIMULATOR_PORT))
    with processes.simulator(state, wished) as base_url:
        say(f"Stripe simulator: {base_url} (no money moves)")
        remember_port("simulator", int(base_url.rsplit(":", 1)[1]))
        secrets = data_dir.read_json(stripe_link.FILE).get("webhook_secrets", [])
        stripe_link.remember(base_url=base_url, webhook_secrets=secrets)
        yield base_url


def remember_port(name: str, port: int) -> None:
    """Keep a port for the next start: webhooks still on their way then find the site again."""
    data_dir.write_json(PORTS, {**data_dir.read_json(PORTS), name: port})


def write_first_state(state: Path) -> None:
    """Write an empty world whose clock is the past."""
    from .seed.timeline_length import DAYS

    offset = -DAYS * 86400
    world = {
        "seed": "the-long-tail",
        "counters": {},
        "offset": offset,
        "settings": {},
        "store": {"kinds": {}, "tombstones": {}},
    }
    state.write_text(json.dumps(world), encoding="utf-8")
    clock.set_offset(offset)


def hold_site_port(wished: int) -> socket.socket:
    """Hold the port for the site: exactly the one asked for, otherwise a free one, and say which."""
    if wished:
        try:
            return processes.hold_port(wished)
        except (OSError, OverflowError):
            raise CannotStart(
                f"port {wished} is taken or no port; leave out --port to take a free one"
            ) from None
    usual = int(data_dir.read_json(PORTS).get("site", SITE_PORT))
    held = processes.hold_free_port(usual)
    port = held.getsockname()[1]
    if port != usual:
        say(f"Port {usual} is taken; using {port}.")
    remember_port("site", port)
    return held


def clear(folder: Path) -> None:
    """Remove the demo's own files from its folder."""
    for name in OURS:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "private-media", ignore_errors=True)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder for this process alone; a second demo on the same data would mix the two up."""
    with (folder / LOCK).open("a+") as file:
        try:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:  # not on this operating system
            pass
        except OSError:
            raise CannotStart(f"another demo uses {folder}; stop it, or choose --data DIR") from None
        yield


def greet(url: str, seconds: float) -> None:
    """Print where to go and who can sign in."""
    from .seed.people import PASSWORD

    say(f"Ready after {seconds:.1f} s.")
    say("")
    say(f"    {url}")
    say("")
    say(f"    editor   edith   password {PASSWORD}   {url}admin/")
    say(f"    owner    olivia  password {PASSWORD}   {url}admin/")
    say(f"    member   mia     password {PASSWORD}   {url}sign-in/")
    say("")
    say("Ctrl-C stops everything.")
    sys.stdout.flush()
