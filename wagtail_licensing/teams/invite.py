"""Invite people to seats and to organizations, write to them again, take it back."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from ..conf import conf
from ..domain.mailboxes import mailbox_key
from ..domain.notices import Notice
from ..domain.states import Cause
from ..domain.teams import Role, may_invite_as, may_manage
from ..licenses import ChangedBy, invite_to_seat, release_seat
from ..models import Invitation, License, Organization, Transfer
from ..models.invitations import OfferState
from .errors import NotYours, OfferClosed, TeamError
from .locking import call_for_mail, note, offer_locked
from .people import role_of

#: Mails that one team may cause to one address, and to all addresses, within a day.
MOST_MAILS_TO_ONE = 5
MOST_MAILS = 500
A_DAY = timedelta(days=1)

#: How long to wait before an invitation is sent again.
BETWEEN_MAILS = timedelta(minutes=1)


def invite(
    *,
    email: str,
    at: datetime,
    actor: Any,
    organization: Organization | None = None,
    license: License | None = None,
    role: Role = Role.MEMBER,
) -> Invitation:
    """Invite ``email`` to a seat on ``license``, to ``organization``, or to both; the mail is written.

    The answer is the same whether or not somebody has an account with that address. The seat is kept
    until the invitation is accepted, taken back or too old. Raises :class:`NotYours`,
    :class:`TeamError`, and ``NoSeatLeft`` when no seat is free.
    """
    key = mailbox_key(email)
    if not key:
        raise TeamError(_("This is no address that we can write to."))
    if license is not None:
        expire_offers(at=at, license=license)
    with transaction.atomic():
        if organization is not None:
            organization = Organization.objects.select_for_update().get(pk=organization.pk)
        if license is not None:
            license = License.objects.select_for_update().get(pk=license.pk)
        _require_may_invite(actor, organization, license, role)
        _require_new(key, organization, license)
        _require_not_too_many(key, organization, license, at)
        seat = None
        if license is not None:
            by = ChangedBy(cause=Cause.MEMBER, actor=actor)
            seat = invite_to_seat(license_id=license.pk, email=email.strip(), at=at, by=by)
        invitation = Invitation.objects.create(
            email=email.strip(),
            email_key=key,
            organization=organization,
            license=license,
            seat=seat,
            role=role.value,
            created_at=at,
            created_by=actor,
            expires_at=at + conf.invitation_lifetime,
            mailed_at=at,
        )
        note(
            invitation.organization_id,
            "invited",
            at=at,
            actor=actor,
            invitation=invitation.pk,
            role=role,
        )
        _call_for_mail(invitation, at)
    return invitation


def resend(*, invitation_id: int, at: datetime, actor: Any) -> Invitation:
    """Send an open invitation again, with a new link; the old one opens nothing, its time begins anew.

    Raises :class:`NotYours`, :class:`OfferClosed`, and :class:`TeamError` for too many mails.
    """
    with offer_locked(Invitation, invitation_id) as invitation:
        _require_may_manage(actor, invitation)
        if invitation.state != OfferState.OPEN:
            raise OfferClosed(_("This invitation is not open any more."))
        if at < invitation.mailed_at + BETWEEN_MAILS:
            raise TeamError(_("It was sent a moment ago. Please wait a minute."))
        key = invitation.email_key
        _require_not_too_many(key, invitation.organization, invitation.license, at)
        invitation.renew_link()
        invitation.expires_at = at + conf.invitation_lifetime
        invitation.mails += 1
        invitation.mailed_at = at
        invitation.save()
        note(invitation.organization_id, "invited_again", at=at, actor=actor, invitation=invitation.pk)
        _call_for_mail(invitation, at)
    return invitation


def revoke(*, invitation_id: int, at: datetime, actor: Any) -> Invitation:
    """Take an invitation back; its seat is free again. One that is closed stays as it is."""
    with offer_locked(Invitation, invitation_id) as invitation:
        _require_may_manage(actor, invitation)
        if invitation.state == OfferState.OPEN:
            by = ChangedBy(cause=Cause.MEMBER, actor=actor, reason=_("Invitation taken back"))
            close_invitation(invitation, OfferState.REVOKED, at=at, by=by)
            note(invitation.organization_id, "uninvited", at=at, actor=actor, invitation=invitation.pk)
    return invitation


def close_invitation(invitation: Invitation, state: OfferState, *, at: datetime, by: ChangedBy) -> None:
    """Close a locked invitation, and let go of the seat that it kept."""
    invitation.state = state
    invitation.closed_at = at
    invitation.save(update_fields=["state", "closed_at"])
    if invitation.seat_id is not None and state != OfferState.ACCEPTED:
        release_seat(seat_id=invitation.seat_id, at=at, by=by)


def expire_offers(*, at: datetime, license: License | None = None, limit: int = 200) -> int:
    """Close up to ``limit`` invitations and transfers that are too old; return how many.

    That nobody accepts one of them is decided by its end, and does not wait for this: it gives the
    kept seats back. With ``license`` only those to its seats. Two queries when nothing is due.
    """
    closed = 0
    due = {"state": OfferState.OPEN, "expires_at__lte": at}
    invitations = Invitation.objects.filter(**due)
    if license is not None:
        invitations = invitations.filter(license=license)
    for offer_id in list(invitations.order_by("expires_at", "pk").values_list("pk", flat=True)[:limit]):
        with offer_locked(Invitation, offer_id) as invitation:
            if invitation.state == OfferState.OPEN and invitation.expires_at <= at:
                by = ChangedBy(cause=Cause.CLOCK, reason="invitation expired")
                close_invitation(invitation, OfferState.EXPIRED, at=at, by=by)
                closed += 1
    if license is None:
        old = Transfer.objects.filter(**due)
        closed += old.update(state=OfferState.EXPIRED, closed_at=at)
    return closed


def may_manage_license(actor: Any, license: License) -> bool:
    """Tell whether ``actor`` answers for the seats of a license: its holder, or who manages it."""
    if license.organization is not None:
        return may_manage(role_of(actor, license.organization))
    return bool(license.uses_seats and license.user_id == actor.pk and actor.is_active)


def _require_may_manage(actor: Any, invitation: Invitation) -> None:
    if invitation.organization is not None:
        allowed = may_invite_as(role_of(actor, invitation.organization), Role(invitation.role))
    else:
        allowed = invitation.license is not None and may_manage_license(actor, invitation.license)
    if not allowed:
        raise NotYours("there is no such invitation")


def _require_may_invite(
    actor: Any, organization: Organization | None, license: License | None, role: Role
) -> None:
    if organization is None and license is None:
        raise TeamError("an invitation is to something")
    if license is not None and license.organization_id != (organization.pk if organization else None):
        raise NotYours("the license is not held by this organization")
    if license is not None and not may_manage_license(actor, license):
        raise NotYours("only those who answer for a license invite to it")
    if organization is not None and not may_invite_as(role_of(actor, organization), role):
        raise NotYours("only the owner and managers invite people")


def _require_new(key: str, organization: Organization | None, license: License | None) -> None:
    same = Invitation.objects.filter(email_key=key, state=OfferState.OPEN, license=license)
    if license is None:
        same = same.filter(organization=organization)
    if same.exists():
        raise TeamError(_("There is an open invitation to this address. You can send it again."))


def _require_not_too_many(
    key: str, organization: Organization | None, license: License | None, at: datetime
) -> None:
    recent = Invitation.objects.filter(mailed_at__gt=at - A_DAY)
    if organization is not None:
        recent = recent.filter(organization=organization)
    else:
        recent = recent.filter(license=license)
    counts = list(recent.values_list("email_key", "mails"))
    if sum(mails for other, mails in counts if other == key) >= MOST_MAILS_TO_ONE:
        raise TeamError(_("This address was written to often today. Please wait until tomorrow."))
    if sum(mails for _other, mails in counts) >= MOST_MAILS:
        raise TeamError(_("Your team has sent many invitations today. Please wait until tomorrow."))


def _call_for_mail(invitation: Invitation, at: datetime) -> None:
    key = f"offer-{invitation.pk}-{invitation.mails}"
    call_for_mail(Notice.INVITATION, key, at=at, invitation=invitation, license=invitation.license)
