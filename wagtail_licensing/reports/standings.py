"""How licenses stand now: for each figure the rows behind it, which the list of licenses filters by."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from ..domain.states import Cause, State
from ..models import License, LicenseEvent, LicenseSeat
from ..models.licenses import SeatState

#: Days in which an end counts as near.
SOON = 30

#: Kinds of history lines that give somebody more than they had.
_GIVING = ("issued", "terms_changed", "renewed", "resumed", "approved", "started")


def _open(at: datetime) -> Q:
    """Licenses that open something at ``at``: by their dates, as everywhere."""
    lasts = Q(access_until__isnull=True) | Q(access_until__gt=at)
    return Q(state__in=[State.ACTIVE, State.GRACE], starts_at__lte=at) & lasts


def _active(at: datetime) -> Q:
    return _open(at) & Q(state=State.ACTIVE, is_trial=False)


def _trial(at: datetime) -> Q:
    return _open(at) & Q(state=State.ACTIVE, is_trial=True)


def _grace(at: datetime) -> Q:
    return _open(at) & Q(state=State.GRACE)


def _ending(at: datetime) -> Q:
    return _open(at) & Q(renews=False, access_until__lte=at + timedelta(days=SOON))


def _suspended(at: datetime) -> Q:
    return Q(state=State.SUSPENDED)


def _pending(at: datetime) -> Q:
    return Q(state=State.PENDING)


def _shared(at: datetime) -> Q:
    return _open(at) & Q(uses_seats=True)


def _over_allocated(at: datetime) -> Q:
    taken = LicenseSeat.objects.filter(license=OuterRef("pk"), slot__isnull=False).order_by()
    number = taken.values("license").annotate(number=Count("pk")).values("number")
    return Q(uses_seats=True, seats_total__lt=Subquery(number))


def given_to_oneself() -> Q:
    """Return the lines of history by which somebody of the staff gave themself a license, more of one,
    or a seat."""
    own = Q(kind__in=_GIVING, actor=F("license__user"))
    seats = LicenseSeat.objects.filter(license=OuterRef("license"), user=OuterRef("actor"))
    return Q(cause=Cause.STAFF) & (own | Q(Q(Exists(seats)), kind="seat_assigned"))


def self_granted(at: datetime) -> Q:
    """Return the licenses with such a line."""
    lines = LicenseEvent.objects.filter(given_to_oneself(), license=OuterRef("pk"))
    return Q(Exists(lines.order_by()))


#: The name of a figure -> the licenses behind it at an instant.
STANDINGS: dict[str, Callable[[datetime], Q]] = {
    "active": _active,
    "trial": _trial,
    "grace": _grace,
    "ending": _ending,
    "suspended": _suspended,
    "pending": _pending,
    "shared": _shared,
    "over_allocated": _over_allocated,
    "self_granted": self_granted,
}


def count_standings(*, at: datetime) -> dict[str, int]:
    """Return the number of licenses behind each of ``STANDINGS``. One query."""
    counts = {name: Count("pk", filter=rows(at)) for name, rows in STANDINGS.items()}
    return dict(License.objects.order_by().aggregate(**counts))


def seat_use(*, at: datetime) -> tuple[int, int]:
    """Return the seats that are taken and all seats, of shared licenses that are open. Two queries."""
    shared = License.objects.filter(_shared(at)).order_by()
    total = shared.aggregate(seats=Coalesce(Sum("seats_total"), 0))["seats"]
    places = LicenseSeat.objects.filter(license__in=shared.values("pk"))
    return places.filter(state__in=[SeatState.ASSIGNED, SeatState.INVITED]).count(), total
