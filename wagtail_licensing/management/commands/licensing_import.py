"""Bring licenses in from a list, as the import in the admin does."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ...conf import now
from ...domain.import_rows import DateOrder, Field
from ...domain.recipes import Recipe
from ...imports import (
    BadImportFile,
    advance,
    begin_check,
    begin_import,
    describe,
    product_values,
    upload,
)
from ...models import LicenseImport, LicenseProduct
from ..progress import progress_bar


class Command(BaseCommand):
    """``licensing_import FILE [--recipe NAME] [--product SLUG] [--map TEXT=SLUG] [--commit]``."""

    help = "Checks a list of members and says what would happen; with --commit, brings it in."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("file", help="CSV or XLSX; the first row holds the names of the columns")
        parser.add_argument("--recipe", default="any", choices=[recipe.value for recipe in Recipe])
        parser.add_argument("--product", metavar="SLUG", help="for rows that name no product")
        parser.add_argument(
            "--map",
            metavar="TEXT=SLUG",
            action="append",
            default=[],
            help="which product a text of the product column means; may be given several times",
        )
        parser.add_argument("--month-first", action="store_true", help="days are written 12/31/2027")
        parser.add_argument("--no-accounts", action="store_true", help="make no accounts")
        parser.add_argument("--commit", action="store_true", help="bring in what the check found good")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, say what comes of it, and bring it in if that is wanted."""
        record = self._described(options)
        self._work(record, begin_check, "rows checked", options)
        self._tell(record)
        if not options["commit"]:
            self.stdout.write("no license was written; run it again with --commit")
            return
        self._work(record, begin_import, "rows brought in", options)
        self._tell(record)

    def _described(self, options: dict[str, Any]) -> LicenseImport:
        path = Path(options["file"])
        try:
            with path.open("rb") as file:
                record = upload(file=file, name=path.name, recipe=Recipe(options["recipe"]), at=now())
            return describe(
                import_id=record.pk,
                columns={Field(name): number for name, number in record.columns.items()},
                product=_product(options["product"]) if options["product"] else None,
                products=self._products(record, options["map"]),
                date_order=DateOrder.MONTH_FIRST if options["month_first"] else DateOrder.DAY_FIRST,
                makes_accounts=not options["no_accounts"],
            )
        except (OSError, BadImportFile) as error:
            raise CommandError(f"{path.name} cannot be used: {error}") from None

    def _products(self, record: LicenseImport, pairs: list[str]) -> dict[str, int | None]:
        """Return the product of each text: as mapped, else the one of that name or slug."""
        column = record.columns.get(Field.PRODUCT.value)
        if column is None:
            return {}
        mapped = {}
        for pair in pairs:
            text, sign, slug = pair.rpartition("=")
            if not sign:
                raise CommandError(f"--map {pair}: write TEXT=SLUG")
            mapped[text] = _product(slug).pk
        by_word: dict[str, int] = {}
        for product in LicenseProduct.objects.all():
            by_word |= {product.name.casefold(): product.pk, product.slug.casefold(): product.pk}
        values = product_values(record=record, column=column)
        known = {value: mapped.get(value, by_word.get(value.casefold())) for value in values}
        return {value: pk for value, pk in known.items() if pk is not None}

    def _work(self, record: LicenseImport, begin: Any, what: str, options: dict[str, Any]) -> None:
        begin(import_id=record.pk)
        step = "read" if begin is begin_check else "checked"
        bar = progress_bar(what, options)
        try:
            while advance(import_id=record.pk, clock=now, seconds=0):
                bar(record.total - record.rows.filter(step=step).count(), record.total)
        finally:
            bar.close()

    def _tell(self, record: LicenseImport) -> None:
        record.refresh_from_db()
        counts: dict[tuple[str, str], int] = {}
        for outcome, problem in record.rows.values_list("outcome", "problem").iterator():
            counts[outcome, problem] = counts.get((outcome, problem), 0) + 1
        self.stdout.write(f"{record.get_state_display()}: {record.total} rows")
        for (outcome, problem), count in sorted(counts.items()):
            self.stdout.write(f"  {outcome}{f' ({problem})' if problem else ''}: {count}")


def _product(slug: str) -> LicenseProduct:
    product = LicenseProduct.objects.filter(slug=slug).first()
    if product is None:
        raise CommandError(f"there is no product with the slug {slug}")
    return product
