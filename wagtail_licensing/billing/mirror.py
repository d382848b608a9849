"""Is what we know of Stripe still true? While it may not be, time alone takes nothing away.

Safe mode: access itself ends when what was paid, and the slack after that, is over. But no license
that renews is given the label of an ended one, with all that follows from it, before Stripe was asked.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import F, Min

from ..conf import conf
from ..models import SyncTarget
from .account import state_of

#: An object that waits longer than this is worth a word.
TOO_LONG = timedelta(minutes=15)
#: Stripe is asked at least every ten minutes; a silence of this length is an outage.
SILENCE = timedelta(hours=1)


class Stale(StrEnum):
    """Why the mirror may say what is not true any more."""

    REFUSED = "refused"
    WAITING = "waiting"
    SILENT = "silent"


def stale_because(*, at: datetime) -> list[Stale]:
    """Return why the mirror of the configured account may be stale; nothing while it is not.

    Never stale without a key: then nothing comes from Stripe. Two queries.
    """
    if not conf.stripe_secret_key:
        return []
    line = state_of()
    reasons = []
    if line is not None and line.refused_at is not None:
        reasons.append(Stale.REFUSED)
    if line is not None and line.answered_at is not None and line.answered_at < at - SILENCE:
        reasons.append(Stale.SILENT)
    oldest = oldest_waiting()
    if oldest is not None and oldest < at - TOO_LONG:
        reasons.append(Stale.WAITING)
    return reasons


def oldest_waiting() -> datetime | None:
    """Return since when the oldest object waits to be read, parked ones left out. One query."""
    waiting = SyncTarget.objects.filter(
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        requested__gt=F("applied"),
        is_dead=False,
    )
    oldest: datetime | None = waiting.aggregate(oldest=Min("requested_at"))["oldest"]
    return oldest
