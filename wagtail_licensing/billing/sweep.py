"""Find what a lost ring left behind, and let labels follow the clock. Safe to run at any time."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F

from ..grants.sync import sweep_ended_grants
from ..licenses import end_due_licenses
from ..models import SyncTarget
from .lease import due

logger = logging.getLogger(__name__)

#: Seconds after which a sweep rings no more and leaves the rest to the next one.
MOST_SECONDS = 45

#: A target that waits longer than this is worth a word in the log.
TOO_LONG = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found: targets rung for, licenses and grants that ended."""

    rung: int
    licenses: int
    grants: int


def sweep(*, at: datetime, ring: Callable[[int], None], limit: int = 200) -> Swept:
    """Ring for up to ``limit`` targets that wait and may be taken, and end what is due.

    Access itself ends at read time and does not wait for this.
    """
    waiting = SyncTarget.objects.filter(due(at)).order_by("requested_at", "pk")
    target_ids = list(waiting.values_list("pk", flat=True)[:limit])
    rung, begun = 0, time.monotonic()
    for target_id in target_ids:
        # Without a broker a ring does the work, and an outage makes each wait for its time-out.
        if time.monotonic() - begun > MOST_SECONDS:
            break
        ring(target_id)
        rung += 1
    _warn_of_old_targets(at)
    return Swept(
        rung=rung,
        licenses=end_due_licenses(at=at, limit=limit),
        grants=sweep_ended_grants(at=at),
    )


def _warn_of_old_targets(at: datetime) -> None:
    old = SyncTarget.objects.filter(
        requested__gt=F("applied"), is_dead=False, requested_at__lt=at - TOO_LONG
    ).count()
    if old:
        logger.warning("%d objects of Stripe wait to be read for more than 15 minutes", old)
