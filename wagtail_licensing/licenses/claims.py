"""Licenses that wait for whoever has the link to them: make, send again, claim.

The term of what is paid once begins with the claim. A subscription is charged by Stripe's calendar,
so its dates stay those of what is paid.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from ..conf import conf
from ..domain.lengths import end_of_term
from ..domain.mailboxes import mailbox_key, person_key
from ..domain.states import PendingReason, State, Trigger
from ..domain.validity import access_until
from ..models import License, LicenseClaim, LicenseProduct
from ..models.claims import ClaimKind
from ..models.licenses import LicenseSource
from .change import Change, LicenseError, changing, holds_of
from .history import ChangedBy, new_line, snapshot, write_lines
from .issue import issue_license
from .next_term import first_start
from .seats import seat_the_holders

#: How long between two times that a link is sent: the first five times, and from then on.
MOST_SENDS = 5
BETWEEN_SENDS = timedelta(minutes=10)
BETWEEN_LATER_SENDS = timedelta(days=7)


class ClaimRefused(LicenseError):  # noqa: N818 - the field's word for it
    """The license cannot be claimed: claimed already, expired, taken back, or under a dispute."""


class ClaimedBefore(ClaimRefused):
    """Free of charge once for each person, and this person has had it."""


class SentTooOften(LicenseError):  # noqa: N818 - the field's word for it
    """The link was sent a moment ago, or five times and within this week."""


def prepare_gift(
    *,
    product: LicenseProduct,
    intent: Any,
    giver: Any,
    email: str,
    recipient_name: str,
    message: str,
    send_at: datetime,
    language: str,
    at: datetime,
) -> LicenseClaim:
    """Write down for whom a gift is, before it is paid. Nothing is sent and nothing is issued."""
    return LicenseClaim.objects.create(
        kind=ClaimKind.GIFT,
        product=product,
        intent=intent,
        giver=giver,
        email=email,
        email_key=mailbox_key(email),
        recipient_name=recipient_name,
        message=message,
        language=language,
        send_at=max(send_at, at),
        link_expires_at=max(send_at, at) + conf.claim_link_lifetime,
        created_at=at,
    )


def issue_gift(*, claim: LicenseClaim, at: datetime, by: ChangedBy) -> License:
    """Issue the license of a gift that was paid, and have its link sent when the giver said."""
    return _issue(claim, source=LicenseSource.GIFT, at=at, by=by)


def issue_to_guest(
    *,
    product: LicenseProduct,
    email: str,
    language: str = "",
    at: datetime,
    by: ChangedBy,
    source: str = LicenseSource.PURCHASE,
    **terms: Any,
) -> License:
    """Issue a license to whoever proves to read the mail to ``email``; no account is looked for.

    ``terms`` are those of :func:`issue_license`: dates, renewal, trial, seats.
    """
    claim = _new_claim(ClaimKind.GUEST, product=product, email=email, language=language, at=at)
    return _issue(claim, source=source, at=at, by=by, **terms)


def register_free(
    *, product: LicenseProduct, email: str, language: str = "", at: datetime, by: ChangedBy
) -> LicenseClaim:
    """Send the link to a free license to ``email``; asked for again, the same one is sent again.

    One for each mailbox and product, which a unique constraint holds. Raises :class:`SentTooOften`,
    :class:`ClaimedBefore`, and :class:`ClaimRefused` for what is no address.
    """
    key = person_key(email)
    if not key:
        raise ClaimRefused("this is no address")
    mine = {"kind": ClaimKind.REGISTRATION, "product": product, "email_key": key}
    known = LicenseClaim.objects.filter(**mine).first()
    if known is None:
        claim = _new_claim(
            ClaimKind.REGISTRATION, product=product, email=email, language=language, at=at
        )
        try:
            with transaction.atomic():
                _issue(claim, source=LicenseSource.REGISTRATION, at=at, by=by)
            return claim
        except IntegrityError:
            known = LicenseClaim.objects.get(**mine)
    if known.claimed_at is not None:
        raise ClaimedBefore("this address has had it")
    return send_claim_again(claim_id=known.pk, at=at, by=by)


def send_claim_again(*, claim_id: int, at: datetime, by: ChangedBy, email: str = "") -> LicenseClaim:
    """Send a new link, to another address if ``email`` says so; the links sent before end.

    Raises :class:`ClaimRefused` when there is nothing to claim any more, :class:`SentTooOften`.
    """
    known = LicenseClaim.objects.get(pk=claim_id)
    if known.license_id is None:
        raise ClaimRefused("it is not paid yet")
    with changing(license_id=known.license_id, at=at, by=by) as change:
        claim = LicenseClaim.objects.select_for_update().get(pk=claim_id)
        _require_waiting(change.license, claim)
        # Never the last time: what was paid must not wait for somebody who cannot get at it.
        pause = BETWEEN_SENDS if claim.sends < MOST_SENDS else BETWEEN_LATER_SENDS
        if claim.last_sent_at is not None and at < claim.last_sent_at + pause:
            raise SentTooOften("the link was sent often enough")
        claim.renew_link(until=max(claim.send_at, at) + conf.claim_link_lifetime)
        if email:
            claim.email, claim.email_key = email, mailbox_key(email)
        _have_it_sent(claim, change.license, at=at, by=by)
    return claim


def claim_license(*, claim_id: int, user: Any, at: datetime, by: ChangedBy) -> License:
    """Give the license of a claim to ``user``; the term begins now. A second time by the same person
    returns it as it is.

    Of two people at once one gets it. Raises :class:`ClaimRefused`.
    """
    license_id = LicenseClaim.objects.values_list("license_id", flat=True).get(pk=claim_id)
    if license_id is None:
        raise ClaimRefused("it is not paid yet")
    with changing(license_id=license_id, at=at, by=by) as change:
        # Read under the lock of the license, which everybody who claims it takes first.
        claim = LicenseClaim.objects.select_for_update().get(pk=claim_id)
        if claim.claimed_by_id is not None and claim.claimed_by_id == user.pk:
            return change.license
        _require_waiting(change.license, claim)
        if not claim.link_works(at):
            raise ClaimRefused("the link has expired")
        if not user.is_active:
            raise ClaimRefused("the account is closed")
        claim.claimed_by, claim.claimed_at = user, at
        _save_claimed(claim)
        _hand_over(change, user)
    return change.license


def _save_claimed(claim: LicenseClaim) -> None:
    try:
        with transaction.atomic():
            claim.save(update_fields=["claimed_by", "claimed_at"])
    except IntegrityError:
        raise ClaimedBefore("this person has had it") from None


def _hand_over(change: Change, user: Any) -> None:
    license, at = change.license, change.at
    license.user = user
    license.held_since = at
    if license.source != LicenseSource.SUBSCRIPTION:
        begin_term(license, first_start(license.product, at=at))
    seat_the_holders(licenses=[license], at=at)
    if license.starts_at > at:
        license.pending_reason = PendingReason.START.value
        change.kind = "claimed"
    else:
        change.move(State.ACTIVE, trigger=Trigger.CLAIMED)


def begin_term(license: License, starts_at: datetime) -> None:
    """Let the term of a license begin at ``starts_at``: it is as long as was promised. Not saved."""
    zone = timezone.get_default_timezone()
    license.starts_at = license.held_since = starts_at
    if license.policy.length:
        license.ends_at = end_of_term(starts_at, license.policy.length, zone=zone)
    license.access_until = access_until(paid_until=license.ends_at, renews=False, slack=conf.sync_slack)


def _require_waiting(license: License, claim: LicenseClaim) -> None:
    waits = license.state == State.PENDING and license.pending_reason == PendingReason.CLAIM
    if not waits or claim.claimed_at is not None:
        raise ClaimRefused("there is nothing to claim")


def _new_claim(
    kind: ClaimKind, *, product: Any, email: str, language: str, at: datetime
) -> LicenseClaim:
    # What is free is given once for each person, whichever of their addresses they type.
    key = person_key(email) if kind == ClaimKind.REGISTRATION else mailbox_key(email)
    return LicenseClaim(
        kind=kind,
        product=product,
        email=email,
        email_key=key,
        language=language,
        send_at=at,
        link_expires_at=at + conf.claim_link_lifetime,
        created_at=at,
    )


def _issue(claim: LicenseClaim, *, source: str, at: datetime, by: ChangedBy, **terms: Any) -> License:
    with transaction.atomic():
        license = issue_license(
            product=claim.product,
            source=source,
            pending=PendingReason.CLAIM,
            at=at,
            by=by,
            **terms,
        )
        claim.license = license
        claim.save()
        _have_it_sent(claim, license, at=at, by=by)
    return license


def _have_it_sent(claim: LicenseClaim, license: License, *, at: datetime, by: ChangedBy) -> None:
    """Note that the link is to be sent. The line of history calls for the mail."""
    claim.sends += 1
    claim.last_sent_at = max(at, claim.send_at)
    claim.save()
    facts = snapshot(license, holds_of(license))
    after = {**facts, "claim": claim.pk, "time": claim.sends}
    line = new_line(license=license, kind="claim_sent", at=at, by=by, before=facts, after=after)
    write_lines([line])


def move_claim(*, of: License, to: License) -> None:
    """Let a link that nobody has used lead to the license that follows the one it was for. One query."""
    LicenseClaim.objects.filter(license=of, claimed_by=None).update(license=to)
