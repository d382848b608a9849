"""Keep guardian's rows equal to what licenses and seats give: one row each, with its end."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.auth.models import Permission
from django.db import transaction
from guardian.ctypes import get_content_type

from ..domain.validity import ENTITLING_STATES
from ..models import License, LicenseProduct, LicenseSeat, ProductUserPermission
from ..models.licenses import SeatState

#: (user, seat or None, product, end or None) as a row should be.
_Row = tuple[int, int | None, int, datetime | None]


def use_product_permission() -> Permission:
    """Return guardian's ``use_product`` permission. One query the first time it is asked in a test."""
    return Permission.objects.get(content_type=get_content_type(LicenseProduct), codename="use_product")


def sync_license_grants(license: License) -> bool:
    """Make the mirrored rows of one license what they should be; tell whether anything changed.

    Two queries when nothing changed, inside the transaction of the caller.
    """
    wanted = set(_wanted(license))
    rows = list(ProductUserPermission.objects.filter(license=license))
    stale = [row.pk for row in rows if _as_row(row) not in wanted]
    present = {_as_row(row) for row in rows}
    missing = wanted - present
    if not stale and not missing:
        return False
    permission = use_product_permission()
    with transaction.atomic():
        ProductUserPermission.objects.filter(pk__in=stale).delete()
        ProductUserPermission.objects.bulk_create(
            ProductUserPermission(
                user_id=user_id,
                permission=permission,
                content_object_id=product_id,
                license=license,
                seat_id=seat_id,
                ends_at=ends_at,
            )
            for user_id, seat_id, product_id, ends_at in missing
        )
    return True


def rebuild_grants(licenses: Iterable[License]) -> int:
    """Make the mirror of each of ``licenses`` right; return for how many it was wrong."""
    return sum(sync_license_grants(license) for license in licenses)


def sweep_ended_grants(*, at: datetime) -> int:
    """Delete mirrored rows whose end has come; return how many. One query."""
    ended = ProductUserPermission.objects.filter(license__isnull=False, ends_at__lte=at)
    return ended.delete()[0]


def _wanted(license: License) -> Iterable[_Row]:
    if license.state not in ENTITLING_STATES:
        return
    if not license.uses_seats:
        if license.user_id is not None:
            yield license.user_id, None, license.product_id, license.access_until
        return
    seats = LicenseSeat.objects.filter(license=license, state=SeatState.ASSIGNED)
    for seat in seats:
        if seat.user_id is not None:
            yield seat.user_id, seat.pk, license.product_id, license.access_until


def _as_row(row: ProductUserPermission) -> _Row:
    return row.user_id, row.seat_id, row.content_object_id, row.ends_at
