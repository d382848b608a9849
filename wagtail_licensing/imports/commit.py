"""Do what a batch of rows was seen to do."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from ..domain.import_rows import Problem
from ..domain.states import Cause
from ..licenses import ChangedBy, issue_license, renew_license
from ..models import LicenseImport, LicenseImportRow
from ..models.imports import RowOutcome, RowStep
from ..models.licenses import LicenseSource
from .people import make_account
from .plan import Planned, plan_rows


class RowFailed(Exception):  # noqa: N818 - it is the row that failed
    """A row that cannot be brought in; its batch is tried again without it."""

    def __init__(self, row_id: int) -> None:
        super().__init__(row_id)
        self.row_id = row_id


def commit_rows(*, record: LicenseImport, rows: Sequence[LicenseImportRow], at: datetime) -> None:
    """Bring ``rows`` in, inside the caller's transaction. What changed since the check is an error.

    The people of the batch are locked first: whoever issues by hand meanwhile waits.
    Raises :class:`RowFailed`.
    """
    _lock_people(plan_rows(record=record, rows=rows, at=at))
    by = ChangedBy(cause=Cause.IMPORT, actor=record.created_by, reason=_reason(record))
    made: dict[str, Any] = {}
    for plan in plan_rows(record=record, rows=rows, at=at):
        if plan.outcome != plan.row.outcome:
            plan.row.outcome, plan.row.problem = RowOutcome.ERROR, Problem.CHANGED.value
        else:
            try:
                _do(plan, made, at=at, by=by)
            except (OperationalError, InterfaceError):
                raise  # the database, not the row
            except Exception as error:
                raise RowFailed(plan.row.pk) from error
        plan.row.step = RowStep.DONE
    LicenseImportRow.objects.bulk_update(rows, WRITTEN)


#: What a batch writes back.
WRITTEN = [
    "step",
    "outcome",
    "problem",
    "identity",
    "key",
    "new_account",
    "license",
    "former_end",
    "new_end",
]


def _reason(record: LicenseImport) -> str:
    return _("Import %(number)d: %(name)s") % {"number": record.pk, "name": record.name}


def _lock_people(plans: Sequence[Planned]) -> None:
    ids = sorted({plan.user.pk for plan in plans if plan.user is not None})
    people = get_user_model()._default_manager.select_for_update().filter(pk__in=ids)
    list(people.order_by("pk").values_list("pk"))


def _do(plan: Planned, made: dict[str, Any], *, at: datetime, by: ChangedBy) -> None:
    facts, row = plan.facts, plan.row
    if facts is None or plan.product is None:
        return
    if plan.outcome == RowOutcome.CREATE:
        address = facts.email.lower()
        user = plan.user or made.get(address)
        if user is None:
            user = made[address] = make_account(facts)
            row.new_account = True
        row.license = issue_license(
            product=plan.product,
            source=LicenseSource.IMPORT,
            user=user,
            starts_at=facts.starts_at,
            ends_at=plan.ends_at,
            seats=facts.seats,
            at=at,
            by=by,
        )
        row.new_end = row.license.ends_at
    elif plan.outcome == RowOutcome.UPDATE and plan.license is not None:
        row.former_end = plan.license.ends_at
        row.license = renew_license(license_id=plan.license.pk, ends_at=facts.ends_at, at=at, by=by)
        row.new_end = row.license.ends_at
