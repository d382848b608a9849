"""The state of the line to one Stripe account: refused or not, and when it last answered.

While the key is refused every object would fail the same way, so the whole account waits. Nothing
is taken from anybody meanwhile; the first answer after that lets everything go on.
"""

import logging
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

from ..conf import conf
from ..models import BillingAccount

logger = logging.getLogger(__name__)

#: While the key is refused, the account is tried again after this long.
REFUSED_PAUSE = timedelta(minutes=5)
#: ``answered_at`` is written at most this often.
RESOLUTION = timedelta(minutes=1)


def state_of(*, account: str | None = None, livemode: bool | None = None) -> BillingAccount | None:
    """Return what is known of an account, by default the configured one. One query."""
    return BillingAccount.objects.filter(
        account=conf.stripe_account if account is None else account,
        livemode=conf.stripe_livemode if livemode is None else livemode,
    ).first()


def not_stopped(at: datetime) -> Q:
    """Return the condition for rows with account and mode whose account may be asked at ``at``."""
    stopped = BillingAccount.objects.filter(
        account=OuterRef("account"), livemode=OuterRef("livemode"), next_try__gt=at
    )
    return Q(~Exists(stopped))


def stop(*, account: str, livemode: bool, error: str, at: datetime) -> None:
    """Let everything of an account wait, because Stripe refuses its key. Three queries at most."""
    row, _ = BillingAccount.objects.get_or_create(account=account, livemode=livemode)
    level = logging.CRITICAL if row.refused_at is None else logging.ERROR
    logger.log(level, "Stripe refuses the key of account %s; nothing is synced: %s", account, error)
    BillingAccount.objects.filter(pk=row.pk).update(
        refused_at=row.refused_at or at, refused_error=error[:500], next_try=at + REFUSED_PAUSE
    )


def note_answer(
    *, account: str, livemode: bool, at: datetime, known: BillingAccount | None = None
) -> None:
    """Note that Stripe answered, which lifts a stop. No query when ``known`` says so already."""
    if known is not None and known.refused_at is None and _is_recent(known.answered_at, at):
        return
    row, _ = BillingAccount.objects.get_or_create(account=account, livemode=livemode)
    if row.refused_at is not None:
        logger.warning("Stripe accepts the key of account %s again", account)
    BillingAccount.objects.filter(pk=row.pk).update(
        answered_at=at, refused_at=None, refused_error="", next_try=None
    )


def resume(*, account: str, livemode: bool) -> bool:
    """Let a stopped account be tried at once: for who has just changed the key. One query."""
    stopped = BillingAccount.objects.filter(account=account, livemode=livemode, next_try__isnull=False)
    return bool(stopped.update(next_try=None))


def _is_recent(answered_at: datetime | None, at: datetime) -> bool:
    return answered_at is not None and abs(at - answered_at) < RESOLUTION
