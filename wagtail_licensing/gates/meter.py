"""The meter: some pages a month are free to a signed-in visitor without a license.

Nothing is kept of strangers, not even a cookie: they are asked to sign in.
"""

import logging
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone

from ..access.decision import free_reads_of
from ..domain.access import AccessDecision, AccessReason
from ..domain.downloads import month_of, next_month
from ..models import MeteredRead

logger = logging.getLogger("wagtail_licensing.access")

#: Denials that the meter may turn into a free read; one that is held back or revoked is not among them.
_MISSING = frozenset(
    {
        AccessReason.LICENSE_REQUIRED,
        AccessReason.OTHER_PRODUCT,
        AccessReason.LICENSE_PENDING,
        AccessReason.LICENSE_NOT_STARTED,
        AccessReason.LICENSE_EXPIRED,
        AccessReason.NOT_YET,
    }
)


@dataclass(frozen=True, slots=True)
class Meter:
    """How many pages of a month are free behind a gate, and how many of them were read."""

    limit: int
    used: int = 0

    @property
    def left(self) -> int:
        """Return how many are left."""
        return max(self.limit - self.used, 0)


def read_on_meter(
    *, page: Any, user: Any, decision: AccessDecision, at: datetime, count: bool
) -> AccessDecision | None:
    """Return the decision that lets ``user`` read a closed ``page`` on the meter, or None.

    Each page counts once a calendar month, in the time zone of the site; ``count`` says whether this
    is a reading that may be counted, or only one that was counted before may be repeated. Two people
    at once, or one in two windows, never read more than the limit: the row of the user is locked.
    One query for a page that was read this month, four for one that is counted. An error denies.
    """
    limit = free_reads_of(decision)
    if not limit or decision.reason not in _MISSING or getattr(user, "pk", None) is None:
        return None
    try:
        if not _was_read(page, user, decision, at) and not (
            count and _count(page, user, decision, at, limit)
        ):
            return None
    except Exception as error:  # noqa: BLE001 - any error denies
        logger.error("A reading could not be counted and is denied: %s", type(error).__name__)
        return None
    return replace(
        decision,
        allowed=True,
        reason=AccessReason.METERED,
        license_id=None,
        product_id=None,
        unlocks_at=None,
        access_until=next_month(at, timezone.get_default_timezone()),
    )


def meter_of(user: Any, decision: AccessDecision, at: datetime) -> Meter | None:
    """Return the meter of the gate that denied, or None where it gives nothing away. One query for
    somebody who is signed in."""
    limit = free_reads_of(decision)
    if not limit:
        return None
    if getattr(user, "pk", None) is None:
        return Meter(limit)
    return Meter(limit, _reads(user, decision, at).count())


def _was_read(page: Any, user: Any, decision: AccessDecision, at: datetime) -> bool:
    return _reads(user, decision, at).filter(page_id=page.pk).exists()


def _count(page: Any, user: Any, decision: AccessDecision, at: datetime, limit: int) -> bool:
    with transaction.atomic():
        get_user_model()._default_manager.select_for_update().get(pk=user.pk)
        reads = _reads(user, decision, at)
        pages = set(reads.values_list("page_id", flat=True))
        if page.pk in pages:
            return True
        if len(pages) >= limit:
            return False
        MeteredRead.objects.create(
            user_id=user.pk,
            gate_id=_gate_id(decision),
            page_id=page.pk,
            month=_month(at),
            read_at=at,
        )
    return True


def _reads(user: Any, decision: AccessDecision, at: datetime) -> Any:
    return MeteredRead.objects.filter(user_id=user.pk, gate_id=_gate_id(decision), month=_month(at))


def _gate_id(decision: AccessDecision) -> int:
    assert decision.gate_id is not None  # noqa: S101 - a meter has a gate
    return decision.gate_id


def _month(at: datetime) -> date:
    return month_of(at, timezone.get_default_timezone())
