"""What a product promises, and the versions of it that licenses are pinned to.

The fields stand twice: on the product, where they are edited, and on each version, which is a copy
of them that never changes.
"""

from datetime import timedelta
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..conf import conf
from ..domain import policy
from ..domain.lengths import Length
from .append_only import AppendOnlyModel

#: Ten years. A date that no database can hold must not come out of a form.
MOST_DAYS = 3650
MOST_MONTHS = 1200


def default_grace_days() -> int:
    """Return the days of grace that a new product starts with."""
    return conf.grace_period.days


class PastDueChoice(models.TextChoices):
    """What a payment that failed does while Stripe tries again."""

    GRACE = policy.PastDue.GRACE.value, _("keep access for the days of grace")
    SUSPEND = policy.PastDue.SUSPEND.value, _("suspend at once")
    KEEP = policy.PastDue.KEEP.value, _("keep access as long as Stripe tries again")


class UnpaidChoice(models.TextChoices):
    """What happens when Stripe has given up."""

    SUSPEND = policy.Unpaid.SUSPEND.value, _("suspend until it is paid")
    EXPIRE = policy.Unpaid.EXPIRE.value, _("end the license")


class FullRefundChoice(models.TextChoices):
    """What a full refund does."""

    REVOKE = policy.FullRefund.REVOKE.value, _("take back what the payment bought")
    FLAG = policy.FullRefund.FLAG.value, _("keep the license and mark it")
    KEEP = policy.FullRefund.KEEP.value, _("keep the license")


class OpenDisputeChoice(models.TextChoices):
    """What a dispute does while it is open."""

    HOLD = policy.OpenDispute.HOLD.value, _("suspend until it is decided")
    FLAG = policy.OpenDispute.FLAG.value, _("keep the license and mark it")


class TrialChoice(models.TextChoices):
    """How often a person may try."""

    ONCE_PER_PERSON = policy.TrialRule.ONCE_PER_PERSON.value, _("once, whatever the product")
    ONCE_PER_PRODUCT = policy.TrialRule.ONCE_PER_PRODUCT.value, _("once for each product")


class TermStartChoice(models.TextChoices):
    """When a fixed term begins."""

    PURCHASE = policy.TermStart.PURCHASE.value, _("when it is bought")
    FIXED_DATE = policy.TermStart.FIXED_DATE.value, _("on a date, if that is still to come")
    HOLDER = policy.TermStart.HOLDER.value, _("when the holder starts it")


class PolicyFields(models.Model):
    """The fields of a policy, shared by a product and the versions of its policy."""

    grace_days = models.PositiveIntegerField(
        _("grace in days"),
        default=default_grace_days,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("Access stays open this long after a payment failed."),
    )
    past_due = models.CharField(
        _("when a payment fails"),
        max_length=20,
        choices=PastDueChoice,
        default=PastDueChoice.GRACE,
    )
    unpaid = models.CharField(
        _("when Stripe gives up"),
        max_length=20,
        choices=UnpaidChoice,
        default=UnpaidChoice.SUSPEND,
    )
    full_refund = models.CharField(
        _("when a payment is refunded in full"),
        max_length=20,
        choices=FullRefundChoice,
        default=FullRefundChoice.REVOKE,
        help_text=_("A refund in part always keeps the license and marks it."),
    )
    open_dispute = models.CharField(
        _("when a payment is disputed"),
        max_length=20,
        choices=OpenDisputeChoice,
        default=OpenDisputeChoice.HOLD,
        help_text=_("A lost dispute revokes the license, a won one restores it."),
    )
    honours_paid_term = models.BooleanField(
        _("keep until the end of what is paid"),
        default=False,
        help_text=_("When a subscription is cancelled at once, or its customer is deleted at Stripe."),
    )
    trial_rule = models.CharField(
        _("a person may try"),
        max_length=20,
        choices=TrialChoice,
        default=TrialChoice.ONCE_PER_PERSON,
    )

    seat_choice_days = models.PositiveIntegerField(
        _("time to choose who stays, in days"),
        default=14,
        validators=[MaxValueValidator(MOST_DAYS)],
        help_text=_("When there are fewer seats than people. Then the latest are suspended."),
    )

    term_days = models.PositiveIntegerField(
        _("term in days"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("For a fixed term only."),
    )
    term_months = models.PositiveIntegerField(
        _("term in months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MONTHS)],
        help_text=_("For a fixed term by the calendar: 12 for a year."),
    )
    term_start = models.CharField(
        _("a fixed term begins"),
        max_length=20,
        choices=TermStartChoice,
        default=TermStartChoice.PURCHASE,
        help_text=_("One that is bought before the end of the last one begins where that ends."),
    )
    term_starts_on = models.DateField(_("first day"), null=True, blank=True)

    class Meta:
        abstract = True

    @property
    def length(self) -> Length:
        """Return the length of a fixed term; of no length for other kinds."""
        return Length(days=self.term_days or 0, months=self.term_months or 0)

    @property
    def terms_of_policy(self) -> dict[str, Any]:
        """Return the values of the fields of the policy by name."""
        return {field.name: getattr(self, field.name) for field in PolicyFields._meta.local_fields}

    @property
    def promise(self) -> policy.LicensePolicy:
        """Return the policy as the rules of the domain read it."""
        return policy.LicensePolicy(
            grace=timedelta(days=self.grace_days),
            past_due=policy.PastDue(self.past_due),
            unpaid=policy.Unpaid(self.unpaid),
            full_refund=policy.FullRefund(self.full_refund),
            open_dispute=policy.OpenDispute(self.open_dispute),
            honours_paid_term=self.honours_paid_term,
            trial=policy.TrialRule(self.trial_rule),
        )


def known_values(prefix: str) -> list[models.CheckConstraint]:
    """Return the constraints that let the choices of a policy be no others than those known."""
    choices: dict[str, type[models.TextChoices]] = {
        "past_due": PastDueChoice,
        "unpaid": UnpaidChoice,
        "full_refund": FullRefundChoice,
        "open_dispute": OpenDisputeChoice,
        "trial_rule": TrialChoice,
        "term_start": TermStartChoice,
    }
    return [
        models.CheckConstraint(
            name=f"{prefix}_{name}_known", condition=Q(**{f"{name}__in": known.values})
        )
        for name, known in choices.items()
    ]


class ProductPolicy(PolicyFields, AppendOnlyModel):
    """One version of what a product promises. Written once; licenses are pinned to it.

    ``version`` counts from 1 for each product. The newest is what a new license gets.
    """

    product = models.ForeignKey(
        "LicenseProduct",
        on_delete=models.CASCADE,
        related_name="policies",
        verbose_name=_("product"),
    )
    version = models.PositiveIntegerField(_("version"))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        verbose_name = _("product policy")
        verbose_name_plural = _("product policies")
        ordering = ["product", "version"]
        constraints = [
            models.UniqueConstraint(name="wl_policy_version_once", fields=["product", "version"]),
            models.CheckConstraint(name="wl_policy_version_counts", condition=Q(version__gte=1)),
            *known_values("wl_policy"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}/{self.version}"
