"""Let the labels follow the clock. Access itself ends at read time and waits for nobody."""

from datetime import datetime

from django.db.models.expressions import RawSQL

from ..domain.states import Cause, Hold, PendingReason, State, Trigger
from ..models import License
from .change import Change, changing
from .history import ChangedBy
from .hold import set_holds


def _literal(value: str) -> RawSQL:
    # In the text of the query and not as a bound value: SQLite recognises its partial index only so.
    return RawSQL(f"'{value}'", ())  # noqa: S611


_RUNNING = [_literal(State.ACTIVE), _literal(State.GRACE)]
_WAITING = {
    "state": _literal(State.PENDING),
    "pending_reason": _literal(PendingReason.START),
}


def end_due_licenses(*, at: datetime, limit: int = 500, spare_renewing: bool = False) -> int:
    """Bring up to ``limit`` licenses to the state that their dates call for; return how many.

    A license whose access is over expires; one whose grace is over is held for billing; one that
    waits for its start becomes active. Running it twice changes nothing more. Two queries when
    nothing is due. ``spare_renewing`` leaves the labels of those that renew as they are: whether
    they were paid again is not known at the moment.
    """
    # Two questions and not one: the index that answers the first is of no use to both together.
    due = License.objects.filter(state__in=_RUNNING, access_until__lte=at).order_by("access_until", "pk")
    if spare_renewing:
        due = due.filter(renews=False)
    starting = License.objects.filter(**_WAITING, starts_at__lte=at).order_by("starts_at", "pk")
    ids = list(due.values_list("pk", flat=True)[:limit])
    ids += starting.values_list("pk", flat=True)[: limit - len(ids)]
    by = ChangedBy(cause=Cause.CLOCK)
    for license_id in ids:
        with changing(license_id=license_id, at=at, by=by) as change:
            _follow_the_clock(change)
    return len(ids)


def _follow_the_clock(change: Change) -> None:
    license = change.license
    over = license.access_until is not None and license.access_until <= change.at
    if license.state == State.PENDING and license.starts_at <= change.at:
        change.move(State.EXPIRED if over else State.ACTIVE, trigger=None if over else Trigger.STARTED)
    elif license.state == State.ACTIVE and over:
        change.move(State.EXPIRED)
    elif license.state == State.GRACE and over:
        set_holds(change, frozenset({Hold.BILLING}), frozenset({Hold.BILLING}))
        change.move(State.GRACE)
