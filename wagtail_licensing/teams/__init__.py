"""Teams: organizations with their people, invitations, and the handing over of what somebody holds.

Each function locks what it changes, in this order: the organization, the license, the offer. Mails
are called for by a signal, inside the transaction of the change.
"""

from .accept import accept_invitation, decline_invitation
from .addresses import owns_address, proven_addresses
from .domains import (
    add_domain,
    domains_to_join,
    join_by_domain,
    open_domain,
    remove_domain,
    verify_domain,
)
from .errors import NotYours, OfferClosed, TeamError, WrongAddress
from .forget import forget_offers
from .invite import expire_offers, invite, may_manage_license, resend, revoke
from .people import (
    change_role,
    create_organization,
    give_seat,
    leave,
    organizations_to_buy_for,
    remove_person,
    rename_organization,
    role_of,
)
from .transfers import (
    accept_transfer,
    agree_to_transfer,
    ask_for_transfer,
    cancel_transfer,
    decline_transfer,
    holds,
    offer_license,
    offer_organization,
)

__all__ = [
    "NotYours",
    "OfferClosed",
    "TeamError",
    "WrongAddress",
    "accept_invitation",
    "accept_transfer",
    "add_domain",
    "agree_to_transfer",
    "ask_for_transfer",
    "cancel_transfer",
    "change_role",
    "create_organization",
    "decline_invitation",
    "decline_transfer",
    "domains_to_join",
    "expire_offers",
    "forget_offers",
    "give_seat",
    "holds",
    "invite",
    "join_by_domain",
    "leave",
    "may_manage_license",
    "offer_license",
    "offer_organization",
    "open_domain",
    "organizations_to_buy_for",
    "owns_address",
    "proven_addresses",
    "remove_domain",
    "remove_person",
    "rename_organization",
    "resend",
    "revoke",
    "role_of",
    "verify_domain",
]
