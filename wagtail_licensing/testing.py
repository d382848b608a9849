"""Helpers for the tests and the demos of sites that use the package."""

from datetime import datetime
from typing import Any

from . import licenses
from .conf import now
from .domain.states import Cause, Hold
from .licenses import ChangedBy
from .models import License, LicenseProduct, LicenseSeat

__all__ = ["assign_seat", "give_license", "revoke_license", "suspend_license"]


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


def _staff(reason: str) -> ChangedBy:
    return ChangedBy(cause=Cause.STAFF, reason=reason)
