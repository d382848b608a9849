"""Helpers for the tests and the demos of sites that use the package."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from . import licenses, teams
from .conf import now
from .domain.states import Cause, Hold
from .domain.teams import Role
from .licenses import ChangedBy
from .models import (
    Invitation,
    License,
    LicenseProduct,
    LicenseSeat,
    Organization,
    OrganizationMember,
)
from .scanner import Leak, ScanReport, Unscanned, register_channel, scan_for_leaks

__all__ = [
    "Leak",
    "ScanReport",
    "Unscanned",
    "assign_seat",
    "give_license",
    "invite_to_license",
    "licensing_scan",  # noqa: F822 - see __getattr__
    "make_team",
    "register_channel",
    "revoke_license",
    "scan_for_leaks",
    "suspend_license",
]


def __getattr__(name: str) -> Any:
    """Return the pytest fixture ``licensing_scan``; pytest is imported only for it."""
    if name == "licensing_scan":
        from .scanner.fixture import licensing_scan

        return licensing_scan
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def give_license(
    user: Any,
    product: LicenseProduct | str,
    *,
    ends_at: datetime | None = None,
    at: datetime | None = None,
    **fields: Any,
) -> License:
    """Issue a license of ``product`` (or its slug) to ``user`` by hand, and return it.

    ``ends_at`` is exclusive; ``at`` defaults to now; ``fields`` are those of a license: ``starts_at``,
    ``renews``, ``is_trial``, ``seats``, and ``reason`` for its history.
    """
    chosen: LicenseProduct = (
        LicenseProduct.objects.get(slug=product) if isinstance(product, str) else product
    )
    by = _staff(fields.pop("reason", "given in a test"))
    fields.setdefault("source", "by_hand")
    return licenses.issue_license(
        product=chosen, user=user, ends_at=ends_at, at=at or now(), by=by, **fields
    )


def suspend_license(license: License, *, reason: str, at: datetime | None = None) -> None:
    """Suspend ``license`` as staff does: a hold that nothing but staff lifts. Twice is once."""
    licenses.place_hold(license_id=license.pk, hold=Hold.ADMIN, at=at or now(), by=_staff(reason))


def revoke_license(license: License, *, reason: str, at: datetime | None = None) -> None:
    """Revoke ``license`` as staff does. This is final. Twice is once."""
    licenses.revoke_license(license_id=license.pk, at=at or now(), by=_staff(reason))


def assign_seat(license: License, user: Any, *, at: datetime | None = None) -> LicenseSeat:
    """Give ``user`` a seat on ``license`` and return it. Raises ``LicenseError`` when none is left."""
    return licenses.assign_seat(license_id=license.pk, user=user, at=at or now(), by=_staff("seated"))


def make_team(
    name: str,
    owner: Any,
    *,
    managers: Sequence[Any] = (),
    members: Sequence[Any] = (),
    at: datetime | None = None,
) -> Organization:
    """Create an organization with its people, and return it. Nobody has a seat by that."""
    at = at or now()
    organization = teams.create_organization(name=name, owner=owner, at=at)
    roles = [(user, Role.MANAGER) for user in managers] + [(user, Role.MEMBER) for user in members]
    OrganizationMember.objects.bulk_create(
        OrganizationMember(organization=organization, user=user, role=role.value, joined_at=at)
        for user, role in roles
    )
    return organization


def invite_to_license(
    license: License, email: str, *, by: Any, at: datetime | None = None
) -> Invitation:
    """Invite ``email`` to a seat on ``license`` in the name of ``by``, and return the invitation.

    Its ``link_token`` ends the address in the mail. Raises as the team page would.
    """
    return teams.invite(
        email=email, license=license, organization=license.organization, at=at or now(), actor=by
    )


def _staff(reason: str) -> ChangedBy:
    return ChangedBy(cause=Cause.STAFF, reason=reason)
