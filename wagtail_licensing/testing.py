"""Helpers for the tests and the demos of sites that use the package."""

from datetime import datetime
from typing import Any

from .conf import now
from .domain.states import Cause
from .licenses import ChangedBy, issue_license
from .models import License, LicenseProduct

__all__ = ["give_license"]


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
    ``renews``, ``is_trial``, ``seats``.
    """
    chosen: LicenseProduct = (
        LicenseProduct.objects.get(slug=product) if isinstance(product, str) else product
    )
    by = ChangedBy(cause=Cause.STAFF, reason=fields.pop("reason", "given in a test"))
    fields.setdefault("source", "by_hand")
    return issue_license(product=chosen, user=user, ends_at=ends_at, at=at or now(), by=by, **fields)
