"""Send what waits. At least once: a process that dies between sending and noting it sends again."""

import logging
import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import get_connection
from django.db.models import F

from ..conf import conf
from ..domain.notices import MOST_TRIES, REMINDERS, wait_after
from ..models import OutboxMessage
from ..models.notices import MessageState
from .compose import make_mail
from .people import reader_of, wants_reminders
from .remind import still_true

logger = logging.getLogger(__name__)

#: Errors that concern one mail alone: its address, its text. Any other may concern them all.
_REFUSED = (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ValueError)

#: How long a mail belongs to the process that took it. Longer than a mail server may take to answer.
LEASE = timedelta(minutes=5)

#: Seconds that a mail server may take to answer.
TIMEOUT = 10

#: Seconds after which no further mail is begun; the rest waits for the next time.
MOST_SECONDS = 45


@dataclass(slots=True)
class Sending:
    """What became of the mails that were due."""

    sent: int = 0
    dropped: int = 0
    failed: int = 0


def send_waiting(
    *, at: datetime, limit: int = 200, watch: Callable[[], float] = time.monotonic
) -> Sending:
    """Send up to ``limit`` mails that are due, oldest first. Never while a transaction is open.

    A mail that is not true any more, or not wanted, is dropped. One that cannot be sent waits, a
    little longer each time, and is given up after fifteen tries. When the mail server does not answer,
    the rest is left for the next time. One query, and three for each mail.
    """
    result, begun = Sending(), watch()
    waiting = OutboxMessage.objects.filter(state=MessageState.WAITING, next_try__lte=at)
    ids = list(waiting.order_by("next_try", "pk").values_list("pk", flat=True)[:limit])
    if not ids:
        return result
    connection = get_connection(timeout=TIMEOUT)
    try:
        connection.open()
    except Exception as error:  # noqa: BLE001 - a mail backend may raise what it likes
        # An outage is no fault of any mail: none of them is counted as tried.
        logger.warning(
            "%d mails wait: the mail server does not answer (%s)", len(ids), type(error).__name__
        )
        return result
    for message_id in ids:
        if watch() - begun > MOST_SECONDS:
            break
        message = _take(message_id, at)
        if message is not None and not _send(message, connection, at, result):
            break
    connection.close()
    return result


def _take(message_id: int, at: datetime) -> OutboxMessage | None:
    """Take a mail, so that no other process sends it; None where somebody else has it."""
    taken = OutboxMessage.objects.filter(
        pk=message_id, state=MessageState.WAITING, next_try__lte=at
    ).update(token=F("token") + 1, attempts=F("attempts") + 1, next_try=at + LEASE)
    if not taken:
        return None
    messages = OutboxMessage.objects.select_related(
        "license__product",
        "license__organization",
        "license__user",
        "license__claim__giver",
        "license__application",
        "user",
        "payment",
        "invoice",
        "invitation__organization",
        "invitation__created_by",
        "transfer__organization",
        "transfer__created_by",
    )
    return messages.get(pk=message_id)


def _send(message: OutboxMessage, connection: Any, at: datetime, result: Sending) -> bool:
    """Send one mail. Returns whether to go on with the next: not when the server does not answer."""
    if not _is_wanted(message, at):
        result.dropped += 1
        _note(message, state=MessageState.DROPPED)
        return True
    try:
        mail = make_mail(message)
    except Exception as error:  # noqa: BLE001 - a mail backend may raise what it likes
        # Our fault or that of a template: the mail waits for the one who mends it.
        return _failed(message, error, at, result, go_on=True)
    try:
        mail.connection = connection
        mail.send()
    except Exception as error:  # noqa: BLE001 - a mail backend may raise what it likes
        return _failed(message, error, at, result, go_on=isinstance(error, _REFUSED))
    result.sent += 1
    _note(message, state=MessageState.SENT, sent_at=at, error="")
    return True


def _is_wanted(message: OutboxMessage, at: datetime) -> bool:
    if not conf.mail or not reader_of(message).address or not still_true(message, at):
        return False
    return message.notice not in REMINDERS or wants_reminders(message.user)


def _failed(
    message: OutboxMessage, error: Exception, at: datetime, result: Sending, *, go_on: bool
) -> bool:
    """Note why a mail was not sent. The text of an error can hold addresses: its kind is kept alone."""
    result.failed += 1
    name = type(error).__name__
    logger.warning("Mail %s was not sent: %s", message.pk, name)
    if message.attempts >= MOST_TRIES:
        _note(message, state=MessageState.FAILED, error=name)
    else:
        _note(message, next_try=at + wait_after(message.attempts), error=name)
    return go_on


def _note(message: OutboxMessage, **changes: Any) -> None:
    """Write down what became of a mail, unless another process has taken it since."""
    OutboxMessage.objects.filter(pk=message.pk, token=message.token).update(**changes)


def send_again(*, message_id: int, at: datetime) -> bool:
    """Let a mail that was given up wait again; tells whether it had been."""
    failed = OutboxMessage.objects.filter(pk=message_id, state=MessageState.FAILED)
    return bool(failed.update(state=MessageState.WAITING, attempts=0, next_try=at))
