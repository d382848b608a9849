"""Locks, in one order for everybody: the organization, the license, the offer."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

from django.db import transaction

from ..models import Invitation, License, Organization, OrganizationEvent, OutboxMessage, Transfer
from ..signals import mail_called_for
from .errors import OfferClosed

_Offer = TypeVar("_Offer", Invitation, Transfer)


@contextmanager
def organization_locked(organization_id: int) -> Iterator[Organization]:
    """Hold the lock of an organization until the end. One query."""
    with transaction.atomic():
        yield Organization.objects.select_for_update().get(pk=organization_id)


@contextmanager
def offer_locked(model: type[_Offer], offer_id: int, *, at: datetime | None = None) -> Iterator[_Offer]:
    """Hold the locks of an offer, and before it those of what it is about. Two to four queries.

    With ``at``, raises :class:`OfferClosed` unless it is open at that instant.
    """
    with transaction.atomic():
        seen = model.objects.get(pk=offer_id)
        if seen.organization_id is not None:
            Organization.objects.select_for_update().get(pk=seen.organization_id)
        if seen.license_id is not None:
            License.objects.select_for_update().get(pk=seen.license_id)
        offer = model.objects.select_for_update().get(pk=offer_id)
        if at is not None and not offer.is_open(at):
            raise OfferClosed("this is not open any more")
        yield offer


def note(organization_id: int | None, kind: str, *, at: datetime, actor: Any, **facts: Any) -> None:
    """Append one line to the history of an organization. One query; none without an organization."""
    if organization_id is not None:
        OrganizationEvent.objects.create(
            organization_id=organization_id, kind=kind, at=at, actor=actor, facts=facts
        )


def call_for_mail(notice: Any, key: str, *, at: datetime, **about: Any) -> None:
    """Have a mail written down, in this transaction."""
    mail_called_for.send(sender=OutboxMessage, notice=notice, key=key, at=at, **about)
