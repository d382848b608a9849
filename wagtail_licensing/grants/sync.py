"""Keep guardian's rows equal to what licenses and seats give: one row each, with its end."""

from collections.abc import Iterable
from datetime import datetime
from typing import cast

from django.contrib.auth.models import Permission
from guardian.ctypes import get_content_type

from ..domain.validity import ENTITLING_STATES
from ..models import License, LicenseProduct, LicenseSeat, ProductUserPermission
from ..models.licenses import SeatState

#: Rows in one statement.
MOST = 500

#: (user, seat or None, product, end or None) as a row should be.
_Row = tuple[int, int | None, int, datetime | None]


def use_product_permission() -> Permission:
    """Return guardian's ``use_product`` permission. One query the first time it is asked in a test."""
    return Permission.objects.get(content_type=get_content_type(LicenseProduct), codename="use_product")


def sync_license_grants(license: License) -> bool:
    """Make the mirrored rows of one license what they should be; tell whether anything changed.

    Two queries when nothing changed, inside the transaction of the caller.
    """
    return sync_grants([license]) > 0


def sync_grants(licenses: Iterable[License]) -> int:
    """Make the mirrored rows of many licenses what they should be; return of how many they were not.

    As many queries as for one: two when nothing changed. Inside the transaction of the caller.
    """
    by_id = {license.pk: license for license in licenses}
    present: dict[int, dict[_Row, int]] = {license_id: {} for license_id in by_id}
    for row in ProductUserPermission.objects.filter(license__in=by_id):
        present[cast("int", row.license_id)][_as_row(row)] = row.pk
    stale: list[int] = []
    missing: list[ProductUserPermission] = []
    wrong = 0
    for license_id, wanted in _wanted(by_id).items():
        rows = present[license_id]
        gone = [key for row, key in rows.items() if row not in wanted]
        new = [row for row in wanted if row not in rows]
        wrong += bool(gone or new)
        stale += gone
        missing += [_as_permission(row, license_id) for row in new]
    if stale:
        ProductUserPermission.objects.filter(pk__in=stale).delete()
    if missing:
        permission = use_product_permission()
        for row in missing:
            row.permission = permission
        ProductUserPermission.objects.bulk_create(missing, batch_size=MOST)
    return wrong


def rebuild_grants(licenses: Iterable[License]) -> int:
    """Make the mirror of each of ``licenses`` right; return for how many it was wrong."""
    return sum(sync_license_grants(license) for license in licenses)


def sweep_ended_grants(*, at: datetime) -> int:
    """Delete mirrored rows whose end has come; return how many. One query."""
    ended = ProductUserPermission.objects.filter(license__isnull=False, ends_at__lte=at)
    return ended.delete()[0]


def _wanted(licenses: dict[int, License]) -> dict[int, set[_Row]]:
    """Return the rows that each license should have. One query if any is shared through seats."""
    found: dict[int, set[_Row]] = {license_id: set() for license_id in licenses}
    entitling = [each for each in licenses.values() if each.state in ENTITLING_STATES]
    for license in entitling:
        if not license.uses_seats and license.user_id is not None:
            found[license.pk].add((license.user_id, None, license.product_id, license.access_until))
    shared = [license.pk for license in entitling if license.uses_seats]
    if not shared:
        return found
    for seat in LicenseSeat.objects.filter(license__in=shared, state=SeatState.ASSIGNED):
        if seat.user_id is not None:
            license = licenses[seat.license_id]
            found[license.pk].add((seat.user_id, seat.pk, license.product_id, license.access_until))
    return found


def _as_row(row: ProductUserPermission) -> _Row:
    return row.user_id, row.seat_id, row.content_object_id, row.ends_at


def _as_permission(row: _Row, license_id: int) -> ProductUserPermission:
    user_id, seat_id, product_id, ends_at = row
    return ProductUserPermission(
        user_id=user_id,
        content_object_id=product_id,
        license_id=license_id,
        seat_id=seat_id,
        ends_at=ends_at,
    )
