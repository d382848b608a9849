"""Look for gated content outside of its gates."""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...scanner import CannotScanError, scan_for_leaks

#: Exit codes: nothing leaked, something did, the scan could not run.
CLEAN, LEAKS, NO_SCAN = 0, 1, 2


class Command(BaseCommand):
    """``licensing_scan [--no-plant] [--all] [--json] [--fail-on-unscanned]``."""

    help = "Asks the site for its gated content as people without access. Leaves nothing behind."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the arguments."""
        parser.add_argument("--no-plant", action="store_true", help="write nothing; ask as a stranger")
        parser.add_argument("--allow-plant", action="store_true", help="plant although DEBUG is off")
        parser.add_argument("--pages", type=int, default=2, help="pages of each type behind every gate")
        parser.add_argument("--all", action="store_true", help="every gated and every open page")
        parser.add_argument(
            "--no-admin", action="store_true", help="leave the addresses of the admin out"
        )
        parser.add_argument("--max-requests", type=int, default=10_000)
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument(
            "--fail-on-unscanned", action="store_true", help="exit with 1 for what was not scanned too"
        )
        parser.add_argument(
            "--accept",
            action="append",
            default=[],
            metavar="WHAT",
            help="leave what starts so out of what was not scanned; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Scan, print, and leave with 0 for clean, 1 for leaks, 2 where no scan was possible."""
        everything = options["all"]
        try:
            report = scan_for_leaks(
                plant=not options["no_plant"],
                allow_plant=options["allow_plant"],
                pages_per_type=None if everything else options["pages"],
                open_pages_per_type=None if everything else 10,
                admin=not options["no_admin"],
                max_requests=options["max_requests"],
                accept=options["accept"],
                progress=self._progress if options["verbosity"] and sys.stderr.isatty() else None,
            )
        except CannotScanError as error:
            raise CommandError(str(error), returncode=NO_SCAN) from None
        except Exception as error:
            raise CommandError(
                f"The scan broke off ({type(error).__name__}); nothing of it is left.",
                returncode=NO_SCAN,
            ) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.as_json(), indent=2))
        else:
            self.stdout.write(report.as_text())
        sys.stdout.flush()
        if report.leaks or (options["fail_on_unscanned"] and report.unscanned):
            sys.exit(LEAKS)

    def _progress(self, requests: int) -> None:
        if requests % 50 == 0:
            self.stderr.write(f"\r{requests} requests", ending="")
