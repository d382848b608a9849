"""What a person holds: licenses of their own, and seats on the licenses of others."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q

from ..domain.policy import TrialRule
from ..domain.states import State
from ..models import License, LicenseProduct, LicenseSeat, Organization
from ..models.licenses import LicenseSource, SeatState


@dataclass(frozen=True, slots=True)
class Holding:
    """A license as one person sees it.

    ``is_holder``: it is theirs, with its billing and its seats. ``has_place``: it opens things for
    them, for a shared license only through a seat.
    """

    license: License
    is_holder: bool
    has_place: bool
    seats_used: int

    def entitles(self, at: datetime) -> bool:
        """Tell whether it opens anything for this person at ``at``."""
        return self.has_place and self.license.facts.entitles(at)

    @property
    def is_paid_for(self) -> bool:
        """Tell whether this person pays for it, or has paid for good."""
        license = self.license
        if not self.is_holder or license.state in _NOT_PAID_FOR:
            return False
        by_subscription = getattr(license, "billing_item", None) is not None
        by_payment = getattr(license, "billing_payment", None) is not None
        return by_subscription or (by_payment and license.ends_at is None)


#: A seat that is suspended takes no place.
_IN_USE = (SeatState.INVITED, SeatState.ASSIGNED)

_NOT_PAID_FOR = frozenset({State.EXPIRED, State.REVOKED, State.PENDING})


def holdings_of(user: Any) -> list[Holding]:
    """Return everything that ``user`` holds or has a seat on, newest first. Three queries."""
    if not user.is_authenticated or not user.is_active:
        return []
    seat_ids = LicenseSeat.objects.filter(user=user, state=SeatState.ASSIGNED).values("license_id")
    licenses = (
        License.objects.filter(Q(user=user) | Q(pk__in=seat_ids))
        .select_related(
            "product",
            "organization",
            "billing_item__price__product",
            "billing_item__subscription",
            "billing_payment__price__product",
        )
        .prefetch_related(
            "holds",
            Prefetch(
                "seats",
                LicenseSeat.objects.filter(user=user, state=SeatState.ASSIGNED),
                to_attr="own_seats",
            ),
        )
        .annotate(seats_used=Count("seats", filter=Q(seats__state__in=_IN_USE), distinct=True))
    )
    return [
        Holding(
            license=license,
            is_holder=license.user_id == user.pk,
            has_place=bool(license.own_seats) if license.uses_seats else license.user_id == user.pk,
            seats_used=license.seats_used,
        )
        for license in licenses
    ]


def holdings_of_team(organization: Organization) -> list[Holding]:
    """Return everything that an organization holds, newest first, as it sees it. Two queries."""
    licenses = (
        License.objects.filter(organization=organization)
        .select_related(
            "product",
            "organization",
            "billing_item__price__product",
            "billing_item__subscription__customer",
            "billing_payment__price__product",
        )
        .prefetch_related("holds")
        .annotate(seats_used=Count("seats", filter=Q(seats__state__in=_IN_USE), distinct=True))
    )
    return [
        Holding(license=row, is_holder=True, has_place=True, seats_used=row.seats_used)
        for row in licenses
    ]


@dataclass(frozen=True, slots=True)
class HeldProducts:
    """Which products a person has: ids of products.

    ``open`` entitle now. ``settled`` need not be bought: paid for, or held without end. ``tried``
    were held by subscription before, so that no trial comes with them again. ``has_tried``: there
    was a trial of something. ``prices`` are the ids of those that are paid now.
    """

    open: frozenset[int] = frozenset()
    settled: frozenset[int] = frozenset()
    tried: frozenset[int] = frozenset()
    has_tried: bool = False
    prices: frozenset[int] = frozenset()

    def may_try(self, product: LicenseProduct) -> bool:
        """Tell whether a trial of ``product`` comes with its price."""
        once = product.trial_rule == TrialRule.ONCE_PER_PERSON
        return product.pk not in self.tried and not (once and self.has_tried)


def held_products(holdings: Iterable[Holding], at: datetime) -> HeldProducts:
    """Return which products ``holdings`` stand for at ``at``. No query."""
    holdings = list(holdings)
    return HeldProducts(
        open=frozenset(row.license.product_id for row in holdings if row.entitles(at)),
        settled=frozenset(
            row.license.product_id
            for row in holdings
            if row.is_paid_for or (row.entitles(at) and row.license.access_until is None)
        ),
        tried=frozenset(
            row.license.product_id
            for row in holdings
            if row.is_holder
            and (row.license.source == LicenseSource.SUBSCRIPTION or row.license.had_trial)
        ),
        has_tried=any(row.is_holder and row.license.had_trial for row in holdings),
        prices=frozenset(
            row.license.billing_item.price_id
            for row in holdings
            if row.is_paid_for and getattr(row.license, "billing_item", None) is not None
            if row.license.billing_item.price_id
        ),
    )
