"""Leases on many sync targets at once: the same right, in as many queries as for one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connections, router, transaction
from django.db.models import F, Max, QuerySet

from ..conf import conf
from ..models import BillingAccount, StripeEvent, SyncTarget
from ..models.inbox import EventStatus
from ..models.many_rows import update_rows
from .account import note_answer, state_of
from .lease import LENGTH, Lease, due

_AS_APPLIED = ("applied", "lease_until", "attempts", "next_try", "error", "is_import")


def waiting(kind: str, *, at: datetime) -> QuerySet[SyncTarget]:
    """Return the targets of one kind that a worker may take, of the configured account, oldest first."""
    ours = SyncTarget.objects.filter(
        due(at), account=conf.stripe_account, livemode=conf.stripe_livemode, kind=kind
    )
    return ours.order_by("requested_at", "pk")


def take_many(*, kind: str, at: datetime, limit: int) -> list[Lease]:
    """Take the leases of up to ``limit`` targets of one kind, the oldest first. Three queries.

    On PostgreSQL one statement takes them, and passes over those that somebody else is taking.
    """
    with transaction.atomic():
        rows = _take_rows(waiting(kind, at=at)[:limit], at)
    if not rows:
        return []
    last = _last_events(rows)
    line = state_of()
    return [_lease(row, last.get(row.object_id, 0), line) for row in rows]


def _lease(row: SyncTarget, last_event: int, line: BillingAccount | None) -> Lease:
    return Lease(
        target_id=row.pk,
        account=row.account,
        livemode=row.livemode,
        kind=row.kind,
        object_id=row.object_id,
        token=row.token,
        requested=row.requested,
        last_event=last_event,
        line=line,
        is_import=row.is_import,
        object_created=row.object_created,
    )


def _take_rows(chosen: QuerySet[SyncTarget], at: datetime) -> list[SyncTarget]:
    using = router.db_for_write(SyncTarget)
    if connections[using].vendor == "postgresql":
        return _take_in_one_statement(chosen.using(using), at)
    # SQLite has no locks on rows: the first write of a transaction locks out every other writer, and
    # what is read after it is what there is.
    SyncTarget.objects.filter(pk=0).update(token=0)
    rows = list(chosen.select_for_update())
    taken = SyncTarget.objects.filter(pk__in=[row.pk for row in rows])
    taken.update(token=F("token") + 1, lease_until=at + LENGTH)
    for row in rows:
        row.token += 1
    return rows


def _take_in_one_statement(chosen: QuerySet[SyncTarget], at: datetime) -> list[SyncTarget]:
    free = chosen.select_for_update(skip_locked=True, of=("self",)).values("id")
    sql, params = free.query.get_compiler(using=free.db).as_sql()
    table = connections[free.db].ops.quote_name(SyncTarget._meta.db_table)
    statement = (
        f"WITH free AS MATERIALIZED ({sql}) "  # noqa: S608 - written by the ORM
        f"UPDATE {table} AS target SET token = token + 1, lease_until = %s "
        "FROM free WHERE target.id = free.id RETURNING target.*"
    )
    rows = list(SyncTarget.objects.using(free.db).raw(statement, [*params, at + LENGTH]))
    return sorted(rows, key=lambda row: (row.requested_at or at, row.pk))


def _events(things: Iterable[SyncTarget | Lease]) -> QuerySet[StripeEvent]:
    """Return the events about some targets of one account and kind."""
    known = list(things)
    some = known[0]
    return StripeEvent.objects.filter(
        account=some.account,
        livemode=some.livemode,
        object_kind=some.kind,
        object_id__in=[each.object_id for each in known],
    )


def _last_events(rows: list[SyncTarget]) -> dict[str, int]:
    found = _events(rows).order_by().values_list("object_id").annotate(last=Max("pk"))
    return dict(found)


def confirm_many(leases: Sequence[Lease]) -> dict[int, SyncTarget]:
    """Lock the targets and return those of which the lease is still ours, by id. One query.

    Inside the transaction that writes.
    """
    tokens = {lease.target_id: lease.token for lease in leases}
    rows = SyncTarget.objects.select_for_update().filter(pk__in=tokens).order_by("pk")
    return {row.pk: row for row in rows if row.token == tokens[row.pk]}


def new_events_of(leases: Sequence[Lease]) -> dict[str, list[tuple[int, str]]]:
    """Return the events that made us look, by object: row and Stripe's id, the newest last. A query."""
    last = {lease.object_id: lease.last_event for lease in leases}
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    rows: Any = _events(leases).filter(status=EventStatus.NEW).order_by("pk")
    for object_id, key, event_id in rows.values_list("object_id", "pk", "event_id"):
        if key <= last[object_id]:
            found[object_id].append((key, event_id))
    return found


def finish_many(
    leases: Sequence[Lease],
    *,
    locked: dict[int, SyncTarget],
    events: dict[str, list[tuple[int, str]]],
    at: datetime,
) -> None:
    """Note that everything requested before the fetch is applied. In the transaction that wrote.

    ``locked`` is what :func:`confirm_many` returned, ``events`` what :func:`new_events_of` did. Two
    queries.
    """
    rows = []
    for lease in leases:
        row = locked[lease.target_id]
        row.applied = lease.requested
        row.lease_until = row.next_try = None
        row.attempts, row.error, row.is_import = 0, "", False
        rows.append(row)
    update_rows(rows, fields=_AS_APPLIED)
    done = [key for lease in leases for key, _event_id in events.get(lease.object_id, ())]
    if done:
        applied = StripeEvent.objects.filter(pk__in=done, status=EventStatus.NEW)
        applied.update(status=EventStatus.DONE, applied_at=at)
    for lease in leases[:1]:
        note_answer(account=lease.account, livemode=lease.livemode, at=at, known=lease.line)


def give_back(leases: Iterable[Lease], *, at: datetime) -> None:
    """Give leases back that nothing was done with: as if they had not been taken. One query.

    ``at`` is the instant at which they were taken. Those that were lost meanwhile are left alone:
    whoever took them over has them for longer.
    """
    ids = [lease.target_id for lease in leases]
    if ids:
        mine = SyncTarget.objects.filter(pk__in=ids, lease_until=at + LENGTH)
        mine.update(lease_until=None)
