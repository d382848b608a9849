"""Hand a license or an organization over. Both sides confirm, and what Stripe charges stays."""

from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.utils.translation import gettext as _

from ..conf import conf
from ..domain.mailboxes import mailbox_key
from ..domain.notices import Notice
from ..domain.states import Cause
from ..domain.teams import Role, may_change_roles
from ..licenses import ChangedBy, transfer_license
from ..models import License, Organization, Transfer
from ..models.invitations import OfferState
from .addresses import owns_address
from .errors import NotYours, OfferClosed, TeamError, WrongAddress
from .invite import close_invitation
from .locking import call_for_mail, note, offer_locked, organization_locked
from .people import join, role_of


def holds(user: Any, license: License) -> bool:
    """Tell whether ``user`` may hand a license over: its holder, or the owner of who holds it."""
    if license.organization is not None:
        return may_change_roles(role_of(user, license.organization))
    return bool(license.user_id is not None and license.user_id == user.pk and user.is_active)


def offer_license(*, license: License, email: str, at: datetime, actor: Any) -> Transfer:
    """Offer a license to whoever owns ``email``. Sending it is how the giver confirms.

    Raises :class:`NotYours`, and :class:`TeamError` for no address or while another offer is open.
    """
    with transaction.atomic():
        license = License.objects.select_for_update().get(pk=license.pk)
        if not holds(actor, license):
            raise NotYours("only who holds a license hands it over")
        return _create(email, at=at, actor=actor, license=license, giver_confirmed_at=at)


def offer_organization(*, organization: Organization, email: str, at: datetime, actor: Any) -> Transfer:
    """Offer the ownership of an organization to whoever owns ``email``. Raises as the above."""
    with organization_locked(organization.pk) as locked:
        if not may_change_roles(role_of(actor, locked)):
            raise NotYours("only the owner hands an organization over")
        return _create(email, at=at, actor=actor, organization=locked, giver_confirmed_at=at)


def ask_for_transfer(*, license: License, email: str, at: datetime, actor: Any, reason: str) -> Transfer:
    """Let staff begin a transfer. Nothing is offered before whoever holds the license agrees.

    ``actor`` is of staff: the caller has made sure.
    """
    if not reason.strip():
        raise TeamError(_("A transfer needs a reason."))
    with transaction.atomic():
        license = License.objects.select_for_update().get(pk=license.pk)
        return _create(email, at=at, actor=actor, license=license, reason=reason.strip()[:500])


def agree_to_transfer(*, transfer_id: int, at: datetime, actor: Any) -> Transfer:
    """Let who holds it agree to what staff has asked; then it is offered. Twice is once."""
    with offer_locked(Transfer, transfer_id, at=at) as transfer:
        _require_giver(transfer, actor)
        if transfer.giver_confirmed_at is None:
            transfer.giver_confirmed_at = at
            transfer.expires_at = at + conf.invitation_lifetime
            transfer.save(update_fields=["giver_confirmed_at", "expires_at"])
            _offer(transfer, at)
    return transfer


def cancel_transfer(*, transfer_id: int, at: datetime, actor: Any, is_staff: bool = False) -> Transfer:
    """Let who holds it (or staff) take an offer back. One that is closed stays as it is."""
    with offer_locked(Transfer, transfer_id) as transfer:
        if not is_staff:
            _require_giver(transfer, actor)
        if transfer.state == OfferState.OPEN:
            _close(transfer, OfferState.REVOKED, at)
    return transfer


def decline_transfer(*, transfer_id: int, user: Any, at: datetime) -> Transfer:
    """Let who it was offered to say no."""
    with offer_locked(Transfer, transfer_id, at=at) as transfer:
        if not owns_address(user, transfer.email_key):
            raise WrongAddress("this was offered to another address")
        _close(transfer, OfferState.DECLINED, at)
    return transfer


def accept_transfer(
    *, transfer_id: int, user: Any, at: datetime, organization: Organization | None = None
) -> Transfer:
    """Let ``user`` take over what was offered to an address of theirs, once.

    ``organization``: take the license for one that they own. Raises :class:`OfferClosed` (also while
    the giver has not agreed, or holds it no longer), :class:`WrongAddress`, :class:`NotYours` for
    somebody else's organization, and ``LicenseError`` for a license that cannot be handed over.
    """
    with transaction.atomic():
        if organization is not None:
            organization = _lock_both(transfer_id, organization)
        with offer_locked(Transfer, transfer_id, at=at) as transfer:
            if not owns_address(user, transfer.email_key):
                raise WrongAddress("this was offered to another address")
            if transfer.giver_confirmed_at is None:
                raise OfferClosed("who holds it has not agreed yet")
            if transfer.license is not None:
                giver = _take_license(transfer, user, organization, at)
            else:
                giver = _take_organization(transfer, user, at)
            transfer.accepted_by = user
            transfer.save(update_fields=["accepted_by"])
            _close(transfer, OfferState.ACCEPTED, at)
            if giver is not None:
                about = {"transfer": transfer, "license": transfer.license}
                call_for_mail(Notice.TRANSFER_DONE, f"offer-{transfer.pk}", at=at, user=giver, **about)
    return transfer


def _lock_both(transfer_id: int, taker: Organization) -> Organization:
    """Lock the organization that takes and the one that gives, in the order of their ids."""
    seen = Transfer.objects.select_related("license").get(pk=transfer_id)
    ids = [taker.pk]
    if seen.license is not None and seen.license.organization_id is not None:
        ids.append(seen.license.organization_id)
    locked = Organization.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    return next(row for row in locked if row.pk == taker.pk)


def _take_license(transfer: Transfer, user: Any, organization: Organization | None, at: datetime) -> Any:
    license = cast("License", transfer.license)
    if organization is not None and not may_change_roles(role_of(user, organization)):
        raise NotYours("only the owner takes a license for an organization")
    giver = _holder_of(license, None)
    old_organization = license.organization_id
    open_ones = license.invitations.select_for_update().filter(state=OfferState.OPEN)
    by = ChangedBy(cause=Cause.MEMBER, actor=user, reason=_transfer_reason(transfer))
    for invitation in open_ones:
        close_invitation(invitation, OfferState.REVOKED, at=at, by=by)
    if organization is not None:
        transfer_license(license_id=license.pk, organization=organization, at=at, by=by)
        note(organization.pk, "license_taken", at=at, actor=user, license=license.pk)
    else:
        transfer_license(license_id=license.pk, user=user, at=at, by=by)
    note(old_organization, "license_given", at=at, actor=user, license=license.pk)
    return giver


def _take_organization(transfer: Transfer, user: Any, at: datetime) -> Any:
    organization = cast("Organization", transfer.organization)
    giver = organization.owner
    if giver.pk == user.pk:
        raise TeamError(_("You own this organization already."))
    organization.members.filter(user=user).delete()
    organization.owner = user
    organization.save(update_fields=["owner"])
    offers = Transfer.objects.filter(license__organization=organization, state=OfferState.OPEN)
    offers.update(state=OfferState.REVOKED, closed_at=at)  # what the old owner had begun
    facts = {"before": giver.pk, "after": user.pk, "transfer": transfer.pk}
    note(organization.pk, "owner_changed", at=at, actor=user, **facts)
    join(organization=organization, user=giver, role=Role.MANAGER, at=at, actor=user)
    return giver


def _transfer_reason(transfer: Transfer) -> str:
    return transfer.reason or f"transfer {transfer.pk}, agreed to by both sides"


def _require_giver(transfer: Transfer, actor: Any) -> None:
    if transfer.license is not None:
        allowed = holds(actor, transfer.license)
    else:
        allowed = may_change_roles(role_of(actor, cast("Organization", transfer.organization)))
    if not allowed:
        raise NotYours("there is no such transfer")


def _holder_of(license: License | None, organization: Organization | None) -> Any:
    """Return who answers for what is handed over: a license by itself, or an organization."""
    if license is not None and license.user is not None:
        return license.user
    team = license.organization if license is not None else organization
    return team.owner if team is not None else None


def _create(email: str, *, at: datetime, actor: Any, **fields: Any) -> Transfer:
    key = mailbox_key(email)
    if not key:
        raise TeamError(_("This is no address that we can write to."))
    license, organization = fields.get("license"), fields.get("organization")
    same = Transfer.objects.filter(license=license, organization=organization, state=OfferState.OPEN)
    for old in same.select_for_update():
        if old.is_open(at):
            raise TeamError(_("It is offered to somebody already. Take that back first."))
        _close(old, OfferState.EXPIRED, at)
    if license is not None and license.state in {"expired", "revoked"}:
        raise TeamError(_("This license has ended."))
    giver = _holder_of(license, organization)
    own = giver is not None and fields.get("giver_confirmed_at") and owns_address(giver, key)
    if own and (organization is not None or not giver.owned_organizations.exists()):
        raise TeamError(_("This is your own address."))
    transfer = Transfer.objects.create(
        email=email.strip(),
        email_key=key,
        created_at=at,
        created_by=actor,
        expires_at=at + conf.invitation_lifetime,
        mailed_at=at,
        **fields,
    )
    if organization is not None:
        note(organization.pk, "offered", at=at, actor=actor, transfer=transfer.pk)
    if transfer.giver_confirmed_at is not None:
        _offer(transfer, at)
    else:
        about = {"transfer": transfer, "license": license}
        call_for_mail(Notice.TRANSFER_ASKED, f"offer-{transfer.pk}", at=at, user=giver, **about)
    return transfer


def _offer(transfer: Transfer, at: datetime) -> None:
    key = f"offer-{transfer.pk}-{transfer.mails}"
    call_for_mail(Notice.TRANSFER_OFFERED, key, at=at, transfer=transfer, license=transfer.license)


def _close(transfer: Transfer, state: OfferState, at: datetime) -> None:
    transfer.state = state
    transfer.closed_at = at
    transfer.save(update_fields=["state", "closed_at"])
