"""What a person holds, in one query: licenses, seats, grants by hand, and the version of the gates."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from ..domain.access import HolderFacts, LicenseFacts
from ..grants.by_hand import OPEN_GATE, USE_PRODUCT
from ..models import License, LicenseSeat
from ..models.licenses import SeatState
from .freshness import current, stored_version
from .persona import Persona
from .prepared import EDITS, FACTS, GATE, LICENSE, PRODUCT, STAMP, held_rows


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a person holds, the version of the gates when that was read, and whether they may edit
    anything at all (known only when it was asked)."""

    holder: HolderFacts
    version: int
    edits: bool = False


def load_holdings(
    user: Any,
    *,
    at: datetime,
    until: datetime | None = None,
    products: Collection[int] | None = None,
    ask_edits: bool = False,
) -> Holdings:
    """Read what a signed-in ``user`` holds at ``at``. One query, whatever the number of rows; a
    persona costs none. Licenses are those that can decide, of ``products`` if they are given; with
    ``until`` all that entitle between then and ``at``: see :func:`held_rows`."""
    if isinstance(user, Persona):
        return Holdings(user.holder(at), current().version)
    rows = held_rows(user_id=user.pk, at=at, until=until, products=products, ask_edits=ask_edits)
    return _holdings(rows, active=user.is_active)


def with_every_license(holder: HolderFacts, user: Any) -> HolderFacts:
    """Return ``holder`` with the licenses that do not entitle too, to tell why not. One query; none
    for a persona."""
    if isinstance(user, Persona):
        return holder
    held = License.objects.filter(user_id=user.pk, uses_seats=False)
    seats = LicenseSeat.objects.filter(user_id=user.pk, state=SeatState.ASSIGNED)
    rows = _own(held).union(_seated(seats.filter(license__uses_seats=True)), all=True)
    return HolderFacts(
        signed_in=True,
        active=holder.active,
        licenses=tuple(LicenseFacts(*row) for row in rows),
        granted_products=holder.granted_products,
        granted_gates=holder.granted_gates,
    )


def _holdings(rows: Iterable[tuple[Any, ...]], *, active: bool) -> Holdings:
    licenses: list[LicenseFacts] = []
    products: set[int] = set()
    gates: set[int] = set()
    version: int | None = None
    edits = False
    for row in rows:
        kind = row[0]
        if kind == LICENSE:
            licenses.append(LicenseFacts(*row[1:]))
        elif kind == STAMP:
            version = row[1]
        elif kind == EDITS:
            edits = True
        elif kind == PRODUCT and _is_permission(row[2], USE_PRODUCT):
            products.add(row[1])
        elif kind == GATE and _is_permission(row[2], OPEN_GATE):
            gates.add(row[1])
    holder = HolderFacts(
        signed_in=True,
        active=active,
        licenses=tuple(licenses),
        granted_products=frozenset(products),
        granted_gates=frozenset(gates),
    )
    return Holdings(holder, stored_version() if version is None else version, edits)


def _is_permission(permission_id: int, codename: str) -> bool:
    return current().index.permissions.get(permission_id) == codename


def _own(licenses: QuerySet[Any]) -> QuerySet[Any]:
    return licenses.order_by().values_list(*FACTS)


def _seated(seats: QuerySet[Any]) -> QuerySet[Any]:
    return seats.order_by().values_list(*(F(f"license__{name}") for name in FACTS))
