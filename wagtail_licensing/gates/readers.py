"""How many people a gate lets in right now."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Case, Count, F, Q, When

from ..domain.states import PendingReason, State
from ..domain.validity import ENTITLING_STATES
from ..grants.by_hand import pairs_given, people_given
from ..models import EntitlementRule, License, LicenseSeat
from ..models.licenses import SeatState


def count_readers(*, gate_id: Any, rules: Iterable[EntitlementRule], at: datetime) -> int:
    """Count the distinct active people whom a gate lets in at ``at``: by a license or a seat that
    passes one of its ``rules``, or by what was given to them or to one of their groups by hand.

    Whoever has both is one person; editors are not counted. One query, whatever the number of rules.
    """
    rules = list(rules)
    people = people_given(gate_id=gate_id, product_ids=[rule.product_id for rule in rules])
    holders = people_who_pass(rules=rules, at=at)
    if holders is not None:
        people |= Q(pk__in=holders)
    users = get_user_model()._default_manager.filter(**active_people())
    return int(users.filter(people).count())


def people_who_pass(*, rules: Iterable[EntitlementRule], at: datetime) -> Any:
    """Return the ids of those people as a queryset of values, or None where there is no rule."""
    rules = list(rules)
    if not rules:
        return None
    alive = active_people(prefix="user__")
    own = License.objects.filter(
        _entitling(rules, at, ""), uses_seats=False, user__isnull=False, **alive
    )
    seats = LicenseSeat.objects.filter(
        _entitling(rules, at, "license__"), state=SeatState.ASSIGNED, license__uses_seats=True, **alive
    )
    return own.order_by().values("user_id").union(seats.order_by().values("user_id"))


def count_readers_by_gate(*, gate_ids: Iterable[int], at: datetime) -> dict[int, int]:
    """Count for each gate what :func:`count_readers` counts for it; gates without a reader are left
    out. Three queries, whatever the number of gates.

    People who were let in by hand are read one by one, those with a license are counted in the
    database.
    """
    gate_ids = list(gate_ids)
    rules = EntitlementRule.objects.filter(gate_id__in=gate_ids).order_by()
    days = set(rules.values_list("after_days", flat=True))
    given = pairs_given(gate_ids, **active_people(prefix=""))
    if not days:
        return dict(Counter(gate_id for gate_id, _ in given))
    licenses, person = _licenses_by_gate(gate_ids, days, at)
    by_license = licenses.values_list("product__rules__gate_id")
    counted = Counter(dict(by_license.annotate(readers=Count(person, distinct=True))))
    # Whoever holds a license too has been counted.
    holders = licenses.values_list("product__rules__gate_id", person)
    counted.update(gate_id for gate_id, _ in given.difference(holders))
    return dict(counted)


def _licenses_by_gate(gate_ids: list[int], days: Iterable[int], at: datetime) -> tuple[Any, Any]:
    """Return the licenses that pass a rule of one of the gates, a row for each rule, and the expression
    of the person who holds one or sits on it."""
    held = Q()
    for after_days in days:
        start = at - timedelta(days=after_days)
        held |= Q(product__rules__after_days=after_days, held_since__lte=start)
    alive = active_people(prefix="user__")
    seated = {f"seats__{name}": value for name, value in alive.items()}
    people = Q(uses_seats=False, user__isnull=False, **alive) | Q(
        uses_seats=True, seats__state=SeatState.ASSIGNED, **seated
    )
    person = Case(When(uses_seats=True, then=F("seats__user_id")), default=F("user_id"))
    licenses = License.objects.order_by().filter(
        _live(at, ""), held, people, product__rules__gate_id__in=gate_ids
    )
    return licenses, person


def active_people(*, prefix: str = "") -> dict[str, bool]:
    """Return the condition on users, behind ``prefix``, that they may sign in."""
    fields = {field.name for field in get_user_model()._meta.get_fields()}
    return {f"{prefix}is_active": True} if "is_active" in fields else {}


def _entitling(rules: list[EntitlementRule], at: datetime, prefix: str) -> Q:
    """Say ``LicenseFacts.entitles`` and the days held in the language of the database."""
    passing = Q()
    for rule in rules:
        passing |= Q(
            **{
                f"{prefix}product_id": rule.product_id,
                f"{prefix}held_since__lte": at - timedelta(days=rule.after_days),
            }
        )
    return passing & _live(at, prefix)


def _live(at: datetime, prefix: str) -> Q:
    lasting = Q(**{f"{prefix}access_until__isnull": True}) | Q(**{f"{prefix}access_until__gt": at})
    live = Q(**{f"{prefix}state__in": sorted(ENTITLING_STATES)}) | Q(
        **{f"{prefix}state": State.PENDING, f"{prefix}pending_reason": PendingReason.START}
    )
    return live & lasting & Q(**{f"{prefix}starts_at__lte": at})
