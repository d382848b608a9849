"""Compare with Stripe, and repair what differs."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from ... import tasks
from ...billing.errors import StripeFailure
from ...billing.reconcile import reconcile
from ...conf import now


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
        try:
            report = reconcile(at=now(), dry_run=options["dry_run"], everything=not options["recent"])
        except (StripeFailure, ImproperlyConfigured) as failure:
            raise CommandError(f"Stripe could not be asked: {failure}") from None
        for target_id in report.targets:
            tasks.ring(target_id)
        self.stdout.write(f"events: {report.events_seen} listed, {report.events_new} new")
        self.stdout.write(f"unsettled objects of ours: {report.unsettled}")
        self.stdout.write(
            f"subscriptions: {report.subscriptions_seen} listed, {report.foreign} not ours, "
            f"{report.differing} differ"
        )
        self.stdout.write(
            "nothing was changed" if options["dry_run"] else f"{len(report.targets)} objects read again"
        )
