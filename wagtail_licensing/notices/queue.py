"""Write mails down. In the transaction of the change, so that neither is without the other."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from ..conf import conf, now
from ..domain.notices import Notice, notice_of_change
from ..domain.states import Cause
from ..models import (
    BillingInvoice,
    BillingPayment,
    Invitation,
    License,
    LicenseClaim,
    LicenseEvent,
    OutboxMessage,
    Transfer,
)
from ..models.claims import ClaimKind
from ..models.licenses import LicenseSource
from ..signals import mail_waits

#: What is older than this when it is written down is history that is being brought in: no mail.
OLD_NEWS = timedelta(days=3)

#: Stands for whoever holds the license.
_HOLDER = object()


def note_changes(sender: Any, *, lines: Iterable[tuple[License, LicenseEvent]], **kwargs: Any) -> None:
    """Write down the mails that new lines of history call for. Runs inside their transaction.

    One statement where there is a mail, one more about a claim, none otherwise. That of an
    organization goes to its owner; licenses that were brought in by an import say nothing.
    """
    if not conf.mail:
        return
    messages = []
    for license, event in lines:
        if _is_brought_in(license, event):
            continue
        key = f"event-{event.pk}"
        if event.kind in {"claim_sent", "claimed"}:
            messages += _about_claim(license, event, key=key)
        notice = notice_of_change(event.before, event.after)
        if notice is not None and answers_for(license) is not None:
            messages.append(message_for(notice, license, key=key, at=event.at))
    write_down(messages)


_LINKS = {
    ClaimKind.GUEST: Notice.CLAIM,
    ClaimKind.GIFT: Notice.GIFT,
    ClaimKind.REGISTRATION: Notice.REGISTRATION,
}


def _about_claim(license: License, event: LicenseEvent, *, key: str) -> list[OutboxMessage]:
    """Return the link to whoever may claim a license, or the news of it to who gave it."""
    claim = LicenseClaim.objects.filter(license=license).select_related("giver").first()
    if claim is None:
        return []
    if event.kind == "claim_sent":
        notice = _LINKS[ClaimKind(claim.kind)]
        at = max(event.at, claim.send_at)
        return [message_for(notice, license, key=key, at=at, user=None)]
    if claim.giver is None:
        return []
    return [message_for(Notice.GIFT_CLAIMED, license, key=key, at=event.at, user=claim.giver)]


def _is_brought_in(license: License, event: LicenseEvent) -> bool:
    first = license.source == LicenseSource.IMPORT and not event.before
    return first or event.cause == Cause.IMPORT or event.at < now() - OLD_NEWS


def answers_for(license: License) -> int | None:
    """Return the id of who is written to about ``license``: its holder, or the owner of who holds it.

    A query for an organization that is not loaded, else none.
    """
    if license.organization is not None:
        return license.organization.owner_id
    return license.user_id


def note_call(
    sender: Any,
    *,
    notice: Notice,
    key: str,
    at: datetime,
    user: Any = None,
    license: License | None = None,
    invitation: Invitation | None = None,
    transfer: Transfer | None = None,
    payment: BillingPayment | None = None,
    invoice: BillingInvoice | None = None,
    **kwargs: Any,
) -> None:
    """Write down a mail that was called for by ``mail_called_for``. Runs inside its transaction."""
    if conf.mail:
        message = OutboxMessage(
            key=f"{notice.value}-{key}",
            notice=notice.value,
            user=user,
            license=license,
            invitation=invitation,
            transfer=transfer,
            payment=payment,
            invoice=invoice,
            created_at=at,
            next_try=at,
        )
        write_down([message])


def message_for(
    notice: Notice, license: License, *, key: str, at: datetime, user: Any = _HOLDER
) -> OutboxMessage:
    """Return a mail to the holder of ``license``, not yet saved. ``key`` is what happens only once.

    ``user`` is another reader; None: whoever the claim of the license was sent to.
    """
    return OutboxMessage(
        key=f"{notice.value}-{license.pk}-{key}",
        notice=notice.value,
        user_id=answers_for(license) if user is _HOLDER else getattr(user, "pk", None),
        license=license,
        created_at=at,
        next_try=at,
    )


def write_down(messages: Iterable[OutboxMessage]) -> None:
    """Save mails; those that are there already are left alone. One statement.

    After the commit ``mail_waits`` is sent, once.
    """
    rows = list(messages)
    if rows:
        OutboxMessage.objects.bulk_create(rows, ignore_conflicts=True)
        transaction.on_commit(lambda: mail_waits.send_robust(sender=OutboxMessage))
