"""Which mail a change of a license calls for, and which one the calendar calls for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from .states import Hold, PendingReason, State


class Notice(StrEnum):
    """The occasions on which a holder is written to. The values are kept in the database."""

    WELCOME = "welcome"
    RECEIPT = "receipt"
    RENEWAL_REMINDER = "renewal_reminder"
    ENDING_REMINDER = "ending_reminder"
    TRIAL_ENDING = "trial_ending"
    PAYMENT_FAILED = "payment_failed"
    ACCESS_ENDING = "access_ending"
    ACCESS_LOST = "access_lost"
    RESTORED = "restored"
    CANCELLED = "cancelled"
    ENDED = "ended"
    SEATS_OVER = "seats_over"
    CLAIM = "claim"
    GIFT = "gift"
    GIFT_CLAIMED = "gift_claimed"
    REGISTRATION = "registration"
    APPLIED = "applied"
    APPROVED = "approved"
    REFUSED = "refused"
    INVITATION = "invitation"
    SEAT_GIVEN = "seat_given"
    TRANSFER_ASKED = "transfer_asked"
    TRANSFER_OFFERED = "transfer_offered"
    TRANSFER_DONE = "transfer_done"


#: Mails about an application.
APPLICATIONS = frozenset({Notice.APPLIED, Notice.APPROVED, Notice.REFUSED})

#: Mails with a link that works once, to an address and not to a member.
LINKS = frozenset({Notice.CLAIM, Notice.GIFT, Notice.REGISTRATION})

#: Mails that a person may do without. The others concern what was bought, and are always sent.
REMINDERS = frozenset({Notice.RENEWAL_REMINDER, Notice.ENDING_REMINDER, Notice.TRIAL_ENDING})

#: How long before the end of a trial, and before the end of a grace period, a person is told.
BEFORE_TRIAL_ENDS = timedelta(days=3)
BEFORE_GRACE_ENDS = timedelta(hours=48)

#: A reminder comes in the last part of a term: nobody wants one two weeks before the end of a month.
LAST_PART = 4

_OPEN = frozenset({State.ACTIVE.value, State.GRACE.value})


@dataclass(frozen=True, slots=True)
class TermFacts:
    """What reminders need to know of a license. Instants are UTC, ends exclusive.

    ``term_began`` is the start of the running term: that of the paid period, or of the license.
    """

    state: str
    renews: bool
    is_trial: bool
    term_began: datetime
    ends_at: datetime | None
    access_until: datetime | None


@dataclass(frozen=True, slots=True)
class Due:
    """A reminder that is due. ``mark`` tells it from the others of the same license for ever."""

    notice: Notice
    mark: str


def notice_of_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> Notice | None:
    """Return the mail that a line of a license's history calls for, if any.

    ``before`` (empty: issued) and ``after`` are snapshots as the history keeps them. What staff, a
    dispute or the holder's own pause suspends is left to those who did it: no mail.
    """
    was, now = before.get("state"), after.get("state")
    about_application = _notice_of_application(before, after)
    if about_application is not None:
        return about_application
    if was == now:
        return _notice_of_terms(before, after)
    if now == State.GRACE.value and was == State.ACTIVE.value:
        return Notice.PAYMENT_FAILED
    if now == State.EXPIRED.value:
        # What never opened has not ended either.
        return Notice.ENDED if was not in {None, State.PENDING.value} else None
    if now == State.SUSPENDED.value:
        held_for_billing = Hold.BILLING.value in after.get("holds", ())
        return Notice.ACCESS_LOST if held_for_billing else None
    if now == State.ACTIVE.value:
        return _notice_of_opening(was, before)
    return None


def _notice_of_application(before: Mapping[str, Any], after: Mapping[str, Any]) -> Notice | None:
    """An application: received, then approved (to be paid, or open at once), or refused."""
    approval = PendingReason.APPROVAL.value
    if after.get("pending_reason") == approval:
        return Notice.APPLIED if not before else None
    if before.get("pending_reason") != approval:
        return None
    if after.get("state") == State.REVOKED.value:
        return Notice.REFUSED
    return Notice.APPROVED if after.get("state") in {*_OPEN, State.PENDING.value} else None


def _notice_of_opening(was: Any, before: Mapping[str, Any]) -> Notice | None:
    if was in {None, State.PENDING.value}:
        return Notice.WELCOME
    if was == State.SUSPENDED.value and Hold.BILLING.value not in before.get("holds", ()):
        return None
    return Notice.RESTORED


def _notice_of_terms(before: Mapping[str, Any], after: Mapping[str, Any]) -> Notice | None:
    if after.get("seats_due_at") and not before.get("seats_due_at"):
        return Notice.SEATS_OVER
    cancelled = before.get("renews") and not after.get("renews")
    return Notice.CANCELLED if cancelled and after.get("state") in _OPEN else None


def due_reminder(facts: TermFacts, *, days_before: Sequence[int], at: datetime) -> Due | None:
    """Return the reminder that is due at ``at``: the latest of those whose time has come.

    ``days_before`` are the days before the end at which to remind; one that lies in the first three
    quarters of a term is left out. Who was not reminded in time is reminded once, not once for
    each day missed.
    """
    if facts.state == State.GRACE.value:
        return _due(Notice.ACCESS_ENDING, facts.access_until, [BEFORE_GRACE_ENDS], facts, at)
    if facts.state != State.ACTIVE.value or facts.ends_at is None:
        return None
    if facts.is_trial:
        return _due(Notice.TRIAL_ENDING, facts.ends_at, [BEFORE_TRIAL_ENDS], facts, at)
    notice = Notice.RENEWAL_REMINDER if facts.renews else Notice.ENDING_REMINDER
    longest = (facts.ends_at - facts.term_began) / LAST_PART
    spans = [timedelta(days=days) for days in days_before]
    return _due(notice, facts.ends_at, [span for span in spans if span <= longest], facts, at)


def _due(
    notice: Notice, end: datetime | None, spans: Sequence[timedelta], facts: TermFacts, at: datetime
) -> Due | None:
    if end is None or at >= end:
        return None
    come = [span for span in spans if facts.term_began < end - span <= at]
    if not come:
        return None
    return Due(notice, f"{end.isoformat()}-{int(min(come).total_seconds())}")


#: The longest wait between two tries, and how often a mail is tried: for about three days.
LONGEST_WAIT = timedelta(hours=12)
MOST_TRIES = 15


def wait_after(attempts: int) -> timedelta:
    """Return how long to wait after the given number of tries that failed: 1, 2, 4 ... minutes."""
    return min(timedelta(minutes=2 ** max(attempts - 1, 0)), LONGEST_WAIT)


_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


def placeholders_in(text: str) -> frozenset[str]:
    """Return the names of the placeholders of ``text``: ``{{ product }}`` gives ``product``."""
    return frozenset(_PLACEHOLDER.findall(text))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put values in place of placeholders, once, as they are; unknown ones stay as they stand.

    No template language: a value that looks like a placeholder or a tag is only text.
    """
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)


def compose(subject: str, body: str, button: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return the parts of a mail: ``subject`` (one line), ``paragraphs`` (a list), ``button``."""
    parts = body.replace("\r\n", "\n").split("\n\n")
    paragraphs = [fill(part.strip(), values) for part in parts]
    return {
        "subject": " ".join(fill(subject, values).split()),
        "paragraphs": [part for part in paragraphs if part],
        "button": fill(button, values).strip(),
    }
