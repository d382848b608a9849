"""Write many subscriptions under their leases, in the transaction of the caller."""

import logging
from datetime import datetime
from itertools import groupby

from . import claims
from .facts import SubscriptionFacts
from .lease import Lease
from .origin import Origin
from .subscriptions import write_gone, write_subscriptions

logger = logging.getLogger(__name__)

#: A lease with what Stripe has: None for a subscription that does not exist any more.
Read = tuple[Lease, SubscriptionFacts | None]


def write_read(some: list[Read], *, at: datetime) -> int:
    """Write under the leases; return of how many the lease was still ours. The rest is dropped."""
    locked = claims.confirm_many([lease for lease, _facts in some])
    ours = [(lease, facts) for lease, facts in some if lease.target_id in locked]
    if len(ours) < len(some):
        logger.info("%d leases were lost, those answers are dropped", len(some) - len(ours))
    if not ours:
        return 0
    mine = [lease for lease, _facts in ours]
    events = claims.new_events_of(mine)
    for is_gone, group in groupby(ours, key=lambda each: each[1] is None):
        origins = [(lease, facts, _origin(lease, events, at)) for lease, facts in group]
        if is_gone:
            for lease, _none, origin in origins:
                write_gone(lease.object_id, origin=origin)
        else:
            write_subscriptions([(facts, origin) for _lease, facts, origin in origins if facts])
    claims.finish_many(mine, locked=locked, events=events, at=at)
    return len(ours)


def _origin(lease: Lease, events: dict[str, list[tuple[int, str]]], at: datetime) -> Origin:
    newest = events.get(lease.object_id, [(0, "")])[-1]
    return Origin(
        account=lease.account,
        livemode=lease.livemode,
        event_id=newest[1],
        at=at,
        is_import=lease.is_import,
    )
