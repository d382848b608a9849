"""Make a license what billing says it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..domain.states import State
from ..domain.terms import BILLING_HOLDS, Terms
from ..models import License, LicenseProduct
from .change import Change, changing, changing_many
from .history import ChangedBy
from .hold import set_holds
from .overage import settle_seats
from .policies import current_policy


def apply_terms(
    *,
    license_id: int,
    terms: Terms,
    at: datetime,
    by: ChangedBy,
    product: LicenseProduct | None = None,
) -> License:
    """Bring a license to ``terms``; the same terms again change nothing and write nothing.

    ``product`` switches the license to another product, with what that one promises now, and keeps
    its id, history and progress. A revoked license is final: it is returned as it is. Raises
    ``IllegalTransition``.
    """
    with changing(license_id=license_id, at=at, by=by) as change:
        _follow(change, NewTerms(terms, by, product))
    return change.license


@dataclass(frozen=True, slots=True)
class NewTerms:
    """What a license should become, on whose behalf, and the product to which it is switched."""

    terms: Terms
    by: ChangedBy
    product: LicenseProduct | None = None


def apply_terms_to_many(*, wanted: Mapping[int, NewTerms], at: datetime) -> None:
    """Do what :func:`apply_terms` does to many licenses, by id, in as many queries as for one.

    Holds and seats that change cost some for each license. All of it or, if it raises, nothing.
    """
    if not wanted:
        return
    (*_, some) = wanted.values()
    with changing_many(license_ids=wanted, at=at, by=some.by) as changes:
        for license_id, change in changes.items():
            change.by = wanted[license_id].by
            _follow(change, wanted[license_id])


def _follow(change: Change, new: NewTerms) -> None:
    license, terms, product = change.license, new.terms, new.product
    if license.state == State.REVOKED:
        return
    _keep_the_drip_clock(change, terms)
    if product is not None and product.pk != license.product_id:
        license.product = product
        license.policy = current_policy(product, at=change.at)
        license.uses_seats = product.is_team or license.organization_id is not None
    license.starts_at = min(license.starts_at, terms.starts_at)
    license.ends_at = terms.ends_at
    license.access_until = terms.access_until
    license.renews = terms.renews
    license.is_trial = terms.is_trial
    license.had_trial = license.had_trial or terms.is_trial
    license.flag = terms.flag.value
    _set_seats(change, max(terms.seats, 1))
    set_holds(change, terms.holds, BILLING_HOLDS)
    change.move(terms.state)
    if terms.state is State.PENDING and terms.pending_reason:
        license.pending_reason = terms.pending_reason.value


def _set_seats(change: Change, seats: int) -> None:
    license = change.license
    if seats != license.seats_total:
        license.seats_total = seats
        if license.uses_seats:
            settle_seats(change)


def _keep_the_drip_clock(change: Change, terms: Terms) -> None:
    """Let the time without a license not count as time held, and keep what had been held before."""
    license = change.license
    comes_back = license.state == State.EXPIRED and terms.state in {State.ACTIVE, State.GRACE}
    if comes_back and license.access_until is not None and license.access_until < change.at:
        license.held_since += change.at - license.access_until
