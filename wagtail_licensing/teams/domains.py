"""People with an address at a domain of the organization may join by themselves. Off by default."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from ..domain.mailboxes import domain_key, domain_of, is_free_mail
from ..domain.teams import Role, may_change_roles
from ..models import Organization, OrganizationDomain, OrganizationMember
from .addresses import proven_addresses
from .errors import NotYours, TeamError
from .locking import note, organization_locked
from .people import join, role_of

#: Domains that one organization may name.
MOST_DOMAINS = 20


def add_domain(
    *, organization: Organization, domain: str, at: datetime, actor: Any
) -> OrganizationDomain:
    """Name a domain of an organization. It is verified at once if the owner has proved an address there.

    Nobody can join by it before it is opened. Raises :class:`NotYours`, and :class:`TeamError` for a
    provider where anybody gets an address, and for one that is another organization's.
    """
    name = domain_key(domain.rpartition("@")[2])
    if not name:
        raise TeamError(_("This is no domain."))
    if is_free_mail(name):
        raise TeamError(_("Anybody can have an address at this domain, so it cannot stand for a team."))
    with organization_locked(organization.pk) as locked:
        if not may_change_roles(role_of(actor, locked)):
            raise NotYours("only the owner names domains")
        if locked.domains.count() >= MOST_DOMAINS:
            raise TeamError(_("These are as many domains as one team may name."))
        row, is_new = locked.domains.get_or_create(domain=name)
        if is_new:
            note(locked.pk, "domain_added", at=at, actor=actor, domain=row.pk)
        if row.verified_at is None and name in set(map(domain_of, proven_addresses(actor))):
            _verify(row, at=at, actor=actor)
    return row


def verify_domain(*, domain_id: int, at: datetime, actor: Any) -> OrganizationDomain:
    """Let staff verify a domain: the caller has made sure that ``actor`` is of staff. Twice is once."""
    seen = OrganizationDomain.objects.get(pk=domain_id)
    with organization_locked(seen.organization_id):
        row: OrganizationDomain = OrganizationDomain.objects.get(pk=domain_id)
        if row.verified_at is None:
            _verify(row, at=at, actor=actor)
    return row


def open_domain(*, domain_id: int, is_open: bool, at: datetime, actor: Any) -> OrganizationDomain:
    """Let people join by a verified domain, or no more. For the owner."""
    seen = OrganizationDomain.objects.get(pk=domain_id)
    with organization_locked(seen.organization_id) as organization:
        if not may_change_roles(role_of(actor, organization)):
            raise NotYours("there is no such domain")
        row: OrganizationDomain = OrganizationDomain.objects.get(pk=domain_id)
        if is_open and row.verified_at is None:
            raise TeamError(_("It is not verified yet."))
        if row.is_open != is_open:
            row.is_open = is_open
            row.save(update_fields=["is_open"])
            kind = "domain_opened" if is_open else "domain_closed"
            note(organization.pk, kind, at=at, actor=actor, domain=row.pk)
    return row


def remove_domain(*, domain_id: int, at: datetime, actor: Any) -> None:
    """Take a domain away; those who joined by it stay. For the owner."""
    seen = OrganizationDomain.objects.get(pk=domain_id)
    with organization_locked(seen.organization_id) as organization:
        if not may_change_roles(role_of(actor, organization)):
            raise NotYours("there is no such domain")
        gone, _rows = OrganizationDomain.objects.filter(pk=domain_id).delete()
        if gone:
            note(organization.pk, "domain_removed", at=at, actor=actor, domain=domain_id)


def domains_to_join(user: Any) -> list[OrganizationDomain]:
    """Return the open domains of which ``user`` has proved an address, and is not in the team yet.

    One query or two, and that of :func:`proven_addresses`.
    """
    names = set(map(domain_of, proven_addresses(user)))
    if not names:
        return []
    rows = OrganizationDomain.objects.filter(
        domain__in=names, is_open=True, verified_at__isnull=False
    ).exclude(organization__owner=user)
    mine = OrganizationMember.objects.filter(user=user).values("organization_id")
    return list(rows.exclude(organization_id__in=mine).select_related("organization"))


def join_by_domain(*, domain_id: int, user: Any, at: datetime) -> Organization:
    """Make ``user`` a member by an open domain; a seat is given by who manages the team.

    Raises :class:`NotYours` without a proved address there.
    """
    seen = OrganizationDomain.objects.filter(pk=domain_id).first()
    if seen is None:
        raise NotYours("there is no such domain")
    with organization_locked(seen.organization_id) as organization:
        row = organization.domains.filter(pk=domain_id, is_open=True, verified_at__isnull=False).first()
        if row is None or row.domain not in set(map(domain_of, proven_addresses(user))):
            raise NotYours("there is no such domain")
        join(organization=organization, user=user, role=Role.MEMBER, at=at, actor=user)
    return organization


def _verify(row: OrganizationDomain, *, at: datetime, actor: Any) -> None:
    row.verified_at, row.verified_by = at, actor
    try:
        with transaction.atomic():
            row.save(update_fields=["verified_at", "verified_by"])
    except IntegrityError as error:
        raise TeamError(_("This domain is verified for another team.")) from error
    note(row.organization_id, "domain_verified", at=at, actor=actor, domain=row.pk)
