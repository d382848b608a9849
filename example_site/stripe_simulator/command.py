"""The simulator as a process."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from types import FrameType
from typing import Any

from .errors import StripeError
from .simulator import Simulator


def serve(*, host: str = "127.0.0.1", port: int = 0, **options: Any) -> Simulator:
    """Start a simulator in threads of this process; `stop()` it."""
    return Simulator(host=host, port=port, **options).start()


def parser(prog: str) -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog=prog,
        description="A stand-in for Stripe on loopback. No money moves; any sk_test_ key is accepted.",
    )
    result.add_argument("--host", default="127.0.0.1", help="a loopback address (default: %(default)s)")
    result.add_argument("--port", type=int, default=0, help="0 takes a free port (default)")
    result.add_argument("--state", metavar="FILE", help="keep objects and clock in FILE")
    result.add_argument("--seed", help="the same seed gives the same ids")
    result.add_argument(
        "--webhook", metavar="URL", action="append", default=[], help="deliver events to URL"
    )
    result.add_argument(
        "--webhook-secret",
        metavar="SECRET",
        action="append",
        default=[],
        help="sign them with SECRET (whsec_...); one for each --webhook",
    )
    result.add_argument("--verbose", action="store_true", help="log each request")
    return result


def main(argv: list[str] | None = None, *, prog: str = "python -m example_site simulator") -> int:
    """Serve until SIGTERM or SIGINT. The first line on standard output is the base URL."""
    options = parser(prog)
    given = options.parse_args(argv)
    if len(given.webhook_secret) > len(given.webhook):
        options.error("there are more --webhook-secret than --webhook")
    secrets: list[str | None] = [*given.webhook_secret]
    secrets += [None] * (len(given.webhook) - len(secrets))
    try:
        simulator = Simulator(
            host=given.host,
            port=given.port,
            seed=given.seed,
            state_file=given.state,
            webhooks=list(zip(given.webhook, secrets, strict=True)),
            verbose=given.verbose,
        ).start()
    except (OSError, ValueError, KeyError, StripeError) as error:
        print(f"{prog}: {error}", file=sys.stderr)
        return 2
    return run_until_signal(simulator)


def run_until_signal(simulator: Simulator) -> int:
    done = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:
        done.set()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    with simulator:
        print(simulator.base_url, flush=True)
        done.wait()
    return 0
