"""Act on a kept event once more."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ... import tasks
from ...billing.inbox import replay
from ...conf import now
from ...models import StripeEvent


class Command(BaseCommand):
    """``licensing_replay_event EVENT_ID``."""

    help = "Reads the object of a kept Stripe event again. Harmless at any time."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the argument."""
        parser.add_argument("event_id", help="the id of the event, evt_...")

    def handle(self, *args: Any, **options: Any) -> None:
        """Replay the event, and say what was done."""
        try:
            target_ids = replay(event_id=options["event_id"], at=now())
        except StripeEvent.DoesNotExist:
            raise CommandError("There is no such event in the inbox.") from None
        if not target_ids:
            self.stdout.write("The event names no object that concerns us.")
        for target_id in target_ids:
            tasks.ring(target_id)
            self.stdout.write("The object of the event was read again.")
