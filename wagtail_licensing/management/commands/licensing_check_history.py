"""Say where the history of licenses does not hold together."""

from typing import Any

from django.core.management.base import BaseCommand

from ...reports.history_check import breaks


class Command(BaseCommand):
    """``licensing_check_history``: exit code 1 where a line is missing, changed or added by hand."""

    help = "Reads the whole history of licenses and names every place where it does not hold together."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read it, and end with 1 if anything was found."""
        found = 0
        for each in breaks():
            found += 1
            line = f", line {each.event_id}" if each.event_id else ""
            self.stdout.write(f"license {each.license_id}{line}: {each.what}")
        self.stdout.write(f"{found} breaks in the history")
        if found:
            raise SystemExit(1)
