"""`python -m example_site simulator ...`: the parts of the demo that run as processes."""

from __future__ import annotations

import sys

from .stripe_simulator import main as simulator

COMMANDS = {"simulator": simulator}


def main(argv: list[str]) -> int:
    if not argv or argv[0] not in COMMANDS:
        print(f"usage: python -m example_site {{{','.join(COMMANDS)}}} ...", file=sys.stderr)
        return 2
    return COMMANDS[argv[0]](argv[1:])


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
