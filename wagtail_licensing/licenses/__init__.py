"""The write path: every change of a license goes through these functions, and nowhere else.

Each locks the license, asks the table of transitions, saves, writes one history line, mirrors the
grant, and announces the change after the commit. Arguments are keyword-only; ``at`` is the clock.
"""

from .applications import (
    AppliedBefore,
    DecidedBefore,
    apply_for_license,
    approve_application,
    is_approved,
    is_to_pay,
    lapse_approvals,
    refuse_application,
    take_approved_license,
)
from .change import LicenseError
from .claims import (
    ClaimedBefore,
    ClaimRefused,
    SentTooOften,
    claim_license,
    issue_gift,
    issue_to_guest,
    move_claim,
    prepare_gift,
    register_free,
    send_claim_again,
)
from .expire import end_due_licenses
from .forget import forget_claims
from .history import ChangedBy
from .hold import lift_hold, place_hold
from .issue import NewLicense, end_of_first_term, issue_license, issue_many
from .mark import follow_payment
from .next_term import issue_bought_term, start_license
from .overage import suspend_excess_seats
from .policies import current_policy
from .renew import renew_license
from .revoke import revoke_license
from .seats import NoSeatLeft, accept_seat, assign_seat, invite_to_seat, release_seat
from .terms import NewTerms, apply_terms, apply_terms_to_many
from .transfer import transfer_license

__all__ = [
    "AppliedBefore",
    "ChangedBy",
    "ClaimRefused",
    "ClaimedBefore",
    "DecidedBefore",
    "LicenseError",
    "NewLicense",
    "NewTerms",
    "NoSeatLeft",
    "SentTooOften",
    "apply_for_license",
    "accept_seat",
    "apply_terms",
    "apply_terms_to_many",
    "approve_application",
    "assign_seat",
    "claim_license",
    "current_policy",
    "end_due_licenses",
    "end_of_first_term",
    "follow_payment",
    "forget_claims",
    "invite_to_seat",
    "is_approved",
    "is_to_pay",
    "issue_bought_term",
    "issue_gift",
    "issue_license",
    "issue_many",
    "issue_to_guest",
    "move_claim",
    "lapse_approvals",
    "lift_hold",
    "place_hold",
    "prepare_gift",
    "refuse_application",
    "register_free",
    "release_seat",
    "renew_license",
    "revoke_license",
    "send_claim_again",
    "start_license",
    "suspend_excess_seats",
    "take_approved_license",
    "transfer_license",
]
