"""Issue a license."""

from datetime import datetime
from typing import Any

from django.db import transaction

from ..conf import conf
from ..domain.states import PendingReason, State
from ..domain.validity import access_until as end_of_access
from ..models import License, LicenseProduct, Organization
from .change import ChangedBy, LicenseError, record_issue
from .seats import seat_the_holder


def issue_license(
    *,
    product: LicenseProduct,
    source: str,
    at: datetime,
    by: ChangedBy,
    user: Any = None,
    organization: Organization | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    renews: bool = False,
    is_trial: bool = False,
    seats: int | None = None,
    pending: PendingReason | None = None,
) -> License:
    """Issue a license of ``product`` to a user or an organization, and return it.

    ``ends_at`` (exclusive) defaults to the product's fixed term after ``starts_at`` (default
    ``at``), or to no end. A start in the future makes it pending(start), which opens by itself at
    that instant. A license shared through seats gives the first seat to the user who holds it.
    Raises :class:`LicenseError` for a holder or dates that do not fit.
    """
    starts_at = starts_at or at
    ends_at = ends_at if ends_at else _term_end(product, starts_at)
    if (user is None) == (organization is None) and pending is not PendingReason.CLAIM:
        raise LicenseError("a license has one holder: a user or an organization")
    if ends_at is not None and ends_at <= starts_at:
        raise LicenseError("a license ends after it starts")
    if pending is None and starts_at > at:
        pending = PendingReason.START
    state = State.PENDING if pending else State.ACTIVE
    with transaction.atomic():
        license = License.objects.create(
            product=product,
            user=user,
            organization=organization,
            state=state.value,
            unheld_state=state.value,
            pending_reason=pending.value if pending else "",
            source=source,
            starts_at=starts_at,
            ends_at=ends_at,
            access_until=end_of_access(paid_until=ends_at, renews=renews, slack=conf.sync_slack),
            held_since=starts_at,
            renews=renews,
            is_trial=is_trial,
            grace_days=product.grace_days,
            seats_total=seats or product.seats,
            uses_seats=product.is_team or organization is not None,
        )
        seat_the_holder(license=license, at=at)
        record_issue(license=license, at=at, by=by)
    return license


def _term_end(product: LicenseProduct, starts_at: datetime) -> datetime | None:
    return starts_at + product.term if product.term else None
