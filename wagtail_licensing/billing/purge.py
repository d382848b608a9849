"""Empty old rows: who bought what and lives where is Stripe's to keep, not ours."""

from datetime import datetime

from django.db.models import Exists, OuterRef

from ..conf import conf
from ..models import BillingCustomer, LicenseClaim, StripeEvent


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


def purge_guests(*, at: datetime, limit: int = 200) -> int:
    """Empty the address of up to ``limit`` guests who have an account since; return how many.

    Once the claims of that account are forgotten, or are as old. Who has not claimed what they paid is
    still to be written to. One query when there is nothing to do, two otherwise.
    """
    recent = LicenseClaim.objects.filter(
        claimed_by=OuterRef("user"), claimed_at__gte=at - conf.claim_retention
    )
    known = BillingCustomer.objects.filter(
        ~Exists(recent), guest_intent__isnull=False, guest_email__gt="", user__isnull=False
    )
    ids = list(known.order_by("pk").values_list("pk", flat=True)[:limit])
    return BillingCustomer.objects.filter(pk__in=ids).update(guest_email="") if ids else 0
