"""The append-only history of every change of a license."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..domain import states
from .append_only import AppendOnlyModel
from .licenses import License


class LicenseEvent(AppendOnlyModel):
    """One change of one license: who or what caused it, what was before and what is after."""

    PERSONAL = ("reason", "actor")

    license = models.ForeignKey(License, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(_("kind"), max_length=40)
    at = models.DateTimeField(_("at"))
    cause = models.CharField(
        _("cause"), max_length=20, choices=[(cause.value, cause.value) for cause in states.Cause]
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    stripe_event_id = models.CharField(_("Stripe event"), max_length=255, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)

    class Meta:
        verbose_name = _("license event")
        verbose_name_plural = _("license events")
        ordering = ["license", "pk"]
        indexes = [
            models.Index(name="wl_event_license_at", fields=["license", "at"]),
            # What somebody held once is asked for by who gave it away.
            models.Index(
                name="wl_event_transferred", fields=["license"], condition=Q(kind="transferred")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.license_id}: {self.kind}"
