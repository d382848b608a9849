"""Terms that are bought: where they begin, one after the other, and the start by the holder."""

from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from ..conf import conf
from ..domain.lengths import end_of_term, next_term
from ..domain.policy import TermStart
from ..domain.states import PendingReason, State, Trigger
from ..domain.validity import access_until
from ..models import License, LicenseProduct, Organization
from ..models.licenses import SeatState
from .change import LicenseError, changing
from .history import ChangedBy
from .issue import issue_license
from .policies import current_policy
from .seats import assign_seat


def issue_bought_term(
    *,
    product: LicenseProduct,
    at: datetime,
    by: ChangedBy,
    user: Any = None,
    organization: Organization | None = None,
    seats: int | None = None,
) -> License:
    """Issue the license of a fixed term that ``user`` or ``organization`` bought at ``at``.

    Bought before the end of the last one, it begins at that instant, and takes the people along who
    have a seat; bought later, it begins as its policy says: at once, on a date that is still to
    come, or when the holder starts it. Inside a transaction.
    """
    with transaction.atomic():
        chain = _running_chain(product, user, organization, at=at)
        zone = timezone.get_default_timezone()
        length = current_policy(product, at=at).length
        pending = None
        if chain:
            starts = [license.starts_at for license in chain]
            starts_at, ends_at = next_term(
                starts, ends_at=chain[-1].ends_at, at=at, length=length, zone=zone
            )
        else:
            starts_at = first_start(product, at=at)
            ends_at = end_of_term(starts_at, length, zone=zone)
            if product.term_start == TermStart.HOLDER:
                pending = PendingReason.CLAIM
        license = issue_license(
            product=product,
            source="purchase",
            user=user,
            organization=organization,
            starts_at=starts_at,
            ends_at=ends_at,
            seats=seats,
            pending=pending,
            at=at,
            by=by,
        )
        if chain and license.uses_seats:
            _take_people_along(chain[-1], license, at=at, by=by)
    return license


def start_license(*, license_id: int, at: datetime, by: ChangedBy) -> License:
    """Let a term begin that waits for its holder; one that has begun stays as it is.

    Raises :class:`LicenseError` for one that waits for something else or has ended.
    """
    with changing(license_id=license_id, at=at, by=by) as change:
        license = change.license
        if license.state in {State.ACTIVE, State.GRACE}:
            return license
        if license.state != State.PENDING or license.pending_reason != PendingReason.CLAIM:
            raise LicenseError("this license does not wait to be started")
        zone = timezone.get_default_timezone()
        license.held_since += at - license.starts_at
        license.starts_at = at
        if license.policy.length:
            license.ends_at = end_of_term(at, license.policy.length, zone=zone)
        license.access_until = access_until(
            paid_until=license.ends_at, renews=False, slack=conf.sync_slack
        )
        change.move(State.ACTIVE, trigger=Trigger.CLAIMED)
    return license


def _running_chain(
    product: LicenseProduct, user: Any, organization: Organization | None, *, at: datetime
) -> list[License]:
    """Return the bought terms that follow each other without a gap up to the last end to come."""
    terms: QuerySet[License] = License.objects.filter(
        product=product,
        user=user,
        organization=organization,
        source="purchase",
        ends_at__isnull=False,
    )
    waiting = terms.filter(pending_reason=PendingReason.CLAIM)
    rows = list(
        terms.exclude(unheld_state=State.REVOKED)
        .exclude(pk__in=waiting.values("pk"))
        .order_by("ends_at", "pk")
    )
    if not rows or rows[-1].ends_at is None or rows[-1].ends_at <= at:
        return []
    chain = [rows.pop()]
    while rows:
        before = rows.pop()
        if before.ends_at == chain[0].starts_at:
            chain.insert(0, before)
    return chain


def first_start(product: LicenseProduct, *, at: datetime) -> datetime:
    """Return when a term of ``product`` that is bought at ``at`` begins: at once, or on its date."""
    if product.term_start != TermStart.FIXED_DATE or product.term_starts_on is None:
        return at
    midnight = datetime.combine(product.term_starts_on, time.min)
    return max(at, timezone.make_aware(midnight, timezone.get_default_timezone()))


def _take_people_along(before: License, after: License, *, at: datetime, by: ChangedBy) -> None:
    """Give the people with a seat one on the next term, the earliest first, while there is room."""
    people = before.seats.filter(state=SeatState.ASSIGNED).exclude(user=after.user)
    room = after.seats_total - after.seats.count()
    for seat in people.select_related("user").order_by("assigned_at", "pk")[:room]:
        assign_seat(license_id=after.pk, user=seat.user, at=at, by=by)
