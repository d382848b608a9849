"""The lease on a sync target: one worker at a time, and a fencing token for those that were slow.

A worker that lost its lease may still come back with what it fetched; its token is not the newest
any more, and what it holds is thrown away.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet

from ..models import BillingAccount, StripeEvent, SyncTarget
from ..models.inbox import EventStatus
from .account import REFUSED_PAUSE, not_stopped, note_answer, state_of, stop
from .errors import BadRequest, Refused, StripeFailure

logger = logging.getLogger(__name__)

LENGTH = timedelta(seconds=60)
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
#: Failures of our own, in a row, after which a target is given up until somebody looks at it.
MAX_CRASHES = 8

_CRASHED = "crashed"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write what is fetched now, and up to which request and event it counts.

    ``line`` is what was known of the account when the lease was taken.
    """

    target_id: int
    account: str
    livemode: bool
    kind: str
    object_id: str
    token: int
    requested: int
    last_event: int
    line: BillingAccount | None = None
    is_import: bool = False
    object_created: datetime | None = None


def due(at: datetime) -> Q:
    """Return the condition for targets that a worker may take at the instant ``at``."""
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=at)
    ready = Q(next_try__isnull=True) | Q(next_try__lte=at)
    return Q(requested__gt=F("applied"), is_dead=False) & free & ready & not_stopped(at)


def take(*, target_id: int, at: datetime) -> Lease | None:
    """Take the lease, or return None: nothing to do, somebody at it, or not yet. Four queries."""
    with transaction.atomic():
        taken = SyncTarget.objects.filter(due(at), pk=target_id).update(
            token=F("token") + 1, lease_until=at + LENGTH
        )
        if not taken:
            return None
        target = SyncTarget.objects.get(pk=target_id)
        last_event = _events(target).aggregate(last=Max("pk"))["last"]
    return Lease(
        target_id=target.pk,
        account=target.account,
        livemode=target.livemode,
        kind=target.kind,
        object_id=target.object_id,
        token=target.token,
        requested=target.requested,
        last_event=last_event or 0,
        line=state_of(account=target.account, livemode=target.livemode),
        is_import=target.is_import,
        object_created=target.object_created,
    )


def confirm(lease: Lease) -> bool:
    """Lock the target and tell whether the lease is still ours. Inside the transaction that writes."""
    target = SyncTarget.objects.select_for_update().get(pk=lease.target_id)
    return bool(target.token == lease.token)


def cause_of(lease: Lease) -> str:
    """Return the id of the newest event that made us look, or nothing. One query."""
    events = _events(lease).filter(status=EventStatus.NEW, pk__lte=lease.last_event)
    return events.order_by("-pk").values_list("event_id", flat=True).first() or ""


def finish(lease: Lease, *, at: datetime) -> None:
    """Note that everything requested before the fetch is applied. In the transaction that wrote."""
    SyncTarget.objects.filter(pk=lease.target_id, token=lease.token).update(
        applied=lease.requested,
        lease_until=None,
        attempts=0,
        next_try=None,
        error="",
        is_import=False,
    )
    _events(lease).filter(status=EventStatus.NEW, pk__lte=lease.last_event).update(
        status=EventStatus.DONE, applied_at=at
    )
    note_answer(account=lease.account, livemode=lease.livemode, at=at, known=lease.line)


def fail(lease: Lease, *, failure: StripeFailure, at: datetime) -> None:
    """Give the lease back after Stripe failed us; the target waits, longer each time.

    A refused key stops the whole account. A request that Stripe does not understand is an error
    of ours.
    """
    if isinstance(failure, BadRequest):
        crash(lease, error=failure, at=at)
        return
    attempts, pause = _attempts(lease, crashed=False), REFUSED_PAUSE
    if isinstance(failure, Refused):
        stop(account=lease.account, livemode=lease.livemode, error=str(failure), at=at)
    else:
        pause = backoff(attempts)
    _give_back(lease, attempts=attempts, next_try=at + pause, error=f"{failure.kind}: {failure}")


def crash(lease: Lease, *, error: Exception, at: datetime) -> None:
    """Give the lease back after an error of ours; the eighth in a row parks the target."""
    attempts = _attempts(lease, crashed=True)
    # The text of an error may hold anything; its kind is enough here, the log has the rest. Only
    # those of Stripe's failures are written by us.
    said = f" ({error})" if isinstance(error, StripeFailure) else ""
    _give_back(
        lease,
        attempts=attempts,
        next_try=at + backoff(attempts),
        error=f"{_CRASHED}: {type(error).__name__}{said}",
        is_dead=attempts >= MAX_CRASHES,
    )
    if attempts >= MAX_CRASHES:
        _events(lease).filter(status=EventStatus.NEW).update(status=EventStatus.DEAD)
        logger.error("%s %s failed %d times and was given up", lease.kind, lease.object_id, attempts)


def backoff(attempts: int, *, chance: float | None = None) -> timedelta:
    """Return the pause after so many attempts: 30 s doubling up to 1 h, of which 50 to 100 %.

    ``chance`` (0 to 1) replaces the dice.
    """
    chance = SystemRandom().random() if chance is None else chance
    longest = min(FIRST_PAUSE * 2 ** min(max(attempts - 1, 0), 10), LONGEST_PAUSE)
    return timedelta(seconds=longest.total_seconds() * (0.5 + chance / 2))


def _attempts(lease: Lease, *, crashed: bool) -> int:
    """Count failures of one sort in a row: an outage of Stripe's does not use up our own patience."""
    target = SyncTarget.objects.get(pk=lease.target_id)
    return target.attempts + 1 if target.error.startswith(_CRASHED) == crashed else 1


def _give_back(
    lease: Lease, *, attempts: int, next_try: datetime, error: str, is_dead: bool = False
) -> None:
    SyncTarget.objects.filter(pk=lease.target_id, token=lease.token).update(
        lease_until=None, attempts=attempts, next_try=next_try, error=error[:500], is_dead=is_dead
    )


def _events(thing: SyncTarget | Lease) -> QuerySet[StripeEvent]:
    return StripeEvent.objects.filter(
        account=thing.account,
        livemode=thing.livemode,
        object_kind=thing.kind,
        object_id=thing.object_id,
    )
