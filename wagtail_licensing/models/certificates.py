"""Certificates: that somebody has completed a course."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..compat import page_model_name

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def make_number() -> str:
    """Return a new number of a certificate: 100 random bits, no look-alike letters."""
    letters = [secrets.choice(_ALPHABET) for _place in range(20)]
    return "-".join("".join(letters[start : start + 5]) for start in range(0, 20, 5))


class Certificate(models.Model):
    """Issued once to each person and course, when the last lesson is done.

    ``name`` and ``course_title`` are as they were then. Whoever knows the ``number`` may see name,
    course, day, and whether it was revoked. Written only by ``wagtail_licensing.courses``.
    """

    number = models.CharField(
        _("number"), max_length=30, unique=True, default=make_number, editable=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="licensing_certificates",
        verbose_name=_("member"),
    )
    course = models.ForeignKey(
        page_model_name(),
        on_delete=models.SET_NULL,
        null=True,
        related_name="licensing_certificates",
        verbose_name=_("course"),
    )
    name = models.CharField(_("name"), max_length=255)
    course_title = models.CharField(_("course title"), max_length=255)
    issued_at = models.DateTimeField(_("issued"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("revoked by"),
    )
    revoke_reason = models.CharField(_("reason"), max_length=255, blank=True, default="")

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        ordering = ["-issued_at", "-pk"]
        permissions = [("revoke_certificate", _("Can revoke certificates"))]
        constraints = [
            models.UniqueConstraint(name="wl_certificate_once", fields=["user", "course"]),
            models.CheckConstraint(
                name="wl_certificate_revoked_with_reason",
                condition=Q(revoked_at__isnull=True, revoke_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_valid(self) -> bool:
        """Tell whether it was not revoked."""
        return self.revoked_at is None
