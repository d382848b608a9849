"""Find what a lost ring left behind, and end what is due."""

from typing import Any

from django.core.management.base import BaseCommand

from ... import tasks
from ...billing.sweep import sweep
from ...conf import now


class Command(BaseCommand):
    """``licensing_sweep``: for cron, where there is no Celery beat."""

    help = "Reads what Stripe reported and nobody read yet, and ends licenses and grants that are due."

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep once, and say what was found."""
        swept = sweep(at=now(), ring=tasks.ring)
        self.stdout.write(
            f"{swept.rung} objects read again, {swept.licenses} licenses and {swept.grants} grants ended"
        )
