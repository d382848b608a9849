"""What billing, staff or the clock want a license to be; the result of a pure projection."""

from dataclasses import dataclass
from datetime import datetime

from .policy import Flag
from .states import Hold, PendingReason, State

#: The holds that follow from Stripe's state; :class:`Terms` carries all of them, or none.
BILLING_HOLDS = frozenset({Hold.BILLING, Hold.PAUSED, Hold.DISPUTE})


@dataclass(frozen=True, slots=True)
class Terms:
    """The facts of a license as they should be.

    ``state`` is the state without holds. ``holds`` are those of :data:`BILLING_HOLDS` that stand;
    holds of other causes are not touched. ``ends_at`` and ``access_until`` are exclusive, UTC,
    None for without end. ``seats`` is the number of places, ``flag`` what people should look at.
    """

    state: State
    starts_at: datetime
    ends_at: datetime | None
    access_until: datetime | None
    renews: bool
    pending_reason: PendingReason | None = None
    is_trial: bool = False
    holds: frozenset[Hold] = frozenset()
    seats: int = 1
    flag: Flag = Flag.NONE
