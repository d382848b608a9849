"""Accounts that are to be deleted: who asked, why, and what becomes of running subscriptions."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class DeletionBilling(models.TextChoices):
    """What becomes of what is paid for, when an account goes."""

    PERIOD_END = "period_end", _("Keep the account until everything that is paid has run out")
    AT_ONCE = "at_once", _("Cancel everything now and delete the account at once")


class DeletionState(models.TextChoices):
    """Where a deletion stands."""

    WAITING = "waiting", _("Waiting")
    DONE = "done", _("Done")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class AccountDeletion(models.Model):
    """The wish that an account be deleted. The row stays, as proof that it was done: by then its user
    is a pseudonym.

    ``stopped_at``: Stripe has been told to charge nothing more. ``next_try``: when it is tried again.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="licensing_deletions"
    )
    billing = models.CharField(_("billing"), max_length=20, choices=DeletionBilling)
    state = models.CharField(
        _("state"), max_length=20, choices=DeletionState, default=DeletionState.WAITING
    )
    requested_at = models.DateTimeField(_("asked for"))
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    next_try = models.DateTimeField()
    done_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        verbose_name = _("account deletion")
        verbose_name_plural = _("account deletions")
        ordering = ["-pk"]
        default_permissions = ()
        permissions = [
            ("export_account", _("Can export what is known about a person")),
            ("delete_account", _("Can delete a person's account")),
        ]
        constraints = [
            models.UniqueConstraint(
                name="wl_deletion_once", fields=["user"], condition=Q(state=DeletionState.WAITING)
            ),
            models.CheckConstraint(
                name="wl_deletion_state_known", condition=Q(state__in=DeletionState.values)
            ),
            models.CheckConstraint(
                name="wl_deletion_done_has_date",
                condition=Q(state=DeletionState.DONE, done_at__isnull=False)
                | (~Q(state=DeletionState.DONE) & Q(done_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(name="wl_deletion_waiting", fields=["next_try"], condition=Q(state="waiting"))
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.state}"
