"""What is sold or given, and at which Stripe prices."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel

from .policies import PolicyFields, TermStartChoice, known_values


class ProductKind(models.TextChoices):
    """How long a license of a product lasts."""

    SUBSCRIPTION = "subscription", _("Subscription")
    FIXED_TERM = "fixed_term", _("Fixed term")
    PERPETUAL = "perpetual", _("Perpetual")


class IssueMode(models.TextChoices):
    """How a license of a product comes to its holder."""

    PURCHASE = "purchase", _("After purchase")
    APPROVAL = "approval", _("After approval")
    REGISTRATION = "registration", _("On registration")
    BY_HAND = "by_hand", _("By hand only")


class LicenseProduct(PolicyFields, ClusterableModel):
    """What is sold or given: "Pro", "Team", "Wagtail in a week".

    ``terms`` are the usage rights, ``seats`` the places that come with one license (1: the holder's
    own), ``term_days`` or ``term_months`` the length of a fixed term. ``per_seat`` products are bought
    in a quantity, which is the number of seats. The fields of the policy are what the next license
    is promised; a license that exists keeps the version that it was issued with.
    ``reminder_days`` are the days before the end at which holders are reminded.
    """

    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(_("slug"), max_length=120, unique=True)
    summary = models.CharField(
        _("summary"),
        max_length=255,
        blank=True,
        help_text=_("One line for the pricing table and the paywall."),
    )
    terms = models.TextField(
        _("usage rights"), blank=True, help_text=_("What a holder may do with what is licensed.")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ProductKind)
    issue_mode = models.CharField(
        _("issued"), max_length=20, choices=IssueMode, default=IssueMode.PURCHASE
    )
    seats = models.PositiveIntegerField(
        _("seats"), default=1, help_text=_("People who share one license; 1 for a personal one.")
    )
    per_seat = models.BooleanField(
        _("sold per seat"),
        default=False,
        help_text=_("The quantity bought is the number of seats."),
    )
    reminder_days = models.CharField(
        _("reminders, days before the end"),
        max_length=40,
        blank=True,
        default="",
        validators=[RegexValidator(r"^\s*\d{1,3}(\s*,\s*\d{1,3})*\s*$", _("Numbers, such as 14, 3."))],
        help_text=_("Such as 14, 3. Empty: as the site does. 0: no reminders."),
    )
    is_giftable = models.BooleanField(
        _("can be given"),
        default=False,
        help_text=_("People may buy it for somebody else. Only what is paid once can be given."),
    )
    is_archived = models.BooleanField(
        _("archived"),
        default=False,
        help_text=_("Not for sale any more; holders keep what they have."),
    )
    sort_order = models.PositiveIntegerField(_("order"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("license product")
        verbose_name_plural = _("license products")
        ordering = ["sort_order", "name"]
        permissions = [("use_product", _("Can use what the product opens"))]
        constraints = [
            models.CheckConstraint(
                name="wl_product_kind_known", condition=Q(kind__in=ProductKind.values)
            ),
            models.CheckConstraint(
                name="wl_product_term_for_fixed_term",
                condition=Q(kind=ProductKind.FIXED_TERM, term_days__gt=0, term_months__isnull=True)
                | Q(kind=ProductKind.FIXED_TERM, term_months__gt=0, term_days__isnull=True)
                | (
                    ~Q(kind=ProductKind.FIXED_TERM) & Q(term_days__isnull=True, term_months__isnull=True)
                ),
                violation_error_message=_(
                    "A fixed term needs its length in days or in months, others have none."
                ),
            ),
            models.CheckConstraint(
                name="wl_product_date_to_start_on",
                condition=~Q(term_start=TermStartChoice.FIXED_DATE) | Q(term_starts_on__isnull=False),
                violation_error_message=_("A term that begins on a date needs the date."),
            ),
            models.CheckConstraint(
                name="wl_product_has_a_seat",
                condition=Q(seats__gte=1),
                violation_error_message=_("A license has at least one seat."),
            ),
            models.CheckConstraint(
                name="wl_product_gift_is_paid_once",
                condition=Q(is_giftable=False) | ~Q(kind=ProductKind.SUBSCRIPTION),
                violation_error_message=_("A subscription cannot be given: it is charged again."),
            ),
            *known_values("wl_product"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_team(self) -> bool:
        """Tell whether a license of this product is shared through seats."""
        return self.per_seat or self.seats > 1


class PriceInterval(models.TextChoices):
    """How often a price is charged; empty for once."""

    ONCE = "", _("once")
    DAY = "day", _("day")
    WEEK = "week", _("week")
    MONTH = "month", _("month")
    YEAR = "year", _("year")


class ProductPrice(models.Model):
    """One Stripe price of a product. ``unit_amount`` is in minor units of ``currency``."""

    product = ParentalKey(LicenseProduct, on_delete=models.PROTECT, related_name="prices")
    account = models.SlugField(_("Stripe account"), max_length=50, default="default")
    livemode = models.BooleanField(_("live mode"), default=False)
    stripe_price_id = models.CharField(_("Stripe price"), max_length=255)
    currency = models.CharField(
        _("currency"),
        max_length=3,
        validators=[RegexValidator(r"^[A-Z]{3}$", _("Three capital letters, such as EUR."))],
    )
    unit_amount = models.BigIntegerField(
        _("amount in minor units"), help_text=_("1200 for 12.00, and 1200 for a price of 1200 yen.")
    )
    interval = models.CharField(
        _("interval"), max_length=10, choices=PriceInterval, blank=True, default=""
    )
    interval_count = models.PositiveSmallIntegerField(_("every"), default=1)
    trial_days = models.PositiveSmallIntegerField(_("trial in days"), default=0)
    is_archived = models.BooleanField(_("archived"), default=False)
    sort_order = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("product price")
        verbose_name_plural = _("product prices")
        ordering = ["sort_order", "unit_amount"]
        constraints = [
            models.UniqueConstraint(
                name="wl_price_once",
                fields=["account", "livemode", "stripe_price_id"],
                violation_error_message=_("This Stripe price belongs to a product already."),
            ),
            models.CheckConstraint(
                name="wl_price_not_negative",
                condition=Q(unit_amount__gte=0),
                violation_error_message=_("A price is not negative."),
            ),
            models.CheckConstraint(
                name="wl_price_interval_known",
                condition=Q(interval__in=PriceInterval.values) & Q(interval_count__gte=1),
            ),
            models.CheckConstraint(name="wl_price_names_stripe", condition=~Q(stripe_price_id="")),
        ]

    def __str__(self) -> str:
        return f"{self.product_id}: {self.unit_amount} {self.currency} {self.interval}".strip()

    @property
    def is_recurring(self) -> bool:
        """Tell whether the price is charged again and again."""
        return self.interval != PriceInterval.ONCE


__all__ = ["IssueMode", "LicenseProduct", "PriceInterval", "ProductKind", "ProductPrice"]
