"""Say how billing is."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from ...billing import health
from ...conf import conf, now


class Command(BaseCommand):
    """``licensing_doctor [--offline] [--compare]``."""

    help = "Looks at the key and its rights, the webhook, what waits and what failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--offline", action="store_true", help="do not ask Stripe")
        parser.add_argument(
            "--compare",
            action="store_true",
            help="compare every subscription, a request for each 100; change nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, print, and leave with 1 when something is broken."""
        at = now()
        findings = health.local_findings(at=at)
        if conf.stripe_secret_key and not options["offline"]:
            findings += health.probe_findings()
            if options["compare"]:
                findings += health.drift_findings(at=at)
        self.stdout.write(health.as_text(findings))
        self.stdout.flush()
        if health.worst_of(findings) is health.Level.PROBLEM:
            sys.exit(1)
