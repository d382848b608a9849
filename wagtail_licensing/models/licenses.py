"""Licenses, their holds and seats."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..domain import states
from ..domain.access import LicenseFacts
from ..domain.policy import Flag
from .organizations import Organization
from .policies import ProductPolicy
from .products import LicenseProduct

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def make_reference() -> str:
    """Return a new public reference of a license: 40 random bits, no look-alike letters."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"WL-{letters[:4]}-{letters[4:]}"


class LicenseState(models.TextChoices):
    """Where a license stands; the values are those of :class:`wagtail_licensing.domain.states.State`."""

    PENDING = states.State.PENDING.value, _("Pending")
    ACTIVE = states.State.ACTIVE.value, _("Active")
    GRACE = states.State.GRACE.value, _("Past due, access kept")
    SUSPENDED = states.State.SUSPENDED.value, _("Suspended")
    EXPIRED = states.State.EXPIRED.value, _("Expired")
    REVOKED = states.State.REVOKED.value, _("Revoked")


class LicensePendingReason(models.TextChoices):
    """What a pending license waits for."""

    NONE = "", _("nothing")
    PAYMENT = states.PendingReason.PAYMENT.value, _("payment")
    APPROVAL = states.PendingReason.APPROVAL.value, _("approval")
    CLAIM = states.PendingReason.CLAIM.value, _("claim")
    START = states.PendingReason.START.value, _("start")


class LicenseFlag(models.TextChoices):
    """What billing says about a license that people should look at."""

    NONE = Flag.NONE.value, _("none")
    INQUIRY = Flag.INQUIRY.value, _("the bank asks about a payment")
    DISPUTED = Flag.DISPUTED.value, _("a payment is disputed")
    REFUNDED = Flag.REFUNDED.value, _("refunded in full")
    REFUNDED_IN_PART = Flag.REFUNDED_IN_PART.value, _("refunded in part")


class LicenseSource(models.TextChoices):
    """Where a license came from."""

    SUBSCRIPTION = "subscription", _("Subscription")
    PURCHASE = "purchase", _("One-off purchase")
    BY_HAND = "by_hand", _("Issued by hand")
    APPROVAL = "approval", _("Approval")
    REGISTRATION = "registration", _("Registration")
    GIFT = "gift", _("Gift")
    IMPORT = "import", _("Import")


class License(models.Model):
    """One holder's right to a product.

    All instants are UTC, ends exclusive. ``ends_at`` is the end of what is paid or given (None:
    without end), ``access_until`` the instant at which access ends (the end plus slack for a
    license that renews, exact otherwise), ``held_since`` the instant from which drip rules count,
    ``policy`` the version of the product's policy that was promised with it, ``had_trial`` whether it
    ever was a trial, ``flag`` what billing wants people to look at, ``seats_due_at`` (None: as many
    seats as people) the instant at which seats beyond ``seats_total`` are suspended.
    Written only by ``wagtail_licensing.licenses``.
    """

    reference = models.CharField(
        _("reference"), max_length=20, unique=True, default=make_reference, editable=False
    )
    product = models.ForeignKey(
        LicenseProduct, on_delete=models.PROTECT, related_name="licenses", verbose_name=_("product")
    )
    policy = models.ForeignKey(
        ProductPolicy, on_delete=models.PROTECT, related_name="licenses", verbose_name=_("policy")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="licenses",
        verbose_name=_("holder"),
    )
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="licenses",
        verbose_name=_("organization"),
    )
    state = models.CharField(_("state"), max_length=20, choices=LicenseState)
    unheld_state = models.CharField(
        _("state without holds"), max_length=20, choices=LicenseState, editable=False
    )
    pending_reason = models.CharField(
        _("waits for"), max_length=20, choices=LicensePendingReason, blank=True, default=""
    )
    source = models.CharField(_("source"), max_length=20, choices=LicenseSource)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    access_until = models.DateTimeField(_("access until"), null=True, blank=True)
    held_since = models.DateTimeField(_("held since"))
    renews = models.BooleanField(_("renews"), default=False)
    is_trial = models.BooleanField(_("trial"), default=False)
    had_trial = models.BooleanField(_("began with a trial"), default=False)
    flag = models.CharField(_("mark"), max_length=20, choices=LicenseFlag, blank=True, default="")
    seats_total = models.PositiveIntegerField(_("seats"), default=1)
    seats_due_at = models.DateTimeField(_("choose who stays until"), null=True, blank=True)
    uses_seats = models.BooleanField(
        _("shared through seats"),
        default=False,
        help_text=_("People use the license through assigned seats, not by holding it."),
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("license")
        verbose_name_plural = _("licenses")
        ordering = ["-pk"]
        permissions = [
            ("issue_license", _("Can issue licenses by hand")),
            ("suspend_license", _("Can suspend and resume licenses")),
            ("revoke_license", _("Can revoke licenses")),
        ]
        constraints = [
            models.CheckConstraint(
                name="wl_license_state_known", condition=Q(state__in=LicenseState.values)
            ),
            models.CheckConstraint(
                name="wl_license_only_holds_hide_state",
                condition=Q(state=models.F("unheld_state")) | Q(state=LicenseState.SUSPENDED),
            ),
            models.CheckConstraint(
                name="wl_license_pending_has_reason",
                condition=Q(unheld_state=LicenseState.PENDING, pending_reason__gt="")
                | (~Q(unheld_state=LicenseState.PENDING) & Q(pending_reason="")),
            ),
            models.CheckConstraint(
                name="wl_license_one_holder",
                condition=Q(user__isnull=False, organization__isnull=True)
                | Q(user__isnull=True, organization__isnull=False)
                | Q(
                    user__isnull=True,
                    organization__isnull=True,
                    unheld_state__in=[
                        LicenseState.PENDING,
                        LicenseState.EXPIRED,
                        LicenseState.REVOKED,
                    ],
                ),
            ),
            models.CheckConstraint(
                name="wl_license_ends_after_start",
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=models.F("starts_at")),
            ),
            models.CheckConstraint(
                name="wl_license_flag_known", condition=Q(flag__in=LicenseFlag.values)
            ),
            models.CheckConstraint(name="wl_license_has_a_seat", condition=Q(seats_total__gte=1)),
            models.CheckConstraint(
                name="wl_license_org_uses_seats",
                condition=Q(organization__isnull=True) | Q(uses_seats=True),
            ),
        ]
        indexes = [
            models.Index(
                name="wl_license_user_open",
                fields=["user", "product", "access_until"],
                condition=Q(state__in=["active", "grace", "pending"]),
            ),
            models.Index(
                name="wl_license_seats_due",
                fields=["seats_due_at"],
                condition=Q(seats_due_at__isnull=False),
            ),
            models.Index(
                name="wl_license_due",
                fields=["access_until"],
                condition=Q(state__in=["active", "grace"]),
            ),
            models.Index(
                name="wl_license_waiting",
                fields=["starts_at"],
                condition=Q(state="pending", pending_reason="start"),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def grace_days(self) -> int:
        """Return the days of grace that were promised with it."""
        return self.policy.grace_days

    @property
    def facts(self) -> LicenseFacts:
        """Return what the access decision needs to know of this license."""
        return LicenseFacts(
            id=self.pk,
            product_id=self.product_id,
            state=self.state,
            pending_reason=self.pending_reason,
            starts_at=self.starts_at,
            access_until=self.access_until,
            held_since=self.held_since,
        )


class LicenseHold(models.Model):
    """A reason that suspends a license. Each cause lifts only its own."""

    license = models.ForeignKey(License, on_delete=models.CASCADE, related_name="holds")
    kind = models.CharField(
        _("kind"), max_length=20, choices=[(hold.value, hold.value) for hold in states.Hold]
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    placed_at = models.DateTimeField(_("placed"))

    class Meta:
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        constraints = [
            models.UniqueConstraint(name="wl_hold_once", fields=["license", "kind"]),
            models.CheckConstraint(
                name="wl_hold_kind_known",
                condition=Q(kind__in=[hold.value for hold in states.Hold]),
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class SeatState(models.TextChoices):
    """Where a seat stands."""

    INVITED = "invited", _("Invited")
    ASSIGNED = "assigned", _("Assigned")
    SUSPENDED = "suspended", _("Suspended")
    RELEASED = "released", _("Released")


class LicenseSeat(models.Model):
    """A person's place on a license. ``slot`` numbers the places in use, from 1; released: None.

    One that is suspended, for want of seats, keeps its place and opens nothing.
    """

    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="seats")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="license_seats",
    )
    invited_email = models.EmailField(_("invited address"), blank=True, default="")
    state = models.CharField(_("state"), max_length=20, choices=SeatState)
    slot = models.PositiveIntegerField(_("slot"), null=True, blank=True)
    invited_at = models.DateTimeField(null=True, blank=True)
    assigned_at = models.DateTimeField(null=True, blank=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        ordering = ["slot", "pk"]
        constraints = [
            models.CheckConstraint(
                name="wl_seat_state_fits",
                condition=Q(state=SeatState.INVITED, slot__gte=1, invited_email__gt="")
                | Q(
                    state=SeatState.ASSIGNED,
                    slot__gte=1,
                    user__isnull=False,
                    assigned_at__isnull=False,
                )
                | Q(Q(user__isnull=False) | Q(invited_email__gt=""))
                & Q(state=SeatState.SUSPENDED, slot__gte=1, suspended_at__isnull=False)
                | Q(state=SeatState.RELEASED, slot__isnull=True, released_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="wl_seat_slot_once",
                fields=["license", "slot"],
            ),
            models.UniqueConstraint(
                name="wl_seat_person_once",
                fields=["license", "user"],
                condition=Q(state=SeatState.ASSIGNED),
            ),
        ]
        indexes = [
            models.Index(
                name="wl_seat_user_assigned",
                fields=["user", "license"],
                condition=Q(state=SeatState.ASSIGNED),
            )
        ]

    def __str__(self) -> str:
        return f"{self.license_id}/{self.slot}"
