"""What subscriptions bring in a month: every change of it, and the figures of each day.

Amounts are minor units of an ISO currency. Written only by billing and by the daily snapshot.
"""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from .append_only import AppendOnlyModel
from .billing import BillingSubscription


class RevenueChangeKind(models.TextChoices):
    """What a change of the monthly amount of one subscription is."""

    NEW = "new", _("New")
    REACTIVATION = "reactivation", _("Reactivation")
    EXPANSION = "expansion", _("Expansion")
    CONTRACTION = "contraction", _("Contraction")
    CHURN = "churn", _("Churn")


class RevenueChange(AppendOnlyModel):
    """One change of what a subscription brings in a month, from ``before`` to ``after``.

    ``at`` is when it took effect, ``recorded_at`` when we heard of it. The amounts of a subscription
    form a chain: ``before`` is the ``after`` of the change before it, and the first begins at nothing.
    """

    subscription = models.ForeignKey(
        BillingSubscription, on_delete=models.PROTECT, related_name="revenue_changes"
    )
    account = models.SlugField(_("Stripe account"), max_length=50, default="default")
    livemode = models.BooleanField(_("live mode"), default=False)
    kind = models.CharField(_("kind"), max_length=20, choices=RevenueChangeKind)
    at = models.DateTimeField(_("at"))
    recorded_at = models.DateTimeField(_("recorded"))
    currency = models.CharField(_("currency"), max_length=3)
    before = models.BigIntegerField(_("a month before"))
    after = models.BigIntegerField(_("a month after"))
    stripe_event_id = models.CharField(_("Stripe event"), max_length=255, blank=True)

    class Meta:
        verbose_name = _("revenue change")
        verbose_name_plural = _("revenue changes")
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="wl_revenue_kind_known", condition=Q(kind__in=RevenueChangeKind.values)
            ),
            models.CheckConstraint(
                name="wl_revenue_kind_fits",
                condition=Q(before=0, after__gt=0, kind__in=["new", "reactivation"])
                | Q(before__gt=0, after__gt=F("before"), kind="expansion")
                | Q(after__gt=0, before__gt=F("after"), kind="contraction")
                | Q(before__gt=0, after=0, kind="churn"),
            ),
            models.UniqueConstraint(
                name="wl_revenue_new_once", fields=["subscription"], condition=Q(kind="new")
            ),
        ]
        indexes = [
            models.Index(
                name="wl_revenue_by_day", fields=["account", "livemode", "at", "currency", "kind"]
            ),
            models.Index(name="wl_revenue_recorded", fields=["recorded_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.before} -> {self.after} {self.currency}"


class DailyFigure(models.Model):
    """One figure at the end of one day in UTC, as :mod:`wagtail_licensing.reports` counts it.

    ``currency`` is empty for what is counted and not paid.
    """

    day = models.DateField(_("day"))
    account = models.SlugField(_("Stripe account"), max_length=50, default="default")
    livemode = models.BooleanField(_("live mode"), default=False)
    name = models.CharField(_("figure"), max_length=40)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    value = models.BigIntegerField(_("value"))
    computed_at = models.DateTimeField(_("computed"))

    class Meta:
        verbose_name = _("daily figure")
        verbose_name_plural = _("daily figures")
        ordering = ["-day", "name", "currency"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                name="wl_figure_once", fields=["account", "livemode", "name", "currency", "day"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.name} {self.currency}".strip()
