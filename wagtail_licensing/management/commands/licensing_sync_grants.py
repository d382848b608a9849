"""Make guardian's rows equal to what licenses give."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...conf import now
from ...grants.rebuild import rebuild_all_grants


class Command(BaseCommand):
    """``licensing_sync_grants [--dry-run]``."""

    help = "Makes the mirrored object permissions equal to what licenses and seats give."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare once, and say what was found."""
        report = rebuild_all_grants(at=now(), dry_run=options["dry_run"])
        self.stdout.write(f"licenses: {report.checked} compared, {report.wrong} with wrong rows")
        self.stdout.write(f"rows: {report.ended} had ended")
        if options["dry_run"]:
            self.stdout.write("nothing was changed")
