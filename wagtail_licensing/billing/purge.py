"""Empty old events: who bought what and lives where is Stripe's to keep, not ours."""

from datetime import datetime

from ..conf import conf
from ..models import StripeEvent


def purge_payloads(*, at: datetime, limit: int = 1000) -> int:
    """Empty up to ``limit`` events that arrived longer ago than the setting allows; return how many.

    What an event was about (its id, type and object) stays, so that it is still known when it
    arrives again. One query when there is nothing to do, two otherwise.
    """
    old = StripeEvent.objects.filter(is_purged=False, received_at__lt=at - conf.event_payload_retention)
    ids = list(old.order_by("received_at").values_list("pk", flat=True)[:limit])
    if not ids:
        return 0
    return StripeEvent.objects.filter(pk__in=ids).update(payload={}, is_purged=True)
