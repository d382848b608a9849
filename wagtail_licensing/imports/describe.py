"""Say what the columns of a file mean, and start what comes next. Each start is a step on the way:
uploaded, checked, done, undone; nothing is skipped."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _

from ..domain.import_rows import DateOrder, Field
from ..models import LicenseImport, LicenseImportRow, LicenseProduct
from ..models.imports import ImportState, RowStep
from .read import BadImportFile

#: Different texts that a column of products may hold.
MOST_PRODUCTS = 50

_BEFORE_THE_IMPORT = {ImportState.UPLOADED, ImportState.CHECKED}


def describe(
    *,
    import_id: int,
    columns: Mapping[Field, int],
    product: LicenseProduct | None,
    products: Mapping[str, int | None],
    date_order: DateOrder,
    makes_accounts: bool,
) -> LicenseImport:
    """Note what the columns mean; what was checked before has to be checked again.

    Raises :class:`BadImportFile` for columns that are not there, and once the import has begun.
    """
    with transaction.atomic():
        record = _locked(import_id, _BEFORE_THE_IMPORT)
        if Field.EMAIL not in columns:
            raise BadImportFile(_("Say which column holds the e-mail address."))
        if any(not 0 <= number < len(record.header) for number in columns.values()):
            raise BadImportFile(_("The file has no such column."))
        record.columns = {field.value: number for field, number in columns.items()}
        record.product, record.products = product, dict(products)
        record.date_order, record.makes_accounts = date_order.value, makes_accounts
        record.state = ImportState.UPLOADED
        record.save()
        rows = LicenseImportRow.objects.filter(source=record)
        rows.update(step=RowStep.READ, outcome="", problem="", identity="", license=None)
    return record


def begin_check(*, import_id: int) -> None:
    """Have the rows checked. Raises :class:`BadImportFile` where that is not the next step."""
    _begin(import_id, {ImportState.UPLOADED}, ImportState.CHECKING)


def begin_import(*, import_id: int) -> None:
    """Have what was checked brought in. Raises :class:`BadImportFile` as above."""
    _begin(import_id, {ImportState.CHECKED}, ImportState.RUNNING)


def begin_undo(*, import_id: int) -> None:
    """Have what was brought in taken back. Raises :class:`BadImportFile` as above."""
    _begin(import_id, {ImportState.DONE}, ImportState.UNDOING)


def _begin(import_id: int, allowed: set[ImportState], state: ImportState) -> None:
    with transaction.atomic():
        record = _locked(import_id, allowed)
        record.state, record.finished_at = state, None
        record.save(update_fields=["state", "finished_at"])


def _locked(import_id: int, allowed: set[ImportState]) -> LicenseImport:
    record = LicenseImport.objects.select_for_update().get(pk=import_id)
    if record.state not in allowed:
        raise BadImportFile(_("This import is further than that; look at it again."))
    return record


def product_values(*, record: LicenseImport, column: int) -> list[str]:
    """Return the different texts of a column, sorted, up to :data:`MOST_PRODUCTS`. Memory is theirs.

    Raises :class:`BadImportFile` where there are more: then it is no column of products.
    """
    found: set[str] = set()
    rows = LicenseImportRow.objects.filter(source=record).values_list("cells", flat=True)
    for cells in rows.iterator(chunk_size=500):
        if column < len(cells):
            found.add(cells[column])
        if len(found) > MOST_PRODUCTS:
            raise BadImportFile(_("This column holds more than 50 different products."))
    return sorted(found)
