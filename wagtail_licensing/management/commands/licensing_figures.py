"""Write the figures of the days that are over."""

from typing import Any

from django.core.management import CommandParser
from django.core.management.base import BaseCommand

from ... import tasks


class Command(BaseCommand):
    """``licensing_figures``: for cron, where there is no Celery beat."""

    help = "Takes the daily snapshots of the owner's figures that are due; --rebuild takes all anew."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the option."""
        parser.add_argument(
            "--rebuild",
            action="store_true",
            help="Work out every day again, from the first of which there is history.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write them once, and say how many days there were."""
        days = tasks.write_figures(anew=options["rebuild"])
        self.stdout.write(f"figures of {days} days written")
