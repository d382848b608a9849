"""Mails about what is offered to an address: who reads them, and where their button leads."""

from datetime import datetime
from typing import Any

from ..domain.notices import Notice
from ..models import Invitation, OutboxMessage, Transfer
from ..models.invitations import OfferState, digest_of
from .people import absolute_url

#: Mails that belong to an invitation or a transfer.
OFFERS = frozenset(
    {
        Notice.INVITATION,
        Notice.TRANSFER_ASKED,
        Notice.TRANSFER_OFFERED,
        Notice.TRANSFER_DONE,
    }
)


def offer_of(message: OutboxMessage) -> Invitation | Transfer | None:
    """Return what a mail offers, if anything."""
    return message.invitation or message.transfer


def offer_stands(message: OutboxMessage, at: datetime) -> bool:
    """Tell whether a mail about an offer still says what is so. No query when the offer is loaded."""
    offer = offer_of(message)
    if offer is None:
        return False
    if message.notice == Notice.TRANSFER_DONE:
        return bool(offer.state == OfferState.ACCEPTED)
    asked = message.notice == Notice.TRANSFER_ASKED
    if asked and message.transfer is not None and message.transfer.giver_confirmed_at is not None:
        return False
    # A later mail has a newer link; this one would lead nowhere.
    is_latest = asked or message.key.endswith(f"-{offer.mails}")
    return offer.is_open(at) and is_latest


def link_of(message: OutboxMessage) -> str:
    """Return the address that the button of a mail leads to.

    With another key of the site than when the offer was made, its link is made anew here.
    """
    offer, notice = offer_of(message), Notice(message.notice)
    if offer is None or notice not in {Notice.INVITATION, Notice.TRANSFER_OFFERED}:
        return absolute_url("account_team" if notice in OFFERS else "account")
    if offer.link_digest != digest_of(offer.link_token):
        offer.link_digest = digest_of(offer.link_token)
        offer.save(update_fields=["link_digest"])
    return absolute_url("invitation" if message.invitation else "transfer", offer.link_token)


def about_of(message: OutboxMessage) -> dict[str, str]:
    """Return the names that a mail about an offer or a team may say, as they are kept."""
    offer = offer_of(message)
    license = message.license
    team: Any = offer.organization if offer is not None else None
    if team is None and license is not None:
        team = license.organization
    sender = offer.created_by if offer is not None else None
    holder = license.user if license is not None else None
    return {
        "team": str(team or _name(holder)),
        "sender": _name(sender) or str(team or ""),
        "product": str(license.product.name if license is not None else team or ""),
    }


def _name(user: Any) -> str:
    return str(user.get_full_name() or user.get_username()) if user is not None else ""
