"""Forget lists: the licenses stay, the addresses and names of the file do not."""

from datetime import datetime, timedelta

from ..models import LicenseImportRow
from ..models.imports import ImportState

#: For how long the rows of a finished import can be looked at; of one that was never begun, too.
KEPT = timedelta(days=30)


def purge_rows(*, at: datetime) -> int:
    """Empty the cells of rows whose import was over, or left lying, 30 days ago. One statement."""
    before = at - KEPT
    finished = [ImportState.DONE, ImportState.UNDONE]
    lying = [ImportState.UPLOADED, ImportState.CHECKED]
    old = LicenseImportRow.objects.exclude(cells=[])
    ended = old.filter(source__state__in=finished, source__finished_at__lt=before)
    left = old.filter(source__state__in=lying, source__created_at__lt=before)
    return ended.update(cells=[]) + left.update(cells=[])
