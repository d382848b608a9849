"""Compare with Stripe, and repair what differs."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from ...billing.errors import StripeFailure
from ...billing.reconcile import reconcile
from ...billing.report import Report
from ...conf import now
from ..progress import progress_bar, ring_all


class Command(BaseCommand):
    """``licensing_reconcile [--dry-run] [--recent]``."""

    help = "Compares events and subscriptions with Stripe, and reads again what differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
        parser.add_argument(
            "--recent", action="store_true", help="leave out the full list of subscriptions"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare once, and say what was found."""
        bar = progress_bar("subscriptions compared", options)
        try:
            report = reconcile(
                at=now(),
                dry_run=options["dry_run"],
                everything=not options["recent"],
                progress=bar,
            )
        except (StripeFailure, ImproperlyConfigured) as failure:
            raise CommandError(f"Stripe could not be asked: {failure}") from None
        finally:
            bar.close()
        ring_all(report.targets, "objects read again", options)
        self._tell(report, dry_run=options["dry_run"])

    def _tell(self, report: Report, *, dry_run: bool) -> None:
        self.stdout.write(f"events: {report.events_seen} listed, {report.events_new} new")
        self.stdout.write(f"unsettled objects of ours: {report.unsettled}")
        if report.busy:
            self.stdout.write("subscriptions: another full comparison is under way")
        else:
            went_on = " (went on where the last run stopped)" if report.resumed else ""
            self.stdout.write(
                f"subscriptions: {report.subscriptions_seen} listed, {report.foreign} not ours, "
                f"{report.differing} differ{went_on}"
            )
        self.stdout.write(
            "nothing was changed" if dry_run else f"{len(report.targets)} objects read again"
        )
