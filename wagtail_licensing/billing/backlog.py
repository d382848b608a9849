"""Work off subscriptions that wait, batch after batch."""

import time
from datetime import datetime, timedelta

from . import claims
from .batch import BATCH, apply_batch
from .report import Progress, silent
from .targets import SUBSCRIPTION

#: From so many on, a batch is worth its while.
WORTH = 10


def apply_backlog(
    *,
    at: datetime,
    seconds: float | None = None,
    progress: Progress = silent,
) -> int:
    """Apply subscriptions that wait in batches, if many wait; return how many were.

    ``at`` is the instant at which it begins. Stops after ``seconds``, and when Stripe or the database
    fails; what is left waits for the next sweep. Never raises for what Stripe or an object do. Not
    inside a transaction.
    """
    begun, applied = time.monotonic(), 0
    total = claims.waiting(SUBSCRIPTION, at=at).count()
    if total < WORTH:
        return 0
    while seconds is None or time.monotonic() - begun < seconds:
        batch = apply_batch(at=at + timedelta(seconds=time.monotonic() - begun))
        applied += batch.applied
        progress(applied, max(applied, total))
        if not batch.goes_on or batch.taken < BATCH:
            break
    return applied
