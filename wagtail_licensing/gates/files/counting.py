"""Counting downloads: the log of who got which file, and the limits of a month.

A download is one person and one file. Requests for it within the window are the same download:
players and download managers ask for parts, and a line that broke off is taken up again.
"""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from ...access.ways import has_limits, ways_of
from ...conf import conf
from ...domain.access import FAILED, AccessDecision, AccessReason
from ...domain.downloads import Allowance, Way, best_way, is_limited, month_of, next_month
from ...models import Download, License

logger = logging.getLogger("wagtail_licensing.access")


class DownloadRefused(Exception):  # noqa: N818 - the field's word for it
    """The limit of the month is reached, or could not be counted; ``decision`` says so."""

    def __init__(self, decision: AccessDecision) -> None:
        super().__init__(f"the download is refused: {decision.reason}")
        self.decision = decision


@dataclass(frozen=True, slots=True)
class Left:
    """What a person may still download of a file this month; more from ``renews_at`` on."""

    allowance: Allowance
    renews_at: datetime


def count_download(
    *, document: Any, user: Any, decision: AccessDecision, at: datetime
) -> Download | None:
    """Write down that ``user`` begins to download ``document``, which ``decision`` opens; return the
    row, or None for a download that goes on.

    Raises :class:`DownloadRefused` when each license that opens the file has reached its limit:
    people at once never get more, the rows of the licenses are locked. Where there is no limit, a
    log that cannot be written keeps nobody from the file. One query for a download that goes on, two
    for one without a limit, six for one that is counted, and what a savepoint costs.
    """
    if not has_limits(decision):
        return _logged(document, user, decision, at)
    try:
        if _goes_on(document, user, at):
            return None
        with transaction.atomic():
            return _counted(document, user, decision, at)
    except DownloadRefused:
        raise
    except Exception as error:
        logger.error("A download could not be counted and is refused: %s", type(error).__name__)
        raise DownloadRefused(replace(FAILED, gate_id=decision.gate_id)) from error


def forget_download(download: Download) -> None:
    """Take back a download of which nothing was sent."""
    Download.objects.filter(pk=download.pk).delete()


def left_of(user: Any, decisions: Mapping[Any, AccessDecision], at: datetime) -> dict[Any, Left]:
    """Return for each limited one of ``decisions`` what is left of it, under the same key.

    Two queries at most for all files behind one gate.
    """
    found = {}
    ways: dict[int, list[Way]] = {}
    for key, decision in decisions.items():
        if decision.allowed and decision.gate_id is not None and has_limits(decision):
            if decision.gate_id not in ways:
                ways[decision.gate_id] = ways_of(user, decision, at)
            found[key] = decision.gate_id
    used = {gate_id: _used(ways[gate_id], gate_id, at) for gate_id in ways if is_limited(ways[gate_id])}
    renews_at = next_month(at, timezone.get_default_timezone())
    left = {}
    for key, gate_id in found.items():
        best = best_way(ways[gate_id], used[gate_id]) if gate_id in used else None
        if best is not None:
            left[key] = Left(best[1], renews_at)
    return left


def purge_downloads(*, at: datetime, limit: int = 1000) -> int:
    """Delete up to ``limit`` downloads older than the setting allows; return how many. One query when
    there is nothing to do, two otherwise."""
    old = Download.objects.filter(begun_at__lt=at - conf.download_log_retention)
    ids = list(old.order_by("begun_at").values_list("pk", flat=True)[:limit])
    return Download.objects.filter(pk__in=ids).delete()[0] if ids else 0


def _logged(document: Any, user: Any, decision: AccessDecision, at: datetime) -> Download | None:
    try:
        if _goes_on(document, user, at):
            return None
        with transaction.atomic():
            return _write(document, user, decision, decision.license_id, at)
    except Exception as error:  # noqa: BLE001 - a log is no gate
        logger.error("A download was not written down: %s", type(error).__name__)
        return None


def _counted(document: Any, user: Any, decision: AccessDecision, at: datetime) -> Download | None:
    ways = ways_of(user, decision, at)
    if not is_limited(ways):
        free = next((way.license_id for way in ways if way.limit is None), decision.license_id)
        return _write(document, user, decision, free, at)
    _lock(ways)
    if _goes_on(document, user, at):  # begun meanwhile, in another window
        return None
    assert decision.gate_id is not None  # noqa: S101 - a limit is one of a gate
    best = best_way(ways, _used(ways, decision.gate_id, at))
    assert best is not None  # noqa: S101 - every way is limited
    way, allowance = best
    if not allowance.left:
        raise DownloadRefused(_used_up(decision, at))
    return _write(document, user, decision, way.license_id, at)


def _lock(ways: Iterable[Way]) -> None:
    licenses = License.objects.filter(pk__in=[way.license_id for way in ways])
    list(licenses.order_by("pk").select_for_update().values_list("pk", flat=True))


def _goes_on(document: Any, user: Any, at: datetime) -> bool:
    """Tell whether the person began this very file within the window."""
    begun = Download.objects.filter(user_id=user.pk, document_id=document.pk, file=document.file.name)
    return begun.filter(begun_at__gt=at - conf.download_window, begun_at__lte=at).exists()


def _used(ways: Iterable[Way], gate_id: int, at: datetime) -> dict[int, int]:
    rows = Download.objects.filter(
        license_id__in=[way.license_id for way in ways], gate_id=gate_id, month=_month(at)
    )
    counts = rows.order_by().values_list("license_id").annotate(count=Count("pk"))
    return {pk: count for pk, count in counts if pk is not None}


def _write(
    document: Any, user: Any, decision: AccessDecision, license_id: int | None, at: datetime
) -> Download:
    return Download.objects.create(
        user_id=user.pk,
        document_id=document.pk,
        title=document.title,
        file=document.file.name,
        license_id=license_id,
        gate_id=decision.gate_id,
        reason=decision.reason.value,
        month=_month(at),
        begun_at=at,
    )


def _used_up(decision: AccessDecision, at: datetime) -> AccessDecision:
    return replace(
        decision,
        allowed=False,
        reason=AccessReason.DOWNLOADS_USED_UP,
        access_until=None,
        unlocks_at=next_month(at, timezone.get_default_timezone()),
    )


def _month(at: datetime) -> Any:
    return month_of(at, timezone.get_default_timezone())
