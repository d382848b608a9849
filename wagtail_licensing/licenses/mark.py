"""Make a license that was bought once follow what became of its payment."""

from datetime import datetime

from ..domain.policy import Flag
from ..domain.states import Hold, State
from ..models import License
from .change import changing
from .history import ChangedBy
from .hold import set_holds

_DISPUTE = frozenset({Hold.DISPUTE})


def follow_payment(
    *, license_id: int, disputed: bool, flag: Flag, at: datetime, by: ChangedBy
) -> License:
    """Place or lift the hold of a dispute and the mark; the same again writes nothing.

    A revoked license is final and stays as it is. One whose access ended under the hold expires.
    """
    with changing(license_id=license_id, at=at, by=by) as change:
        license = change.license
        if license.state == State.REVOKED:
            return license
        license.flag = flag.value
        set_holds(change, _DISPUTE if disputed else frozenset(), _DISPUTE)
        over = license.access_until is not None and license.access_until <= at
        ended = over and not change.holds
        change.move(State.EXPIRED if ended else State(license.unheld_state))
    return change.license
