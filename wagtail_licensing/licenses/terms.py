"""Make a license what billing says it is."""

from datetime import datetime

from ..domain.states import State
from ..domain.terms import BILLING_HOLDS, Terms
from ..models import License, LicenseProduct
from .change import Change, ChangedBy, changing
from .hold import set_holds


def apply_terms(
    *,
    license_id: int,
    terms: Terms,
    at: datetime,
    by: ChangedBy,
    product: LicenseProduct | None = None,
) -> License:
    """Bring a license to ``terms``; the same terms again change nothing and write nothing.

    ``product`` switches the license to another product and keeps its id, history and progress. A
    revoked license is final: it is returned as it is. Raises ``IllegalTransition``.
    """
    with changing(license_id=license_id, at=at, by=by) as change:
        license = change.license
        if license.state == State.REVOKED:
            return license
        _keep_the_drip_clock(change, terms)
        if product is not None and product.pk != license.product_id:
            license.product = product
            license.grace_days = product.grace_days
            license.uses_seats = product.is_team or license.organization_id is not None
        license.starts_at = min(license.starts_at, terms.starts_at)
        license.ends_at = terms.ends_at
        license.access_until = terms.access_until
        license.renews = terms.renews
        license.is_trial = terms.is_trial
        license.seats_total = max(terms.seats, 1)
        set_holds(change, terms.holds, BILLING_HOLDS)
        change.move(terms.state)
        if terms.state is State.PENDING and terms.pending_reason:
            license.pending_reason = terms.pending_reason.value if license.state == State.PENDING else ""
    return change.license


def _keep_the_drip_clock(change: Change, terms: Terms) -> None:
    """Let the time without a license not count as time held, and keep what had been held before."""
    license = change.license
    comes_back = license.state == State.EXPIRED and terms.state in {State.ACTIVE, State.GRACE}
    if comes_back and license.access_until is not None and license.access_until < change.at:
        license.held_since += change.at - license.access_until
