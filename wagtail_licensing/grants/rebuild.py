"""Make guardian's mirror of all licenses right: what a repair or an import leaves to do."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from ..domain.validity import ENTITLING_STATES
from ..models import License
from .sync import sweep_ended_grants, sync_license_grants


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many licenses were looked at, how many had a wrong mirror, and how many rows had ended."""

    checked: int
    wrong: int
    ended: int


def rebuild_all_grants(*, at: datetime, dry_run: bool = False) -> Rebuilt:
    """Compare the mirrored rows of every license with what it gives at ``at``, and make them right.

    Grants by hand are not touched. Each license is locked while it is compared, so that this may
    run at any time. With ``dry_run`` everything is counted and nothing kept. Three queries for each
    license that gives something or still has rows.
    """
    lasting = Q(access_until__isnull=True) | Q(access_until__gt=at)
    entitling = Q(state__in=[state.value for state in ENTITLING_STATES]) & lasting
    ids = License.objects.filter(entitling | Q(grants__isnull=False)).order_by("pk")
    checked = wrong = 0
    for license_id in ids.values_list("pk", flat=True).distinct().iterator(chunk_size=2000):
        checked += 1
        wrong += _rebuild(license_id, dry_run=dry_run)
    return Rebuilt(checked, wrong, _sweep(at=at, dry_run=dry_run))


def _rebuild(license_id: int, *, dry_run: bool) -> bool:
    with transaction.atomic():
        license = License.objects.select_for_update().get(pk=license_id)
        changed = sync_license_grants(license)
        if dry_run:
            transaction.set_rollback(True)
    return changed


def _sweep(*, at: datetime, dry_run: bool) -> int:
    with transaction.atomic():
        ended = sweep_ended_grants(at=at)
        if dry_run:
            transaction.set_rollback(True)
    return ended
