"""What a person holds, in one query: licenses, seats, grants by hand, and the version of the gates."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from wagtail.models import GroupCollectionPermission, GroupPagePermission

from ..domain.access import HolderFacts, LicenseFacts
from ..grants.by_hand import granted_gates, granted_products, groups_of
from ..models import GateStamp, License, LicenseSeat
from ..models.licenses import LicenseState, SeatState
from .freshness import stored_version
from .prepared import run

_LICENSE, _PRODUCT, _GATE, _STAMP, _EDITS = range(5)

#: The states in which a license may entitle; the dates are tested by the domain.
_PERHAPS = (LicenseState.ACTIVE, LicenseState.GRACE, LicenseState.PENDING)

_FACTS = ("product_id", "state", "pending_reason", "starts_at", "access_until", "held_since")


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a person holds, the version of the gates when that was read, and whether they may edit
    anything at all (known only when it was asked)."""

    holder: HolderFacts
    version: int
    edits: bool = False


def load_holdings(user: Any, *, at: datetime, ask_edits: bool = False) -> Holdings:
    """Read what a signed-in ``user`` holds at ``at``. One query, whatever the number of rows."""
    name, build = ("editor", _with_edits) if ask_edits else ("reader", _held_by)
    return _holdings(run(name, build, user_id=user.pk, at=at), active=user.is_active)


def with_every_license(holder: HolderFacts, user: Any) -> HolderFacts:
    """Return ``holder`` with the licenses that do not entitle too, to tell why not. One query."""
    held = License.objects.filter(user_id=user.pk, uses_seats=False)
    seats = LicenseSeat.objects.filter(user_id=user.pk, state=SeatState.ASSIGNED)
    rows = _own(held).union(_seated(seats.filter(license__uses_seats=True)), all=True)
    return HolderFacts(
        signed_in=True,
        active=holder.active,
        licenses=tuple(LicenseFacts(*row[1:]) for row in rows),
        granted_products=holder.granted_products,
        granted_gates=holder.granted_gates,
    )


def _holdings(rows: Iterable[tuple[Any, ...]], *, active: bool) -> Holdings:
    licenses: list[LicenseFacts] = []
    ids: dict[int, set[int]] = {_PRODUCT: set(), _GATE: set(), _STAMP: set(), _EDITS: set()}
    for row in rows:
        if row[0] == _LICENSE:
            licenses.append(LicenseFacts(*row[1:]))
        else:
            ids[row[0]].add(row[1])
    holder = HolderFacts(
        signed_in=True,
        active=active,
        licenses=tuple(licenses),
        granted_products=frozenset(ids[_PRODUCT]),
        granted_gates=frozenset(ids[_GATE]),
    )
    version = ids[_STAMP].pop() if ids[_STAMP] else stored_version()
    return Holdings(holder, version, bool(ids[_EDITS]))


def _held_by(user_id: Any, at: datetime) -> QuerySet[Any]:
    return _union(_branches(user_id, at))


def _with_edits(user_id: Any, at: datetime) -> QuerySet[Any]:
    return _union([*_branches(user_id, at), _edits(user_id)])


def _union(branches: list[QuerySet[Any]]) -> QuerySet[Any]:
    return branches[0].union(*branches[1:], all=True)


def _branches(user_id: Any, at: datetime) -> list[QuerySet[Any]]:
    return [
        *_licenses(user_id, at),
        *(_row(rows, _PRODUCT, "content_object_id") for rows in granted_products(user_id)),
        *(_row(rows, _GATE, "content_object_id") for rows in granted_gates(user_id)),
        _row(GateStamp.objects.filter(pk=1), _STAMP, "version"),
    ]


def _licenses(user_id: Any, at: datetime) -> tuple[QuerySet[Any], QuerySet[Any]]:
    lasting = Q(access_until__isnull=True) | Q(access_until__gt=at)
    held = License.objects.filter(lasting, user_id=user_id, uses_seats=False, state__in=_PERHAPS)
    seats = LicenseSeat.objects.filter(
        Q(license__access_until__isnull=True) | Q(license__access_until__gt=at),
        user_id=user_id,
        state=SeatState.ASSIGNED,
        license__uses_seats=True,
        license__state__in=_PERHAPS,
    )
    return _own(held), _seated(seats)


def _own(licenses: QuerySet[Any]) -> QuerySet[Any]:
    kind = Value(_LICENSE, output_field=IntegerField())
    return licenses.order_by().values_list(kind, "pk", *_FACTS)


def _seated(seats: QuerySet[Any]) -> QuerySet[Any]:
    kind = Value(_LICENSE, output_field=IntegerField())
    facts = (F(f"license__{name}") for name in _FACTS)
    return seats.order_by().values_list(kind, F("license_id"), *facts)


def _row(rows: QuerySet[Any], kind: int, column: str) -> QuerySet[Any]:
    """Return ``rows`` in the columns of a license: the kind, the id, and nothing else."""
    return rows.order_by().values_list(
        Value(kind, output_field=IntegerField()),
        F(column),
        Value(None, output_field=BigIntegerField()),
        Value("", output_field=CharField()),
        Value("", output_field=CharField()),
        *(Value(None, output_field=DateTimeField()) for _ in range(3)),
    )


def _edits(user_id: Any) -> QuerySet[Any]:
    # Any permission on any page or collection: Wagtail's policies are asked for what exactly.
    groups = groups_of(user_id).filter(
        Exists(GroupPagePermission.objects.filter(group=OuterRef("pk")))
        | Exists(GroupCollectionPermission.objects.filter(group=OuterRef("pk")))
    )
    return _row(groups, _EDITS, "pk")
