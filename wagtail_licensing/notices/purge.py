"""Forget old mails: that somebody was written to is theirs, and no proof is needed for ever."""

from datetime import datetime

from ..conf import conf
from ..models import OutboxMessage
from ..models.notices import MessageState


def purge_mails(*, at: datetime, limit: int = 500) -> int:
    """Delete mails that were written down longer ago than the setting allows; return how many.

    Looks at the ``limit`` oldest. What still waits stays. One query when there is nothing to do.
    """
    # By key and not by date: the oldest come first either way, and this has an index.
    oldest = OutboxMessage.objects.order_by("pk").values_list("pk", "state", "created_at")[:limit]
    until = at - conf.mail_retention
    ids = [
        pk for pk, state, created_at in oldest if state != MessageState.WAITING and created_at < until
    ]
    if not ids:
        return 0
    return OutboxMessage.objects.filter(pk__in=ids).delete()[0]
