"""Which teams a person has to do with."""

from typing import Any

from django.db.models import Count, Q

from ...domain.teams import Role, may_manage
from ...models import License, Organization, OrganizationMember
from ...models.licenses import LicenseState, SeatState

_IN_USE = Q(seats__state__in=(SeatState.INVITED, SeatState.ASSIGNED))
_OVER = (LicenseState.EXPIRED, LicenseState.REVOKED)


def organizations_of(user: Any) -> list[tuple[Organization, Role, bool]]:
    """Return the organizations of ``user`` with their role and whether they manage it. Two queries."""
    owned = [(row, Role.OWNER) for row in Organization.objects.filter(owner=user)]
    rows = OrganizationMember.objects.filter(user=user).exclude(organization__owner=user)
    joined = [(row.organization, Role(row.role)) for row in rows.select_related("organization")]
    return [(organization, role, may_manage(role)) for organization, role in [*owned, *joined]]


def shared_licenses_of(user: Any) -> list[License]:
    """Return the running licenses that ``user`` holds and shares, with ``seats_used``. One query."""
    licenses = License.objects.filter(user=user, uses_seats=True).exclude(state__in=_OVER)
    return list(_with_seats(licenses))


def licenses_of(organization: Organization) -> list[License]:
    """Return the running licenses of an organization, with ``seats_used``. One query."""
    return list(_with_seats(organization.licenses.exclude(state__in=_OVER)))


def _with_seats(licenses: Any) -> Any:
    return licenses.select_related("product").annotate(
        seats_used=Count("seats", filter=_IN_USE, distinct=True)
    )
