"""How many people a gate lets in right now."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q

from ..domain.states import PendingReason, State
from ..domain.validity import ENTITLING_STATES
from ..models import EntitlementRule, License, LicenseSeat
from ..models.licenses import SeatState


def count_readers(*, rules: Iterable[EntitlementRule], at: datetime) -> int:
    """Count the distinct active people whose license or seat passes one of ``rules`` at ``at``.

    Grants by hand are not counted. One query, whatever the number of rules.
    """
    holders = people_who_pass(rules=rules, at=at)
    return holders.count() if holders is not None else 0


def people_who_pass(*, rules: Iterable[EntitlementRule], at: datetime) -> Any:
    """Return the ids of those people as a queryset of values, or None where there is no rule."""
    rules = list(rules)
    if not rules:
        return None
    alive = _active_people()
    own = License.objects.filter(
        _entitling(rules, at, ""), uses_seats=False, user__isnull=False, **alive
    )
    seats = LicenseSeat.objects.filter(
        _entitling(rules, at, "license__"), state=SeatState.ASSIGNED, license__uses_seats=True, **alive
    )
    return own.order_by().values("user_id").union(seats.order_by().values("user_id"))


def _active_people() -> dict[str, bool]:
    fields = {field.name for field in get_user_model()._meta.get_fields()}
    return {"user__is_active": True} if "is_active" in fields else {}


def _entitling(rules: list[EntitlementRule], at: datetime, prefix: str) -> Q:
    """Say ``LicenseFacts.entitles`` and the days held in the language of the database."""
    lasting = Q(**{f"{prefix}access_until__isnull": True}) | Q(**{f"{prefix}access_until__gt": at})
    live = Q(**{f"{prefix}state__in": sorted(ENTITLING_STATES)}) | Q(
        **{f"{prefix}state": State.PENDING, f"{prefix}pending_reason": PendingReason.START}
    )
    passing = Q()
    for rule in rules:
        passing |= Q(
            **{
                f"{prefix}product_id": rule.product_id,
                f"{prefix}held_since__lte": at - timedelta(days=rule.after_days),
            }
        )
    return passing & live & lasting & Q(**{f"{prefix}starts_at__lte": at})
