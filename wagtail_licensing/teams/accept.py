"""Accept or decline an invitation: once, by the person whose address it was sent to."""

from datetime import datetime
from typing import Any

from ..domain.states import Cause
from ..domain.teams import Role
from ..licenses import ChangedBy, accept_seat
from ..models import Invitation
from ..models.invitations import OfferState
from .addresses import owns_address
from .errors import WrongAddress
from .invite import close_invitation
from .locking import note, offer_locked
from .people import join


def accept_invitation(*, invitation_id: int, user: Any, at: datetime) -> Invitation:
    """Let ``user`` accept: they join the organization and have the seat that was kept.

    Who has a seat already keeps it, and the other one is free. Raises :class:`OfferClosed`,
    :class:`WrongAddress`; ``NoSeatLeft`` while there are more people than seats, and ``LicenseError``
    for a license that has ended: the invitation stays open.
    """
    with offer_locked(Invitation, invitation_id, at=at) as invitation:
        if not owns_address(user, invitation.email_key):
            raise WrongAddress("the invitation is for another address")
        by = ChangedBy(cause=Cause.MEMBER, actor=user)
        if invitation.seat_id is not None:
            accept_seat(seat_id=invitation.seat_id, user=user, at=at, by=by)
        if invitation.organization is not None:
            role = Role(invitation.role)
            join(organization=invitation.organization, user=user, role=role, at=at, actor=user)
        invitation.accepted_by = user
        invitation.save(update_fields=["accepted_by"])
        close_invitation(invitation, OfferState.ACCEPTED, at=at, by=by)
    return invitation


def decline_invitation(*, invitation_id: int, user: Any, at: datetime) -> Invitation:
    """Let ``user`` decline: the seat is free again. Raises as :func:`accept_invitation`."""
    with offer_locked(Invitation, invitation_id, at=at) as invitation:
        if not owns_address(user, invitation.email_key):
            raise WrongAddress("the invitation is for another address")
        by = ChangedBy(cause=Cause.MEMBER, actor=user, reason="invitation declined")
        close_invitation(invitation, OfferState.DECLINED, at=at, by=by)
        note(invitation.organization_id, "declined", at=at, actor=user, invitation=invitation.pk)
    return invitation
