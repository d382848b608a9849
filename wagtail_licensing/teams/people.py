"""The people of an organization: who is what, and who has which seat."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext as _

from ..domain.notices import Notice
from ..domain.states import Cause
from ..domain.teams import BUYER_ROLES, GIVEN_ROLES, Role, may_change_roles, may_manage, may_remove
from ..licenses import ChangedBy, assign_seat, release_seat
from ..models import License, LicenseSeat, Organization, OrganizationMember
from ..models.licenses import SeatState
from .errors import NotYours, TeamError
from .locking import call_for_mail, note, organization_locked

#: Organizations that one person may own: a robot that makes them is stopped.
MOST_OWNED = 20


def role_of(user: Any, organization: Organization) -> Role | None:
    """Return what ``user`` is in an organization; None: nothing. At most one query."""
    return organization.role_of(user)


def organizations_to_buy_for(user: Any) -> list[Organization]:
    """Return the organizations that ``user`` may buy for, by name. One query."""
    if not user.is_authenticated or not user.is_active:
        return []
    given = [role.value for role in BUYER_ROLES]
    rows = OrganizationMember.objects.filter(user=user, role__in=given)
    mine = Q(owner=user) | Q(pk__in=rows.values("organization_id"))
    return list(Organization.objects.filter(mine))


def create_organization(*, name: str, owner: Any, at: datetime) -> Organization:
    """Create an organization that ``owner`` owns. Raises :class:`TeamError` for no name, or too many."""
    name = " ".join(name.split())
    if not name:
        raise TeamError(_("An organization needs a name."))
    if Organization.objects.filter(owner=owner).count() >= MOST_OWNED:
        raise TeamError(_("You own as many organizations as one person may."))
    base = slugify(name)[:150] or "team"
    for number in range(1, 1000):
        slug = base if number == 1 else f"{base}-{number}"
        if Organization.objects.filter(slug=slug).exists():
            continue
        try:
            with transaction.atomic():
                made: Organization = Organization.objects.create(name=name, slug=slug, owner=owner)
                note(made.pk, "created", at=at, actor=owner, owner=owner.pk)
        except IntegrityError:  # somebody took the slug in this very moment
            continue
        return made
    raise TeamError(_("Please choose another name."))


def rename_organization(*, organization_id: int, name: str, at: datetime, actor: Any) -> Organization:
    """Give an organization another name; its address stays. For its owner."""
    name = " ".join(name.split())
    if not name:
        raise TeamError(_("An organization needs a name."))
    with organization_locked(organization_id) as organization:
        if not may_change_roles(role_of(actor, organization)):
            raise NotYours("only the owner renames an organization")
        if organization.name != name:
            organization.name = name
            organization.save(update_fields=["name"])
            note(organization.pk, "renamed", at=at, actor=actor)
    return organization


def join(*, organization: Organization, user: Any, role: Role, at: datetime, actor: Any) -> None:
    """Make ``user`` a member of a locked organization; nobody comes down from what they are."""
    if organization.owner_id == user.pk:
        return
    row, is_new = OrganizationMember.objects.get_or_create(
        organization=organization, user=user, defaults={"role": role.value, "joined_at": at}
    )
    if is_new:
        note(organization.pk, "joined", at=at, actor=actor, user=user.pk, role=role.value)
    elif role is Role.MANAGER and row.role != role.value:
        row.role = role.value
        row.save(update_fields=["role"])
        note(organization.pk, "role_changed", at=at, actor=actor, user=user.pk, role=role.value)


def change_role(
    *, organization_id: int, user_id: int, role: Role, at: datetime, actor: Any
) -> OrganizationMember:
    """Make a person of the organization a manager or a member. For its owner.

    The role of the owner is not changed here. Raises :class:`NotYours`, :class:`TeamError`.
    """
    with organization_locked(organization_id) as organization:
        if not may_change_roles(role_of(actor, organization)):
            raise NotYours("only the owner changes roles")
        row = organization.members.filter(user_id=user_id).first()
        if row is None or role not in GIVEN_ROLES:
            raise NotYours("there is no such person")
        if row.role != role.value:
            row.role = role.value
            row.save(update_fields=["role"])
            note(organization.pk, "role_changed", at=at, actor=actor, user=user_id, role=role.value)
    return row


def remove_person(*, organization_id: int, user_id: int, at: datetime, actor: Any) -> None:
    """Remove a person with every seat from the organization: no access at the next request.

    Twice is once. Raises :class:`NotYours` for whoever may not, and for the owner.
    """
    with organization_locked(organization_id) as organization:
        role = role_of(actor, organization)
        if not may_manage(role):
            raise NotYours("only the owner and managers remove people")
        row = organization.members.filter(user_id=user_id).first()
        other = Role(row.role) if row is not None else Role.MEMBER
        if organization.owner_id == user_id or not may_remove(role, other):
            raise NotYours("this person cannot be removed by you")
        _let_go(organization, user_id, kind="removed", at=at, actor=actor)


def leave(*, organization_id: int, at: datetime, actor: Any) -> None:
    """Leave an organization, with every seat. Raises :class:`TeamError` for its owner."""
    with organization_locked(organization_id) as organization:
        role = role_of(actor, organization)
        if role is None:
            raise NotYours("there is no such organization")
        if role is Role.OWNER:
            raise TeamError(_("The owner cannot leave. Hand the organization over first."))
        _let_go(organization, actor.pk, kind="left", at=at, actor=actor)


def _let_go(organization: Organization, user_id: int, *, kind: str, at: datetime, actor: Any) -> None:
    by = ChangedBy(cause=Cause.MEMBER, actor=actor, reason=_("No longer in the organization"))
    seats = LicenseSeat.objects.filter(license__organization=organization, user_id=user_id)
    released = 0
    for seat in seats.exclude(state=SeatState.RELEASED).order_by("license_id", "pk"):
        release_seat(seat_id=seat.pk, at=at, by=by)
        released += 1
    gone, _rows = organization.members.filter(user_id=user_id).delete()
    if gone or released:
        note(organization.pk, kind, at=at, actor=actor, user=user_id, seats=released)


def give_seat(*, license_id: int, user_id: int, at: datetime, actor: Any) -> LicenseSeat:
    """Give a person of the organization that holds a license a seat on it, and tell them.

    Who has one keeps it and is not written to again. Raises :class:`NotYours` for whoever may not
    and for people outside, ``NoSeatLeft`` and ``LicenseError`` as ``assign_seat``.
    """
    license = License.objects.get(pk=license_id)
    if license.organization_id is None:
        raise NotYours("people are given seats in organizations; others are invited")
    with organization_locked(license.organization_id) as organization:
        if not may_manage(role_of(actor, organization)):
            raise NotYours("only the owner and managers give seats")
        user = _person(organization, user_id)
        by = ChangedBy(cause=Cause.MEMBER, actor=actor)
        before = license.seats.filter(user=user, state=SeatState.ASSIGNED).exists()
        seat = assign_seat(license_id=license.pk, user=user, at=at, by=by)
        if seat.license.organization_id != organization.pk:
            raise NotYours("this license was handed over meanwhile")
        if not before and user.pk != actor.pk:
            key = f"seat-{seat.pk}"
            call_for_mail(Notice.SEAT_GIVEN, key, at=at, user=user, license=seat.license)
    return seat


def _person(organization: Organization, user_id: int) -> Any:
    if organization.owner_id == user_id:
        return organization.owner
    row = organization.members.select_related("user").filter(user_id=user_id).first()
    if row is None or not row.user.is_active:
        raise NotYours("there is no such person")
    return row.user
