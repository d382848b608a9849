"""The inbox: what Stripe told us is kept once, and the object that it names is marked to be read.

One short transaction, no call to Stripe. A hint that arrives twice changes nothing.
"""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    F,
    Field,
    IntegerField,
    Q,
    Value,
    When,
)

from ..conf import conf
from ..models import StripeEvent, SyncTarget
from ..models.inbox import EventStatus
from .hints import hint_in
from .insert import insert_unless_known
from .signature import read_event

logger = logging.getLogger(__name__)

Json = dict[str, Any]

_KEY = ["account", "livemode", "kind", "object_id"]


def receive(*, body: bytes, signature: str, account: str, at: datetime) -> list[int]:
    """Keep the event in ``body``; return the ids of the targets to ring for.

    An event of another mode or of a connected account is accepted and leaves no trace. Raises
    ``InvalidSignature`` and ``InvalidBody`` before anything is read or written, ``DatabaseError``
    when it could not be kept. Three queries for a new event, one or two for one that is known.
    """
    event = read_event(body, signature, conf.stripe_webhook_secrets)
    return keep(event=event, account=account, at=at)


def keep(*, event: Json, account: str, at: datetime) -> list[int]:
    """Keep an event whose origin is certain, wherever it came from; return the targets to ring for."""
    kept = _row(event, account=account, at=at)
    if kept is None:
        return []
    row, created = kept
    with transaction.atomic():
        if insert_unless_known(row):
            if not row.object_kind:
                return []
            ids = {row.object_id: created} if created else [row.object_id]
            return request_many(kind=row.object_kind, object_ids=ids, account=account, at=at)
    return _known(row)


def keep_many(*, events: Sequence[Json], account: str, at: datetime) -> list[int]:
    """Keep events from a list of Stripe's, those that are no event left out; return the targets.

    A handful of queries for all of them. One that is known already may be asked for once more.
    """
    rows = []
    wanted: dict[str, dict[str, datetime | None]] = {}
    for event in events:
        try:
            kept = _row(event, account=account, at=at)
        except (KeyError, TypeError, ValueError):
            logger.exception("An event of Stripe's could not be kept")
            continue
        if kept is None:
            continue
        row, created = kept
        rows.append(row)
        if row.object_kind:
            ids = wanted.setdefault(row.object_kind, {})
            ids[row.object_id] = ids.get(row.object_id) or created
    targets: list[int] = []
    with transaction.atomic():
        StripeEvent.objects.bulk_create(rows, ignore_conflicts=True)
        for kind, ids in wanted.items():
            for some in _by_knowledge(ids):
                targets += request_many(kind=kind, object_ids=some, account=account, at=at)
    return targets


def _by_knowledge(
    ids: Mapping[str, datetime | None],
) -> list[Sequence[str] | Mapping[str, datetime | None]]:
    """Return the ids of which it is known when they were created, and the rest, apart."""
    known = {object_id: created for object_id, created in ids.items() if created is not None}
    return [known, [object_id for object_id in ids if object_id not in known]]


def _row(event: Json, *, account: str, at: datetime) -> tuple[StripeEvent, datetime | None] | None:
    """Return the row for an event, and when its object was created if it says so; or None for one of
    another mode or account."""
    hint = hint_in(event)
    if hint.livemode is not conf.stripe_livemode or hint.is_foreign:
        logger.info("An event of another mode or account was ignored: %s", hint.type)
        return None
    row = StripeEvent(
        account=account,
        livemode=hint.livemode,
        event_id=hint.id,
        type=hint.type,
        created=hint.created,
        received_at=at,
        object_kind=hint.kind,
        object_id=hint.object_id,
        payload=event,
        status=EventStatus.NEW if hint.kind else EventStatus.IGNORED,
    )
    return row, hint.object_created


def request_sync(*, kind: str, object_id: str, account: str, at: datetime) -> int:
    """Ask for an object to be read again; return the id of its target. Two queries.

    A target that was given up gets another chance: what made it fail may have changed.
    """
    (target_id,) = request_many(kind=kind, object_ids=[object_id], account=account, at=at)
    return target_id


def request_many(
    *,
    kind: str,
    object_ids: Sequence[str] | Mapping[str, datetime | None],
    account: str,
    at: datetime,
    by_import: bool = False,
) -> list[int]:
    """Ask for objects of one kind to be read again; return their targets. Two queries for all.

    What is asked for ``by_import`` and by nobody before is told to nobody. ``object_ids`` with the
    instants at which they were created lets many of them be read as a list.
    """
    created = object_ids if isinstance(object_ids, Mapping) else {}
    targets = [
        SyncTarget(
            account=account,
            livemode=conf.stripe_livemode,
            kind=kind,
            object_id=object_id,
            requested_at=at,
            object_created=created.get(object_id),
        )
        for object_id in dict.fromkeys(object_ids)
    ]
    if not targets:
        return []
    # One transaction, so that it is one wait for the disk where there is none around it.
    with transaction.atomic(savepoint=False):
        SyncTarget.objects.bulk_create(
            targets,
            update_conflicts=True,
            unique_fields=_KEY,
            update_fields=["object_created" if created else "account"],
        )
        ids = [int(target.pk) for target in targets]
        SyncTarget.objects.filter(pk__in=ids).update(**_as_requested(at, by_import=by_import))
    return ids


def _as_requested(at: datetime, *, by_import: bool) -> Json:
    """Return what a target becomes that is asked for at ``at``."""
    waits = Q(requested__gt=F("applied"), is_dead=False)
    alive = Q(is_dead=False)
    return {
        "requested": F("requested") + 1,
        # Since when it waits: what is asked for all the time must not look new all the time.
        "requested_at": _unless(waits, "requested_at", at, DateTimeField()),
        "attempts": _unless(alive, "attempts", 0, IntegerField()),
        "next_try": _unless(alive, "next_try", None, DateTimeField()),
        "error": _unless(alive, "error", "", CharField()),
        "is_import": _unless(waits, "is_import", by_import, BooleanField()),
        "is_dead": False,
    }


def _unless(condition: Q, name: str, value: Any, kind: "Field[Any, Any]") -> Case:
    """Return ``value`` for a column, unless ``condition`` keeps it as it is."""
    return Case(When(condition, then=F(name)), default=Value(value), output_field=kind)


def replay(*, event_id: str, at: datetime) -> list[int]:
    """Ask for the object of a kept event to be read again; return the targets to ring for.

    Raises ``StripeEvent.DoesNotExist``. It is harmless at any time: what counts is the object as
    it is at Stripe now.
    """
    event = StripeEvent.objects.get(
        account=conf.stripe_account, livemode=conf.stripe_livemode, event_id=event_id
    )
    if not event.object_id:
        return []
    return [reread(kind=event.object_kind, object_id=event.object_id, account=event.account, at=at)]


def reread(*, kind: str, object_id: str, account: str, at: datetime) -> int:
    """Ask for an object to be read at once, whatever pause it was in; return its target."""
    with transaction.atomic():
        target_id = request_sync(kind=kind, object_id=object_id, account=account, at=at)
        SyncTarget.objects.filter(pk=target_id).update(next_try=None)
    return target_id


def _known(new: StripeEvent) -> list[int]:
    """Return what still waits for an event that arrives again. The first body is the one kept."""
    row = StripeEvent.objects.only("object_kind", "object_id", "status").get(
        account=new.account, livemode=new.livemode, event_id=new.event_id
    )
    if (row.object_kind, row.object_id) != (new.object_kind, new.object_id):
        logger.warning("Event %s arrived again about another object; the first is kept", new.event_id)
    if row.status != EventStatus.NEW:
        return []
    return list(
        SyncTarget.objects.filter(
            account=new.account,
            livemode=new.livemode,
            kind=row.object_kind,
            object_id=row.object_id,
            requested__gt=F("applied"),
            is_dead=False,
        ).values_list("pk", flat=True)
    )
