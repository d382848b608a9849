"""Licenses that wait for whoever is sent a link: bought without an account, given away, registered."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .checkout import CheckoutIntent
from .licenses import License
from .links import SingleUseLink
from .products import LicenseProduct


class ClaimKind(models.TextChoices):
    """Why a license waits for a claim."""

    GUEST = "guest", _("Bought without an account")
    GIFT = "gift", _("Gift")
    REGISTRATION = "registration", _("Free registration")


class LicenseClaim(SingleUseLink):
    """Who may claim a license: whoever has the link that was sent to ``email``.

    ``email_key`` is what two spellings of an address have in common, for a free license what all
    addresses of a mailbox have. ``intent`` is the purchase of a gift; its ``license`` comes with the
    payment. ``send_at`` is the instant at which the link is sent, ``sends`` how often it was.
    ``language`` is the one that the buyer read the site in; the person who is written to may have no
    account. Written only by ``wagtail_licensing.licenses``.
    """

    LINK_PURPOSE = "claim"

    kind = models.CharField(_("kind"), max_length=20, choices=ClaimKind)
    product = models.ForeignKey(
        LicenseProduct, on_delete=models.PROTECT, related_name="claims", verbose_name=_("product")
    )
    license = models.OneToOneField(
        License,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="claim",
        verbose_name=_("license"),
    )
    intent = models.OneToOneField(
        CheckoutIntent, on_delete=models.PROTECT, null=True, blank=True, related_name="claim"
    )
    email = models.EmailField(_("address"))
    email_key = models.CharField(max_length=254, editable=False)
    language = models.CharField(_("language"), max_length=20, blank=True, default="")
    giver = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="licenses_given",
        verbose_name=_("giver"),
    )
    recipient_name = models.CharField(_("name of the recipient"), max_length=120, blank=True, default="")
    message = models.TextField(_("message"), max_length=1000, blank=True, default="")
    send_at = models.DateTimeField(_("send on"))
    sends = models.PositiveSmallIntegerField(_("times sent"), default=0)
    last_sent_at = models.DateTimeField(_("last sent"), null=True, blank=True)
    created_at = models.DateTimeField(_("made"))
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="licenses_claimed",
        verbose_name=_("claimed by"),
    )
    claimed_at = models.DateTimeField(_("claimed"), null=True, blank=True)

    class Meta:
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="wl_claim_kind_known", condition=Q(kind__in=ClaimKind.values)),
            models.CheckConstraint(
                name="wl_claim_claimed_whole",
                condition=Q(claimed_by__isnull=True, claimed_at__isnull=True)
                | Q(claimed_by__isnull=False, claimed_at__isnull=False, license__isnull=False),
            ),
            models.CheckConstraint(
                name="wl_claim_gift_has_giver",
                condition=~Q(kind=ClaimKind.GIFT) | Q(giver__isnull=False, intent__isnull=False),
            ),
            models.CheckConstraint(
                name="wl_claim_waits_for_gifts_only",
                condition=Q(kind=ClaimKind.GIFT) | Q(license__isnull=False),
            ),
            models.UniqueConstraint(
                name="wl_registration_address_once",
                fields=["product", "email_key"],
                condition=Q(kind=ClaimKind.REGISTRATION, email_key__gt=""),
            ),
            models.UniqueConstraint(
                name="wl_registration_person_once",
                fields=["product", "claimed_by"],
                condition=Q(kind=ClaimKind.REGISTRATION),
            ),
        ]

        indexes = [
            models.Index(
                name="wl_claim_unforgotten", fields=["link_expires_at"], condition=Q(email__gt="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def is_waiting(self, at: datetime) -> bool:
        """Tell whether it can be claimed at ``at``, as far as the link is concerned."""
        return self.license_id is not None and self.claimed_at is None and self.link_works(at)
