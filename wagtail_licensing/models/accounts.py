"""What we know of the line to Stripe: is the key refused, and how far has each net come."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class BillingAccount(models.Model):
    """One Stripe account in one mode, as we experience it.

    ``refused_at`` is set while Stripe refuses the key: nothing of the account is asked for before
    ``next_try``. The next answer lifts it. ``answered_at`` is when Stripe last answered the worker,
    exact to a minute. Rows are made when there is something to say.
    """

    account = models.SlugField(_("Stripe account"), max_length=50, default="default")
    livemode = models.BooleanField(_("live mode"), default=False)
    answered_at = models.DateTimeField(_("last answer"), null=True, blank=True)
    refused_at = models.DateTimeField(_("refused since"), null=True, blank=True)
    refused_error = models.CharField(max_length=500, blank=True)
    next_try = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("billing account")
        verbose_name_plural = _("billing accounts")
        default_permissions = ()
        permissions = [
            ("view_billing_health", _("Can see the health of billing")),
            ("operate_billing", _("Can replay and compare with Stripe")),
        ]
        constraints = [
            models.UniqueConstraint(name="wl_billing_account_once", fields=["account", "livemode"])
        ]

    def __str__(self) -> str:
        return self.account


class SyncCursor(models.Model):
    """How far one net or one import has come, so that it goes on where it was killed.

    ``position`` belongs to whoever ``name`` stands for. ``started_at`` is set while a run is not
    finished, to its last sign of life; ``finished_at`` is the end of the last one that was.
    """

    account = models.SlugField(max_length=50, default="default")
    livemode = models.BooleanField(default=False)
    name = models.CharField(max_length=40)
    position = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("sync cursor")
        verbose_name_plural = _("sync cursors")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(name="wl_cursor_once", fields=["account", "livemode", "name"])
        ]

    def __str__(self) -> str:
        return self.name
