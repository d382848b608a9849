"""Issue a license."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..conf import conf
from ..domain.lengths import end_of_term
from ..domain.states import PendingReason, State
from ..domain.validity import access_until as end_of_access
from ..models import License, LicenseProduct, Organization, ProductPolicy
from .change import LicenseError
from .history import MOST, ChangedBy, first_line, write_lines
from .policies import current_policy
from .seats import seat_the_holders


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLicense:
    """A license to be issued, with the arguments of :func:`issue_license`."""

    product: LicenseProduct
    source: str
    by: ChangedBy
    user: Any = None
    organization: Organization | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    renews: bool = False
    is_trial: bool = False
    seats: int | None = None
    pending: PendingReason | None = None


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
    that instant. It is pinned to what the product promises now. A license shared through seats
    gives the first seat to the user who holds it. Somebody who held the product before goes on
    where the days held had stopped.
    Raises :class:`LicenseError` for a holder or dates that do not fit.
    """
    new = NewLicense(
        product=product,
        source=source,
        by=by,
        user=user,
        organization=organization,
        starts_at=starts_at,
        ends_at=ends_at,
        renews=renews,
        is_trial=is_trial,
        seats=seats,
        pending=pending,
    )
    (license,) = issue_many(new=[new], at=at)
    return license


def issue_many(*, new: Sequence[NewLicense], at: datetime) -> list[License]:
    """Issue many licenses as :func:`issue_license` issues one, and return them in the order given.

    As many queries as for one, and one for each product. No two of them are of one product for one
    holder: how long that one has held it before would not be known. All of it or, if it raises,
    nothing.
    """
    with transaction.atomic():
        products = {each.product.pk: each.product for each in new}
        policies = {key: current_policy(product, at=at) for key, product in products.items()}
        before = _held_before(new, at=at)
        licenses = [
            _license(each, policy=policies[each.product.pk], held=before[_holding(each)], at=at)
            for each in new
        ]
        License.objects.bulk_create(licenses, batch_size=MOST)
        seat_the_holders(licenses=licenses, at=at)
        lines = zip(licenses, new, strict=True)
        write_lines([first_line(license=license, at=at, by=each.by) for license, each in lines])
    return licenses


def _license(new: NewLicense, *, policy: ProductPolicy, held: timedelta, at: datetime) -> License:
    product, pending = new.product, new.pending
    starts_at = new.starts_at or at
    ends_at = new.ends_at if new.ends_at else end_of_first_term(product, starts_at)
    if (new.user is None) == (new.organization is None) and pending is not PendingReason.CLAIM:
        raise LicenseError("a license has one holder: a user or an organization")
    if ends_at is not None and ends_at <= starts_at:
        raise LicenseError("a license ends after it starts")
    if pending is None and starts_at > at:
        pending = PendingReason.START
    state = State.PENDING if pending else State.ACTIVE
    return License(
        product=product,
        policy=policy,
        user=new.user,
        organization=new.organization,
        state=state.value,
        unheld_state=state.value,
        pending_reason=pending.value if pending else "",
        source=new.source,
        starts_at=starts_at,
        ends_at=ends_at,
        access_until=end_of_access(paid_until=ends_at, renews=new.renews, slack=conf.sync_slack),
        held_since=starts_at - held,
        renews=new.renews,
        is_trial=new.is_trial,
        had_trial=new.is_trial,
        seats_total=new.seats or product.seats,
        uses_seats=product.is_team or new.organization is not None,
    )


#: Who holds what: a product, and a user or an organization.
_Holding = tuple[int, int | None, int | None]


def _holding(new: NewLicense) -> _Holding:
    user, organization = new.user, new.organization
    return (new.product.pk, user.pk if user else None, organization.pk if organization else None)


def _held_before(new: Iterable[NewLicense], *, at: datetime) -> dict[_Holding, timedelta]:
    """Return for how long each holder has held the product in the past.

    What opened after some days of holding it stays open when somebody comes back: the clock of such
    rules only stands still while nothing is held. A license that was revoked counts for nothing.
    """
    starts = {_holding(each): each.starts_at or at for each in new}
    found = dict.fromkeys(starts, timedelta(0))
    users = [user for _product, user, _organization in starts if user is not None]
    organizations = [each for _product, _user, each in starts if each is not None]
    if not users and not organizations:
        return found
    rows = (
        License.objects.filter(Q(user__in=users) | Q(organization__in=organizations))
        .filter(product__in={product for product, *_holder in starts})
        .filter(access_until__lte=max(starts.values()))
        .exclude(unheld_state__in=[State.REVOKED, State.PENDING])
    )
    for product, user, organization, end, since in rows.values_list(
        "product_id", "user_id", "organization_id", "access_until", "held_since"
    ):
        key = (product, user, organization)
        if key in starts and end is not None and end <= starts[key]:
            found[key] = max(found[key], end - since)
    return found


def end_of_first_term(product: LicenseProduct, starts_at: datetime) -> datetime | None:
    """Return when a term that starts at ``starts_at`` ends (exclusive), None where terms have no end."""
    if not product.length:
        return None
    return end_of_term(starts_at, product.length, zone=timezone.get_default_timezone())
