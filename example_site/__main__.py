"""``python -m example_site``: the whole demo with one command. See ``--help``."""

import argparse
import os
import sys
from pathlib import Path

from . import data_dir


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line; without a command it starts the demo."""
    # Without defaults: those of a command would undo what was said before its name.
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    shared.add_argument("--data", type=Path, help="where the demo keeps its data (default: .demo)")
    shared.add_argument("--reset", action="store_true", help="throw the demo's data away first")
    result = argparse.ArgumentParser(
        prog="python -m example_site",
        description="A site with Wagtail, licenses and a simulated Stripe. No account, no money.",
        epilog="Without a command it starts the demo.",
        parents=[shared],
    )
    result.add_argument(
        "--port", type=int, default=0, help="of the site (default: a free one from 8000)"
    )
    result.add_argument("--browser", action="store_true", help="open the site in a browser")
    result.add_argument("--no-browser", action="store_false", dest="browser", help="do not (default)")
    commands = result.add_subparsers(dest="command", metavar="")
    commands.add_parser("seed", parents=[shared], help="create the data and end")
    journey = commands.add_parser("journey", help="walk the main job over HTTP, exit 0 if all holds")
    journey.add_argument("--url", help="of a running demo; without it a fresh one is started")
    commands.add_parser("simulator", help="the Stripe simulator alone", add_help=False)
    return result


def main(argv: list[str] | None = None) -> int:
    """Run a command. Returns the exit code."""
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["simulator"]:
        return simulator(argv[1:])
    given = parser().parse_args(argv)
    if getattr(given, "data", None):
        os.environ[data_dir.VARIABLE] = str(given.data.resolve())
    if given.command == "journey":
        from .journey import walk

        return walk(given.url)
    from . import start

    reset = getattr(given, "reset", False)
    try:
        if given.command == "seed":
            return start.seed_only(reset=reset)
        return start.start(port=given.port, reset=reset, browser=given.browser)
    except start.CannotStart as error:
        print(f"The demo cannot start: {error}", file=sys.stderr)
        return 1


def simulator(argv: list[str]) -> int:
    """Run the Stripe simulator; with ``--tied`` it ends when its standard input is closed."""
    if "--tied" in argv:
        argv = [each for each in argv if each != "--tied"]
        from .processes import end_with_standard_input

        end_with_standard_input()
    from .stripe_simulator import main as serve

    return serve(argv)


if __name__ == "__main__":
    raise SystemExit(main())
