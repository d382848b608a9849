"""Forget who was written to about a license, when there is nothing left to claim.

What was paid waits without end. What costs nothing and nobody took ends; what is done keeps its
license and its history, and no address.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from ..conf import conf
from ..domain.states import Cause, PendingReason, State
from ..models import LicenseClaim, LicenseEvent
from ..models.checkout import IntentState
from ..models.claims import ClaimKind
from .change import changing
from .history import ChangedBy

#: For how long a refund may fail and a dispute be decided another way: then it can be claimed after all.
MONEY_MAY_COME_BACK = timedelta(days=365)

_EMPTY = {"email": "", "email_key": "", "recipient_name": "", "message": "", "language": ""}


def forget_claims(*, at: datetime, limit: int = 200) -> int:
    """Let go of up to ``limit`` claims of each kind that are over; return how many. Three queries.

    Each ``WAGTAIL_LICENSING_CLAIM_RETENTION`` after its link has ended. A free license that nobody
    took expires, and its address may ask again. A gift that was never paid is deleted. Of what was
    claimed, or was taken back for good, the addresses, the name and the message are emptied. That a
    mailbox has had a free license is kept with the license.
    """
    old = LicenseClaim.objects.filter(link_expires_at__lt=at - conf.claim_retention)
    return (
        _end_unclaimed(old, at=at, limit=limit)
        + _delete_unpaid(old, limit=limit)
        + _empty_finished(old, at=at, limit=limit)
    )


def _end_unclaimed(old: QuerySet[LicenseClaim], *, at: datetime, limit: int) -> int:
    waiting = old.filter(
        kind=ClaimKind.REGISTRATION,
        email__gt="",
        claimed_at=None,
        license__state=State.PENDING,
        license__pending_reason=PendingReason.CLAIM,
    )
    ended = 0
    by = ChangedBy(cause=Cause.CLOCK, reason="nobody claimed it")
    for claim_id, license_id in list(waiting.values_list("pk", "license_id")[:limit]):
        with changing(license_id=license_id, at=at, by=by) as change:
            # Somebody may have claimed it, or asked for it again, in this very moment.
            waits = change.license.pending_reason == PendingReason.CLAIM
            if waits and old.filter(pk=claim_id, claimed_at=None).exists():
                change.move(State.EXPIRED)
                LicenseClaim.objects.filter(pk=claim_id).update(**_EMPTY)
                ended += 1
    return ended


def _delete_unpaid(old: QuerySet[LicenseClaim], *, limit: int) -> int:
    """Delete gifts of which Stripe says that they are not paid any more, or of which it never heard."""
    over = Q(intent__state__in=[IntentState.EXPIRED, IntentState.FAILED]) | Q(
        intent__state=IntentState.OPEN, intent__stripe_session_id=""
    )
    unpaid = old.filter(over, kind=ClaimKind.GIFT, email__gt="", license=None)
    ids = list(unpaid.values_list("pk", flat=True)[:limit])
    return LicenseClaim.objects.filter(pk__in=ids, license=None).delete()[0] if ids else 0


def _empty_finished(old: QuerySet[LicenseClaim], *, at: datetime, limit: int) -> int:
    since = LicenseEvent.objects.filter(
        license=OuterRef("license"), at__gte=at - max(MONEY_MAY_COME_BACK, conf.claim_retention)
    )
    claimed = Q(claimed_at__lt=at - conf.claim_retention) & ~Q(kind=ClaimKind.REGISTRATION)
    taken_back = Q(license__state__in=[State.EXPIRED, State.REVOKED], claimed_at=None) & ~Exists(since)
    finished = old.filter(claimed | taken_back, email__gt="", license__isnull=False)
    ids = list(finished.order_by("link_expires_at").values_list("pk", flat=True)[:limit])
    return LicenseClaim.objects.filter(pk__in=ids).update(**_EMPTY) if ids else 0
