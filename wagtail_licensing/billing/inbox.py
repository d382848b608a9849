"""The inbox: what Stripe told us is kept once, and the object that it names is marked to be read.

One short transaction, no call to Stripe. A hint that arrives twice changes nothing.
"""

import logging
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from ..conf import conf
from ..models import StripeEvent, SyncTarget
from ..models.inbox import EventStatus
from .signature import read_event
from .targets import target_of

logger = logging.getLogger(__name__)

Json = dict[str, Any]


def receive(*, body: bytes, signature: str, account: str, at: datetime) -> list[int]:
    """Keep the event in ``body``; return the ids of the targets to ring for.

    An event of another mode or of a connected account is accepted and leaves no trace. Raises
    ``InvalidSignature`` and ``InvalidBody`` before anything is read or written, ``DatabaseError``
    when it could not be kept. Up to four queries.
    """
    event = read_event(body, signature, conf.stripe_webhook_secrets)
    return keep(event=event, account=account, at=at)


def keep(*, event: Json, account: str, at: datetime) -> list[int]:
    """Keep an event whose origin is certain, wherever it came from; return the targets to ring for."""
    if event["livemode"] is not conf.stripe_livemode or event.get("account"):
        logger.info("An event of another mode or account was ignored: %s", event["type"])
        return []
    found = target_of(event["type"], event["data"]["object"])
    kind, object_id = found or ("", "")
    with transaction.atomic():
        row, is_new = StripeEvent.objects.get_or_create(
            account=account,
            livemode=event["livemode"],
            event_id=event["id"],
            defaults={
                "type": event["type"],
                "created": datetime.fromtimestamp(event["created"], UTC),
                "received_at": at,
                "object_kind": kind,
                "object_id": object_id,
                "payload": event,
                "status": EventStatus.NEW if found else EventStatus.IGNORED,
            },
        )
        if not is_new:
            return _known(row, kind, object_id)
        if found is None:
            return []
        return [request_sync(kind=kind, object_id=object_id, account=account, at=at)]


def request_sync(*, kind: str, object_id: str, account: str, at: datetime) -> int:
    """Ask for an object to be read again; return the id of its target.

    A target that was given up gets another chance: what made it fail may have changed.
    """
    target, _ = SyncTarget.objects.get_or_create(
        account=account, livemode=conf.stripe_livemode, kind=kind, object_id=object_id
    )
    rows = SyncTarget.objects.filter(pk=target.pk)
    rows.update(requested=F("requested") + 1, requested_at=at)
    rows.filter(is_dead=True).update(is_dead=False, attempts=0, next_try=None, error="")
    return int(target.pk)


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
    with transaction.atomic():
        target_id = request_sync(
            kind=event.object_kind, object_id=event.object_id, account=event.account, at=at
        )
        SyncTarget.objects.filter(pk=target_id).update(next_try=None)
    return [target_id]


def _known(row: StripeEvent, kind: str, object_id: str) -> list[int]:
    """Return what still waits for an event that arrives again. The first body is the one kept."""
    if (row.object_kind, row.object_id) != (kind, object_id):
        logger.warning("Event %s arrived again about another object; the first is kept", row.event_id)
    return list(
        SyncTarget.objects.filter(
            account=row.account,
            livemode=row.livemode,
            kind=row.object_kind,
            object_id=row.object_id,
            requested__gt=F("applied"),
            is_dead=False,
        ).values_list("pk", flat=True)
    )
