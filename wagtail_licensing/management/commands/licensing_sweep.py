"""Find what a lost ring left behind, and end what is due."""

from typing import Any

from django.core.management.base import BaseCommand

from ... import tasks
from ...billing.sweep import sweep
from ...conf import now
from ...notices.purge import purge_mails
from ..progress import progress_bar


class Command(BaseCommand):
    """``licensing_sweep``: for cron, where there is no Celery beat."""

    help = (
        "Reads what Stripe reported and nobody read yet, ends what is due, and sends mails that are due."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Sweep once, and say what was found."""
        bar = progress_bar("objects read again", options)
        try:
            swept = sweep(at=now(), ring=tasks.ring, progress=bar)
        finally:
            bar.close()
        read = swept.rung + swept.applied
        self.stdout.write(
            f"{read} objects read again, {swept.licenses} licenses and {swept.grants} grants ended"
        )
        tasks.read_invoices_and_delete_accounts()
        tasks.purge_downloads(at=now())
        purge_mails(at=now())
        tasks.expire_offers(at=now())
        mails = tasks.remind_and_send()
        self.stdout.write(f"{mails.sent} mails sent, {mails.dropped} not needed, {mails.failed} failed")
        under_way = tasks.go_on_with_imports()
        if under_way:
            self.stdout.write(f"{under_way} imports under way")
