"""What the pages of a team show: people, seats and invitations, in words."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from ...domain.mailboxes import has_foreign_letters
from ...domain.teams import Role, may_invite_as, may_remove
from ...licenses import LicenseError, NoSeatLeft
from ...models import Invitation, License, LicenseSeat, Organization
from ...models.invitations import OfferState
from ...models.licenses import SeatState


@dataclass(slots=True)
class Person:
    """One person of an organization, and what the reader of the page may do with them."""

    user: Any
    role: Role
    can_remove: bool
    is_reader: bool
    seats: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return what to call them."""
        return name_of(self.user)

    @property
    def role_words(self) -> str:
        """Return what they are, in words."""
        return role_words(self.role)


@dataclass(frozen=True, slots=True)
class InvitationRow:
    """One open invitation. ``look_alike``: the address in a form in which no letter can deceive."""

    invitation: Invitation
    can_manage: bool
    is_late: bool
    look_alike: str


def name_of(user: Any) -> str:
    """Return what to call a person: the full name, else the user name."""
    return str(user.get_full_name() or user.get_username())


def role_words(role: Role) -> str:
    """Return a role in words."""
    return {Role.OWNER: _("Owner"), Role.MANAGER: _("Manager"), Role.MEMBER: _("Member")}[role]


def words_of(error: ValueError) -> str:
    """Return why something was not done, in the language of the reader."""
    if isinstance(error, NoSeatLeft):
        return _("Every seat is taken. Take one back, or add seats to the license.")
    if isinstance(error, LicenseError):
        return _("This license has ended, or has no seats to give.")
    return str(error)


def people_of(organization: Organization, *, reader: Any, role: Role) -> list[Person]:
    """Return everybody in the organization, the owner first, with their seats. Two queries."""
    members = [
        (row.user, Role(row.role)) for row in organization.members.select_related("user").order_by("pk")
    ]
    people = [
        Person(user, its_role, may_remove(role, its_role), is_reader=user.pk == reader.pk)
        for user, its_role in [(organization.owner, Role.OWNER), *members]
    ]
    by_id = {person.user.pk: person for person in people}
    seats = LicenseSeat.objects.filter(
        license__organization=organization, state=SeatState.ASSIGNED
    ).select_related("license__product")
    for seat in seats:
        if seat.user_id in by_id:
            by_id[seat.user_id].seats.append(seat.license.product.name)
    return people


def open_invitations(
    *, role: Role | None, at: datetime, license: License | None = None, organization: Any = None
) -> list[InvitationRow]:
    """Return the open invitations to a license, or to an organization with its licenses. One query."""
    about = {"license": license} if license is not None else {"organization": organization}
    return [
        InvitationRow(
            invitation=row,
            can_manage=role is None or may_invite_as(role, Role(row.role)),
            is_late=not row.is_open(at),
            look_alike=spelled_out(row),
        )
        for row in Invitation.objects.filter(state=OfferState.OPEN, **about).select_related(
            "license__product"
        )
    ]


def spelled_out(invitation: Invitation) -> str:
    """Return the address in letters that cannot be taken for others; empty when it is plain."""
    typed = invitation.email
    if typed.isascii() and not has_foreign_letters(typed):
        return ""
    return invitation.email_key.encode("ascii", "backslashreplace").decode()
