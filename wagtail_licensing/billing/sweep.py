"""Find what a lost ring left behind, and let labels follow the clock. Safe to run at any time."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ..grants.sync import sweep_ended_grants
from ..licenses import end_due_licenses, forget_claims, lapse_approvals, suspend_excess_seats
from ..models import SyncTarget
from .backlog import apply_backlog
from .lease import due
from .mirror import Stale, stale_because
from .purge import purge_guests, purge_payloads
from .report import Progress, silent

logger = logging.getLogger(__name__)

#: Seconds after which a sweep rings no more and leaves the rest to the next one.
MOST_SECONDS = 45


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep found: targets rung for, licenses and grants that ended, events emptied, licenses
    whose latest seats were suspended, subscriptions that were applied in batches, and claims and guests
    whose address was forgotten."""

    rung: int
    licenses: int
    grants: int
    purged: int = 0
    seats: int = 0
    applied: int = 0
    forgotten: int = 0


def sweep(
    *, at: datetime, ring: Callable[[int], None], limit: int = 200, progress: Progress = silent
) -> Swept:
    """Ring for up to ``limit`` targets that wait and may be taken, and end what is due.

    Subscriptions of which many wait are applied here, in batches: not inside a transaction.
    Access itself ends at read time and does not wait for this. While the mirror is stale, licenses
    that renew keep their label.
    """
    rung, begun = 0, time.monotonic()
    applied = apply_backlog(at=at, seconds=MOST_SECONDS, progress=progress)
    waiting = SyncTarget.objects.filter(due(at)).order_by("requested_at", "pk")
    target_ids = list(waiting.values_list("pk", flat=True)[:limit])
    for target_id in target_ids:
        # Without a broker a ring does the work, and an outage makes each wait for its time-out.
        if time.monotonic() - begun > MOST_SECONDS:
            break
        ring(target_id)
        rung += 1
        progress(rung, len(target_ids))
    stale = stale_because(at=at)
    if Stale.WAITING in stale:
        logger.warning("Objects of Stripe wait to be read for more than 15 minutes")
    return Swept(
        rung=rung,
        licenses=end_due_licenses(at=at, limit=limit, spare_renewing=bool(stale))
        + lapse_approvals(at=at, limit=limit),
        grants=sweep_ended_grants(at=at),
        purged=purge_payloads(at=at),
        seats=suspend_excess_seats(at=at, limit=limit),
        applied=applied,
        forgotten=forget_claims(at=at, limit=limit) + purge_guests(at=at, limit=limit),
    )
