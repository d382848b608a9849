"""What is promised with a license: what a failed payment, a refund, a dispute, an early end do to it.

A policy belongs to a product, has versions, and stays with a license from its issue on.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class PastDue(StrEnum):
    """What a payment that failed does while Stripe tries again."""

    GRACE = "grace"
    SUSPEND = "suspend"
    KEEP = "keep"


class Unpaid(StrEnum):
    """What happens when Stripe has given up and leaves the subscription unpaid."""

    SUSPEND = "suspend"
    EXPIRE = "expire"


class FullRefund(StrEnum):
    """What the full refund of a payment does to what it paid. A refund in part only marks it."""

    REVOKE = "revoke"
    FLAG = "flag"
    KEEP = "keep"


class OpenDispute(StrEnum):
    """What a dispute does while it is open. A lost one revokes, a won one restores."""

    HOLD = "hold"
    FLAG = "flag"


class TrialRule(StrEnum):
    """How often a person may try."""

    ONCE_PER_PERSON = "person"
    ONCE_PER_PRODUCT = "product"


class TermStart(StrEnum):
    """When a fixed term that was bought begins, unless it follows another one."""

    PURCHASE = "purchase"
    FIXED_DATE = "fixed_date"
    HOLDER = "holder"


class Flag(StrEnum):
    """What billing says about a license that people should look at; it opens and closes nothing."""

    NONE = ""
    INQUIRY = "inquiry"
    DISPUTED = "disputed"
    REFUNDED = "refunded"
    REFUNDED_IN_PART = "refunded_in_part"


@dataclass(frozen=True, slots=True)
class LicensePolicy:
    """One version of what a product promises. ``grace`` counts from the first failed payment."""

    grace: timedelta = timedelta(days=7)
    past_due: PastDue = PastDue.GRACE
    unpaid: Unpaid = Unpaid.SUSPEND
    full_refund: FullRefund = FullRefund.REVOKE
    open_dispute: OpenDispute = OpenDispute.HOLD
    honours_paid_term: bool = False
    trial: TrialRule = TrialRule.ONCE_PER_PERSON
