"""Take over subscribers who were at Stripe before this package."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from ...billing.errors import StripeFailure
from ...billing.import_links import BadFile, Link, read_links
from ...billing.importing import Imported, ImportIsRunningError, import_from_stripe
from ...conf import now
from ..progress import progress_bar, ring_all


class Command(BaseCommand):
    """``licensing_import_stripe [--links FILE] [--metadata NAME] [--dry-run]``."""

    help = "Links Stripe's customers to accounts and gives their subscriptions licenses."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--links", metavar="FILE", help="CSV with the columns customer and user")
        parser.add_argument(
            "--metadata",
            metavar="NAME",
            default="",
            help="the field of a subscription's metadata that holds a user name",
        )
        parser.add_argument("--dry-run", action="store_true", help="report, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import once, and say what was found."""
        links = self._links(options["links"])
        bar = progress_bar("subscriptions seen", options)
        try:
            result = import_from_stripe(
                at=now(),
                links=links,
                metadata_key=options["metadata"],
                dry_run=options["dry_run"],
                progress=bar,
            )
        except (StripeFailure, ImproperlyConfigured) as failure:
            raise CommandError(
                f"Stripe could not be asked: {failure}. Run it again: it goes on where it stopped."
            ) from None
        except ImportIsRunningError as error:
            raise CommandError(f"{error}.") from None
        finally:
            bar.close()
        ring_all(result.targets, "subscriptions read", options)
        self._tell(result, dry_run=options["dry_run"])

    def _links(self, name: str | None) -> dict[str, str]:
        if not name:
            return {}
        try:
            with Path(name).open(encoding="utf-8-sig", newline="") as file:
                return read_links(file)
        except (OSError, UnicodeDecodeError, BadFile) as error:
            raise CommandError(f"{name} cannot be used: {error}") from None

    def _tell(self, result: Imported, *, dry_run: bool) -> None:
        went_on = " (went on where the last import stopped)" if result.resumed else ""
        living = result.subscriptions - result.ended
        self.stdout.write(f"subscriptions: {living} living, {result.ended} ended{went_on}")
        for link in Link:
            self.stdout.write(f"{link.value}: {result.by_link[link]}")
        for what, names in (("unlinked", result.unlinked), ("conflict", result.conflicts)):
            for name in names:
                self.stdout.write(f"  {what}: {name}")
        self.stdout.write(f"prices that no product has: {len(result.unknown_prices)}")
        for price, count in sorted(result.unknown_prices.items()):
            self.stdout.write(f"  {price or 'no price'}: {count} items")
        if result.unused_links:
            self.stdout.write(f"lines of the file that no subscription asked for: {result.unused_links}")
        self.stdout.write("nothing was changed" if dry_run else f"{len(result.targets)} read again")
