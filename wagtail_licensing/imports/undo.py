"""Take an import back: what it gave is revoked, an end that it set is what it was."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from ..domain.states import Cause, State
from ..licenses import ChangedBy, renew_license, revoke_license
from ..models import LicenseImport, LicenseImportRow
from ..models.imports import RowOutcome, RowStep


def undo_rows(*, record: LicenseImport, rows: Sequence[LicenseImportRow], at: datetime) -> None:
    """Take ``rows`` back, inside the caller's transaction.

    What somebody changed since stays as it is: an end that is another by now, a license that ended.
    Accounts stay; they may be in use by now.
    """
    words = _("Import %(number)d was undone: %(name)s") % {"number": record.pk, "name": record.name}
    by = ChangedBy(cause=Cause.IMPORT, actor=record.created_by, reason=words)
    for row in rows:
        if row.outcome == RowOutcome.CREATE:
            _revoke(row, at=at, by=by)
        elif row.outcome == RowOutcome.UPDATE:
            _give_back_the_end(row, at=at, by=by)
        row.step = RowStep.UNDONE
    LicenseImportRow.objects.bulk_update(rows, ["step"])


def _revoke(row: LicenseImportRow, *, at: datetime, by: ChangedBy) -> None:
    license = row.license
    if license is not None and license.state not in {State.EXPIRED, State.REVOKED}:
        revoke_license(license_id=license.pk, at=at, by=by)


def _give_back_the_end(row: LicenseImportRow, *, at: datetime, by: ChangedBy) -> None:
    license = row.license
    if license is None or license.state == State.REVOKED or license.ends_at != row.new_end:
        return
    if row.former_end is not None and row.former_end <= at:
        revoke_license(license_id=license.pk, at=at, by=by)
    else:
        renew_license(license_id=license.pk, ends_at=row.former_end, at=at, by=by)
