"""Go on with an import: batch after batch, each all or nothing, from where the last one ended."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from ..domain.import_rows import Problem
from ..models import LicenseImport, LicenseImportRow
from ..models.imports import ImportState, RowOutcome, RowStep
from .commit import WRITTEN, RowFailed, commit_rows
from .plan import plan_rows
from .undo import undo_rows

#: Rows of one transaction. Small enough that nobody waits for long behind its locks.
BATCH = 100

#: What is under way, the step that its rows are at, and what it becomes.
_WORK: dict[str, tuple[RowStep, ImportState]] = {
    ImportState.CHECKING: (RowStep.READ, ImportState.CHECKED),
    ImportState.RUNNING: (RowStep.CHECKED, ImportState.DONE),
    ImportState.UNDOING: (RowStep.DONE, ImportState.UNDONE),
}


def unfinished() -> list[int]:
    """Return the ids of the imports that are under way. One query."""
    under_way = LicenseImport.objects.filter(state__in=list(_WORK))
    return list(under_way.order_by("pk").values_list("pk", flat=True))


def advance(*, import_id: int, clock: Callable[[], datetime], seconds: float | None = None) -> bool:
    """Go on with an import for ``seconds`` (None: to its end); tell whether there is more to do.

    Safe to call at any time and from several processes: a batch holds the lock of its import.
    """
    begun = time.monotonic()
    while _one_batch(import_id, clock()):
        if seconds is not None and time.monotonic() - begun >= seconds:
            return True
    return False


def _one_batch(import_id: int, at: datetime) -> bool:
    try:
        with transaction.atomic():
            return _work(import_id, at)
    except RowFailed as failed:
        # The batch is as if it had never been; the next try goes without the row.
        LicenseImportRow.objects.filter(pk=failed.row_id, step=RowStep.CHECKED).update(
            step=RowStep.DONE, outcome=RowOutcome.ERROR, problem=Problem.REFUSED.value
        )
        return True


def _work(import_id: int, at: datetime) -> bool:
    records = LicenseImport.objects.select_for_update(of=("self",))
    record = records.select_related("created_by").get(pk=import_id)
    if record.state not in _WORK:
        return False
    step, next_state = _WORK[record.state]
    rows = _next_rows(record, step)
    if not rows:
        record.state = next_state
        record.finished_at = None if next_state == ImportState.CHECKED else at
        record.save(update_fields=["state", "finished_at"])
        return False
    _DO[record.state](record=record, rows=rows, at=at)
    return True


def _next_rows(record: LicenseImport, step: RowStep) -> list[LicenseImportRow]:
    rows = LicenseImportRow.objects.filter(source=record, step=step)
    if step == RowStep.DONE:  # newest first, as one takes back what one did
        rows = rows.select_related("license").order_by("-number")
    return list(rows[:BATCH])


def _check_rows(*, record: LicenseImport, rows: list[LicenseImportRow], at: datetime) -> None:
    for plan in plan_rows(record=record, rows=rows, at=at):
        row = plan.row
        row.step = RowStep.CHECKED
        row.outcome = plan.outcome
        row.problem = plan.problem.value if plan.problem else ""
        row.identity = plan.identity
        row.key = plan.facts.key if plan.facts else ""
        row.new_account = plan.outcome == RowOutcome.CREATE and plan.user is None
        row.license = plan.license
        row.new_end = plan.ends_at
    LicenseImportRow.objects.bulk_update(rows, WRITTEN)


_DO: dict[str, Any] = {
    ImportState.CHECKING: _check_rows,
    ImportState.RUNNING: commit_rows,
    ImportState.UNDOING: undo_rows,
}
