"""Offers that are sent to an address: to join a team, to take a seat, to take over a license.

What is kept of the link is its digest. The token is made from a random word of the row and the key
of the site, each time the mail is tried: a copy of the database opens nothing.
"""

import hashlib
import secrets
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from .licenses import License, LicenseSeat
from .organizations import Organization, OrganizationRole

_SALT = "wagtail_licensing.offer"


def make_link_word() -> str:
    """Return a new word for a link: 192 random bits."""
    return secrets.token_urlsafe(24)


def digest_of(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class OfferState(models.TextChoices):
    """What became of an offer. Whether it is late is told by its end, not by this."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")
    REVOKED = "revoked", _("Taken back")
    EXPIRED = "expired", _("Expired")


class AddressedOffer(models.Model):
    """Something that is offered to whoever proves to own an address, once, until an instant.

    ``email`` is as it was typed, ``email_key`` what it is compared by. ``expires_at`` is UTC,
    exclusive. ``mails`` counts how often it was sent.
    """

    PURPOSE = ""

    email = models.EmailField(_("address"))
    email_key = models.CharField(max_length=254, editable=False)
    link_word = models.CharField(max_length=64, default=make_link_word, editable=False)
    link_digest = models.CharField(max_length=64, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=20, choices=OfferState, default=OfferState.OPEN)
    created_at = models.DateTimeField(_("offered"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    expires_at = models.DateTimeField(_("open until"))
    mails = models.PositiveIntegerField(_("mails"), default=1)
    mailed_at = models.DateTimeField(_("last mail"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the row; a new one gets the digest of its link."""
        if not self.link_digest:
            self.link_digest = digest_of(self.link_token)
        super().save(*args, **kwargs)

    @property
    def link_token(self) -> str:
        """The token for the address in a mail. Not for logs, and not for pages."""
        word = f"{self.PURPOSE}:{self.link_word}"
        return salted_hmac(_SALT, word, algorithm="sha256").hexdigest()

    def is_open(self, at: datetime) -> bool:
        """Tell whether it can be accepted at ``at``, as far as time and state go."""
        return self.state == OfferState.OPEN and at < self.expires_at

    def renew_link(self) -> None:
        """End the link that was sent before. Not saved."""
        self.link_word = make_link_word()
        self.link_digest = digest_of(self.link_token)

    @classmethod
    def with_token(cls, token: str) -> Self | None:
        """Return the row that ``token`` was made for, whether or not it still works. One query."""
        if len(token) != 64 or not token.isascii():
            return None
        return cls._default_manager.filter(link_digest=digest_of(token)).first()


def _state_fits(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(state=OfferState.OPEN, closed_at__isnull=True)
        | (Q(state__in=OfferState.values) & ~Q(state=OfferState.OPEN) & Q(closed_at__isnull=False)),
    )


def _unforgotten(name: str) -> models.Index:
    closed = Q(email__gt="", closed_at__isnull=False)
    return models.Index(name=name, fields=["closed_at"], condition=closed)


class Invitation(AddressedOffer):
    """An invitation to a seat, to an organization, or to both. While it is open it holds the seat."""

    PURPOSE = "invitation"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, null=True, blank=True, related_name="invitations"
    )
    license = models.ForeignKey(
        License, on_delete=models.PROTECT, null=True, blank=True, related_name="invitations"
    )
    seat = models.OneToOneField(
        LicenseSeat, on_delete=models.PROTECT, null=True, blank=True, related_name="invitation"
    )
    role = models.CharField(
        _("role"), max_length=20, choices=OrganizationRole, default=OrganizationRole.MEMBER
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering = ["-pk"]
        constraints = [
            _state_fits("wl_invitation_state_fits"),
            models.CheckConstraint(
                name="wl_invitation_is_to_something",
                condition=Q(organization__isnull=False) | Q(seat__isnull=False),
            ),
            models.CheckConstraint(
                name="wl_invitation_seat_of_license",
                condition=Q(license__isnull=True, seat__isnull=True)
                | Q(license__isnull=False, seat__isnull=False),
            ),
            models.CheckConstraint(
                name="wl_invitation_role_known",
                condition=Q(role=OrganizationRole.MEMBER)
                | Q(role=OrganizationRole.MANAGER, organization__isnull=False),
            ),
            models.UniqueConstraint(
                name="wl_invitation_once_to_license",
                fields=["license", "email_key"],
                condition=Q(state=OfferState.OPEN),
            ),
            models.UniqueConstraint(
                name="wl_invitation_once_to_organization",
                fields=["organization", "email_key"],
                condition=Q(state=OfferState.OPEN, license__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                name="wl_invitation_due", fields=["expires_at"], condition=Q(state=OfferState.OPEN)
            ),
            _unforgotten("wl_invitation_unforgotten"),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}"


class Transfer(AddressedOffer):
    """The offer of a license, or of an organization, to somebody else. Both sides confirm.

    ``giver_confirmed_at`` is None while staff has asked and whoever holds it has not agreed.
    """

    PURPOSE = "transfer"

    license = models.ForeignKey(
        License, on_delete=models.PROTECT, null=True, blank=True, related_name="transfers"
    )
    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, null=True, blank=True, related_name="transfers"
    )
    giver_confirmed_at = models.DateTimeField(_("agreed to by who holds it"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("transfer")
        verbose_name_plural = _("transfers")
        ordering = ["-pk"]
        constraints = [
            _state_fits("wl_transfer_state_fits"),
            models.CheckConstraint(
                name="wl_transfer_of_one_thing",
                condition=Q(license__isnull=True, organization__isnull=False)
                | Q(license__isnull=False, organization__isnull=True),
            ),
            models.CheckConstraint(
                name="wl_transfer_both_confirm",
                condition=~Q(state=OfferState.ACCEPTED) | Q(giver_confirmed_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="wl_transfer_one_of_license",
                fields=["license"],
                condition=Q(state=OfferState.OPEN),
            ),
            models.UniqueConstraint(
                name="wl_transfer_one_of_organization",
                fields=["organization"],
                condition=Q(state=OfferState.OPEN),
            ),
        ]
        indexes = [_unforgotten("wl_transfer_unforgotten")]

    def __str__(self) -> str:
        return f"transfer {self.pk}"
