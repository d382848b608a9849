"""The write path: every change of a license goes through these functions, and nowhere else.

Each locks the license, asks the table of transitions, saves, writes one history line, mirrors the
grant, and announces the change after the commit. Arguments are keyword-only; ``at`` is the clock.
"""

from .change import ChangedBy, LicenseError
from .expire import end_due_licenses
from .hold import lift_hold, place_hold
from .issue import issue_license
from .renew import renew_license
from .revoke import revoke_license
from .seats import NoSeatLeft, assign_seat, invite_to_seat, release_seat
from .terms import apply_terms

__all__ = [
    "ChangedBy",
    "LicenseError",
    "NoSeatLeft",
    "apply_terms",
    "assign_seat",
    "end_due_licenses",
    "invite_to_seat",
    "issue_license",
    "lift_hold",
    "place_hold",
    "release_seat",
    "renew_license",
    "revoke_license",
]
