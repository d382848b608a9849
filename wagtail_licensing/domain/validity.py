"""When a license entitles: half-open in time, ``starts_at <= at < access_until``."""

from datetime import datetime, timedelta

from .states import PendingReason, State

#: A license in one of these states entitles while its dates hold. Any other, unknown ones too, does not.
ENTITLING_STATES = frozenset({State.ACTIVE, State.GRACE})


def entitles(
    *,
    state: str,
    pending_reason: str,
    starts_at: datetime,
    access_until: datetime | None,
    at: datetime,
) -> bool:
    """Tell whether a license with these facts opens anything at the instant ``at``.

    ``access_until`` is exclusive; ``None`` means without end. A license that only waits for its
    start entitles from ``starts_at`` on, so that no worker has to run at that second.
    """
    waits_for_start = state == State.PENDING and pending_reason == PendingReason.START
    if state not in ENTITLING_STATES and not waits_for_start:
        return False
    return starts_at <= at and (access_until is None or at < access_until)


def access_until(*, paid_until: datetime | None, renews: bool, slack: timedelta) -> datetime | None:
    """Return the instant at which access ends, exclusive.

    A license that renews keeps its holder in for ``slack`` beyond what is paid, so that our own
    outage or a late renewal does not lock out a payer. One that ends, ends exactly.
    """
    if paid_until is None:
        return None
    return paid_until + slack if renews else paid_until
