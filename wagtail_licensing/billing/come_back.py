"""Licenses that were revoked for their money, when the money is there after all.

A revoked license is final. What comes back is a new one, and only after Stripe's side took the first:
what staff revoked stays so.
"""

from datetime import datetime

from ..domain.states import Cause, PendingReason, State
from ..licenses import ChangedBy, issue_license, move_claim
from ..models import License, LicenseEvent


def revoked_for_money(license: License) -> LicenseEvent | None:
    """Return the line of history with which Stripe's side revoked a license, or None. One query."""
    if license.state != State.REVOKED:
        return None
    line: LicenseEvent | None = license.events.filter(kind="revoked").last()
    return line if line is not None and line.cause == Cause.STRIPE else None


def follow_revoked(license: License, *, at: datetime, by: ChangedBy) -> License | None:
    """Issue a new license with the term of one that was revoked for its money, and return it.

    None when people revoked it, or its term is over meanwhile. Inside a transaction.
    """
    line = revoked_for_money(license)
    over = license.ends_at is not None and license.ends_at <= at
    if line is None or over:
        return None
    waited_for = line.before["pending_reason"]
    follower = issue_license(
        product=license.product,
        source=license.source,
        user=license.user,
        organization=license.organization,
        starts_at=license.starts_at,
        ends_at=license.ends_at,
        seats=license.seats_total,
        pending=PendingReason.CLAIM if waited_for == PendingReason.CLAIM else None,
        at=at,
        by=by,
    )
    move_claim(of=license, to=follower)
    return follower
