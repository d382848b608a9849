"""Find whom the calendar says to remind. Running it twice writes nothing twice."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import OuterRef, Q, QuerySet, Subquery

from ..conf import conf
from ..domain.notices import (
    APPLICATIONS,
    BEFORE_GRACE_ENDS,
    BEFORE_TRIAL_ENDS,
    LINKS,
    REMINDERS,
    Notice,
    TermFacts,
    due_reminder,
)
from ..models import License, LicenseProduct, OutboxMessage
from ..models.licenses import LicenseState
from .offers import OFFERS, offer_stands
from .queue import message_for, write_down

#: What the calendar calls for, and no change of a license.
_REMINDERS = [notice.value for notice in (*REMINDERS, Notice.ACCESS_ENDING)]

#: Licenses read at a time.
BATCH = 500


def remind(*, at: datetime) -> int:
    """Write down the reminders that are due at ``at``; return for how many licenses one is due.

    A query for every 500 licenses whose end is near, and one statement for those of them whose
    reminder is not there yet: it runs every minute, and nearly always finds nothing new.
    """
    if not conf.mail:
        return 0
    found = 0
    for batch in _batches(_near_their_end(at)):
        messages = [message for license in batch if (message := _reminder_for(license, at))]
        found += len(messages)
        write_down(message for message in messages if not _is_written_down(message))
    return found


def _is_written_down(message: OutboxMessage) -> bool:
    last = getattr(message.license, "last_reminder")  # noqa: B009 - set by the annotation
    return bool(last == message.key)


def _near_their_end(at: datetime) -> QuerySet[License]:
    days = max(_days_of_all(), default=0)
    horizon = at + max(timedelta(days=days), BEFORE_TRIAL_ENDS, BEFORE_GRACE_ENDS)
    near = Q(state=LicenseState.ACTIVE, ends_at__gt=at, ends_at__lte=horizon)
    in_grace = Q(state=LicenseState.GRACE, access_until__gt=at, access_until__lte=horizon)
    running = License.objects.filter(
        state__in=[LicenseState.ACTIVE, LicenseState.GRACE],
        access_until__gt=at,
        # A license that renews stays open a little longer than it is paid.
        access_until__lte=horizon + conf.sync_slack,
    )
    reminders = OutboxMessage.objects.filter(license=OuterRef("pk"), notice__in=_REMINDERS)
    last = Subquery(reminders.order_by("-pk").values("key")[:1])
    near_end = running.filter(near | in_grace).annotate(last_reminder=last)
    return near_end.select_related("product", "billing_item", "organization")


def _days_of_all() -> list[int]:
    own = LicenseProduct.objects.exclude(reminder_days="").values_list("reminder_days", flat=True)
    return [*conf.reminder_days, *(day for text in own for day in days_in(text))]


def days_in(text: str) -> list[int]:
    """Return the numbers of a list such as "14, 3"; "0" is no reminder at all."""
    return [int(part) for part in text.split(",") if part.strip().isdigit() and int(part) > 0]


def _batches(licenses: QuerySet[License]) -> Iterator[list[License]]:
    last = 0
    while batch := list(licenses.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield batch
        last = batch[-1].pk


def facts_of(license: License) -> TermFacts:
    """Return what a reminder needs to know. No query when product and billing item are loaded."""
    item = getattr(license, "billing_item", None)
    began = item.period_start if item is not None and item.period_start else license.starts_at
    return TermFacts(
        state=license.state,
        renews=license.renews,
        is_trial=license.is_trial,
        term_began=began,
        ends_at=license.ends_at,
        access_until=license.access_until,
    )


def _reminder_for(license: License, at: datetime) -> OutboxMessage | None:
    own = license.product.reminder_days
    due = due_reminder(facts_of(license), days_before=days_in(own) if own else conf.reminder_days, at=at)
    return message_for(due.notice, license, key=due.mark, at=at) if due else None


def still_true(message: OutboxMessage, at: datetime) -> bool:
    """Tell whether a mail that waited still says what is so. No query when the license is loaded."""
    license, notice = message.license, Notice(message.notice)
    if notice in OFFERS:
        return offer_stands(message, at)
    if license is None:
        return False
    running = license.state == LicenseState.ACTIVE
    until = license.access_until
    if notice in {*LINKS, *APPLICATIONS, Notice.GIFT_CLAIMED, Notice.RECEIPT}:
        until = None  # the term has not begun, or is somebody else's, or does not matter
    if until is not None and until <= at:
        # The label follows the clock a little later than access does.
        return notice in {Notice.ACCESS_LOST, Notice.ENDED}
    match notice:
        case Notice.RENEWAL_REMINDER:
            return running and license.renews and _names_its_end(message)
        case Notice.ENDING_REMINDER:
            return running and not license.renews and _names_its_end(message)
        case Notice.TRIAL_ENDING:
            return running and license.is_trial and _names_its_end(message)
        case Notice.PAYMENT_FAILED | Notice.ACCESS_ENDING:
            return license.state == LicenseState.GRACE
        case Notice.ACCESS_LOST:
            return license.state == LicenseState.SUSPENDED
        case Notice.CANCELLED:
            return not license.renews and license.state in {LicenseState.ACTIVE, LicenseState.GRACE}
        case Notice.SEATS_OVER:
            return running and license.seats_due_at is not None
        case Notice.SEAT_GIVEN:
            return running and license.seats.filter(user=message.user, state="assigned").exists()
        case Notice.ENDED:
            return license.state == LicenseState.EXPIRED
        case Notice.CLAIM | Notice.GIFT | Notice.REGISTRATION:
            return license.state == LicenseState.PENDING and license.user_id is None
        case Notice.RECEIPT:
            return True  # it was paid, whatever became of the license
        case Notice.APPLIED:
            return license.state == LicenseState.PENDING
        case Notice.APPROVED:
            return license.state in {LicenseState.PENDING, LicenseState.ACTIVE}
        case Notice.REFUSED:
            return license.state == LicenseState.REVOKED
        case Notice.GIFT_CLAIMED:
            return license.user_id is not None
        case _:
            return running


def _names_its_end(message: OutboxMessage) -> bool:
    """Tell whether the end that a reminder was written for is still that of its license."""
    end = message.license.ends_at if message.license is not None else None
    return end is not None and f"-{end.isoformat()}-" in message.key
