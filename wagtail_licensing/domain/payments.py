"""What became of the money of a payment, and what follows from it. What counts is where a dispute
stands, never the name of the event that told of it."""

from collections.abc import Iterable
from dataclasses import dataclass

from .policy import Flag, FullRefund, LicensePolicy, OpenDispute

#: The bank has taken the money back for now.
OPEN_DISPUTES = frozenset(
    {"needs_response", "under_review", "appeal_needs_response", "appeal_under_review"}
)
LOST_DISPUTE = "lost"
#: Nothing is at stake any more.
SETTLED_DISPUTES = frozenset({"won", "prevented", "warning_closed"})

#: Of several marks, the first of these stands.
_BY_WEIGHT = (Flag.DISPUTED, Flag.INQUIRY, Flag.REFUNDED, Flag.REFUNDED_IN_PART)

DISPUTE_LOST = "the payment was disputed and the dispute lost"
REFUNDED_IN_FULL = "the payment was refunded in full"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a payment does to what it bought.

    ``is_lost``: the dispute is lost, the license goes for good. ``takes_back``: what this payment
    bought goes. ``holds``: the license is suspended meanwhile. ``flag``: somebody should look.
    """

    is_lost: bool = False
    takes_back: bool = False
    holds: bool = False
    flag: Flag = Flag.NONE


def judge(
    *, amount: int, refunded: int, dispute_statuses: Iterable[str], promise: LicensePolicy
) -> Verdict:
    """Return what follows for a license with ``promise``; amounts are minor units.

    A status that is not known yet is treated as an inquiry: it marks and takes nothing.
    """
    statuses = frozenset(dispute_statuses)
    is_full = 0 < amount <= refunded
    is_open = bool(statuses & OPEN_DISPUTES)
    asked = statuses - OPEN_DISPUTES - SETTLED_DISPUTES - {LOST_DISPUTE}
    flags = {
        Flag.DISPUTED: is_open or LOST_DISPUTE in statuses,
        Flag.INQUIRY: bool(asked),
        Flag.REFUNDED: is_full and promise.full_refund is not FullRefund.KEEP,
        Flag.REFUNDED_IN_PART: 0 < refunded < amount,
    }
    return Verdict(
        is_lost=LOST_DISPUTE in statuses,
        takes_back=is_full and promise.full_refund is FullRefund.REVOKE,
        holds=is_open and promise.open_dispute is OpenDispute.HOLD,
        flag=heaviest(flag for flag, stands in flags.items() if stands),
    )


def heaviest(flags: Iterable[Flag]) -> Flag:
    """Return the mark that stands when there are several."""
    present = frozenset(flags)
    return next((flag for flag in _BY_WEIGHT if flag in present), Flag.NONE)
