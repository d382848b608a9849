"""Keep a file that was uploaded: its rows, before anybody says what they mean."""

from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from ..domain.recipes import Recipe, guess_columns
from ..models import LicenseImport, LicenseImportRow
from .read import BadImportFile, read_rows

#: Rows that one statement writes.
AT_ONCE = 500


@transaction.atomic
def upload(*, file: BinaryIO, name: str, recipe: Recipe, at: datetime, by: Any = None) -> LicenseImport:
    """Keep the rows of ``file`` and guess what its columns are. All of it or nothing.

    One statement for 500 rows. Raises :class:`BadImportFile`.
    """
    rows = read_rows(file, name)
    header = next(rows, None)
    if header is None:
        raise BadImportFile(_("The file is empty."))
    columns = guess_columns(header[1], recipe)
    record = LicenseImport.objects.create(
        name=name[-200:],
        recipe=recipe.value,
        header=header[1],
        columns={field.value: number for field, number in columns.items()},
        created_at=at,
        created_by=by,
    )
    total = 0
    while batch := list(islice(rows, AT_ONCE)):
        LicenseImportRow.objects.bulk_create(
            LicenseImportRow(source=record, number=number, cells=cells) for number, cells in batch
        )
        total += len(batch)
    if not total:
        raise BadImportFile(_("The file has a header and no rows."))
    record.total = total
    record.save(update_fields=["total"])
    return record
