"""Empty old rows: who bought what and lives where is Stripe's to keep, not ours."""

from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from ..conf import conf
from ..models import (
    BillingCustomer,
    BillingItem,
    BillingPayment,
    BillingSubscription,
    LicenseClaim,
    StripeEvent,
)
from .projection import ENDED_STATUSES


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
    """Empty the address of up to ``limit`` guests to whom nothing is to be written; return how many.

    Of those who have an account since, as long after it as claims are kept; and of those whose claims
    were all forgotten and who subscribe to nothing. Who has not claimed what they paid is still to be
    written to. One query when there is nothing to do, two otherwise.
    """
    guests = BillingCustomer.objects.filter(guest_intent__isnull=False, guest_email__gt="")
    over = guests.filter(_has_an_account(at) | _is_done_with())
    ids = list(over.order_by("pk").values_list("pk", flat=True)[:limit])
    return BillingCustomer.objects.filter(pk__in=ids).update(guest_email="") if ids else 0


def _has_an_account(at: datetime) -> Q:
    recent = LicenseClaim.objects.filter(
        claimed_by=OuterRef("user"), claimed_at__gte=at - conf.claim_retention
    )
    return Q(~Exists(recent), user__isnull=False)


def _is_done_with() -> Q:
    customer = OuterRef("pk")
    bought = BillingPayment.objects.filter(customer=customer, license__isnull=False)
    subscribed = BillingItem.objects.filter(subscription__customer=customer, license__isnull=False)
    running = BillingSubscription.objects.filter(customer=customer).exclude(status__in=ENDED_STATUSES)
    return Q(
        Exists(bought) | Exists(subscribed),
        ~Exists(bought.filter(license__claim__email__gt="")),
        ~Exists(subscribed.filter(license__claim__email__gt="")),
        ~Exists(running),
        user=None,
    )
