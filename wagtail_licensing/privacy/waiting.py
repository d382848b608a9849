"""Deletions that wait: for Stripe, or for the end of what is paid."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from ..models import AccountDeletion
from ..models.privacy import DeletionBilling, DeletionState
from .delete import DeletionRefused, delete_account

logger = logging.getLogger(__name__)

#: How long until a deletion is looked at again: something still runs, or Stripe does not answer.
TRY_AGAIN = timedelta(minutes=10)

#: Ends what the person pays for; tells whether all has ended. The billing of the caller.
Stop = Callable[..., bool]


def due(*, at: datetime, limit: int = 50) -> list[int]:
    """Return the ids of deletions to look at. One query."""
    rows = AccountDeletion.objects.filter(state=DeletionState.WAITING, next_try__lte=at)
    return list(rows.order_by("next_try").values_list("pk", flat=True)[:limit])


def carry_out(*, deletion_id: int, stop: Stop, at: datetime) -> bool:
    """Stop what is charged, and delete the account once nothing runs; tell whether it is deleted.

    Nobody's account goes while Stripe may still charge them. Not inside a transaction. Raises what
    ``stop`` raises; the deletion waits then.
    """
    deletion = AccountDeletion.objects.select_related("user").get(pk=deletion_id)
    if deletion.state != DeletionState.WAITING:
        return False
    mine = AccountDeletion.objects.filter(pk=deletion_id, state=DeletionState.WAITING)
    mine.update(next_try=at + TRY_AGAIN)
    at_once = deletion.billing == DeletionBilling.AT_ONCE
    ended = stop(user=deletion.user, at_once=at_once, at=at)
    mine.filter(stopped_at__isnull=True).update(stopped_at=at)
    if not ended:
        return False
    try:
        deleted = delete_account(deletion_id=deletion_id, at=at)
    except DeletionRefused as refused:
        logger.warning("Deletion %s waits: %s", deletion_id, refused)
        return False
    # What was bought between the two; from now on nobody can.
    stop(user=deletion.user, at_once=True, at=at)
    return deleted
