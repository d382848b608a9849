"""The mirror of Stripe: facts of objects that concern us, written only by ``sync_object``.

The access decision never reads these tables. Amounts are minor units of an ISO currency.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .checkout import CheckoutIntent
from .licenses import License
from .organizations import Organization
from .products import ProductPrice


class MirroredObject(models.Model):
    """A Stripe object known by account, mode and id."""

    account = models.SlugField(_("Stripe account"), max_length=50, default="default")
    livemode = models.BooleanField(_("live mode"), default=False)
    stripe_id = models.CharField(_("Stripe id"), max_length=255)
    synced_at = models.DateTimeField(_("last read from Stripe"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.stripe_id


class BillingCustomer(MirroredObject):
    """A Stripe customer, and whom it was created for. Linked by us, never by mail.

    ``guest_intent`` is the checkout without an account that made it, ``guest_email`` the address that
    was typed at Stripe: the link to the license goes there, and nothing else follows from it.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="billing_customers",
    )
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="billing_customers",
    )
    guest_intent = models.OneToOneField(
        CheckoutIntent,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="guest_customer",
    )
    guest_email = models.EmailField(_("address of a guest"), blank=True, default="")
    is_deleted = models.BooleanField(_("deleted at Stripe"), default=False)
    invoices_read_at = models.DateTimeField(_("invoices last read"), null=True, blank=True)

    class Meta:
        verbose_name = _("billing customer")
        verbose_name_plural = _("billing customers")
        constraints = [
            models.UniqueConstraint(
                name="wl_customer_once", fields=["account", "livemode", "stripe_id"]
            ),
            models.UniqueConstraint(
                name="wl_customer_per_user",
                fields=["account", "livemode", "user"],
                condition=Q(is_deleted=False),
            ),
            models.UniqueConstraint(
                name="wl_customer_per_organization",
                fields=["account", "livemode", "organization"],
                condition=Q(is_deleted=False),
            ),
            models.CheckConstraint(
                name="wl_customer_one_owner",
                condition=Q(user__isnull=True) | Q(organization__isnull=True),
            ),
        ]
        indexes = [
            models.Index(name="wl_customer_guest", fields=["user"], condition=Q(guest_email__gt=""))
        ]


class BillingSubscription(MirroredObject):
    """A Stripe subscription: its status and its dates, as last read.

    ``monthly_amount`` is what it brings in a month now, 0 while it is tried, paused or over; from
    ``discount_until`` on, where a discount ends, it is ``undiscounted_amount``.
    """

    customer = models.ForeignKey(BillingCustomer, on_delete=models.PROTECT, related_name="subscriptions")
    status = models.CharField(_("status"), max_length=40)
    collection_method = models.CharField(max_length=40, blank=True)
    cancel_at_period_end = models.BooleanField(default=False)
    cancel_at = models.DateTimeField(null=True, blank=True)
    canceled_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    trial_end = models.DateTimeField(null=True, blank=True)
    past_due_since = models.DateTimeField(null=True, blank=True)
    paused_collection = models.BooleanField(default=False)
    is_gone = models.BooleanField(_("gone from Stripe"), default=False)
    metadata = models.JSONField(default=dict)
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    monthly_amount = models.BigIntegerField(_("a month, in minor units"), default=0)
    discount_until = models.DateTimeField(_("discounted until"), null=True, blank=True)
    undiscounted_amount = models.BigIntegerField(_("a month from then on"), default=0)

    class Meta:
        verbose_name = _("billing subscription")
        verbose_name_plural = _("billing subscriptions")
        constraints = [
            models.UniqueConstraint(
                name="wl_subscription_once", fields=["account", "livemode", "stripe_id"]
            )
        ]
        indexes = [
            models.Index(
                name="wl_subscription_discount",
                fields=["discount_until"],
                condition=Q(discount_until__isnull=False),
            )
        ]


class BillingItem(MirroredObject):
    """One item of a subscription: the price, the quantity, its own period, and the license it pays."""

    subscription = models.ForeignKey(BillingSubscription, on_delete=models.CASCADE, related_name="items")
    stripe_price_id = models.CharField(max_length=255)
    price = models.ForeignKey(
        ProductPrice, on_delete=models.PROTECT, null=True, blank=True, related_name="billing_items"
    )
    quantity = models.PositiveIntegerField(default=1)
    period_start = models.DateTimeField(null=True, blank=True)
    period_end = models.DateTimeField(null=True, blank=True)
    is_removed = models.BooleanField(_("removed from the subscription"), default=False)
    license = models.OneToOneField(
        License, on_delete=models.PROTECT, null=True, blank=True, related_name="billing_item"
    )

    class Meta:
        verbose_name = _("billing item")
        verbose_name_plural = _("billing items")
        constraints = [
            models.UniqueConstraint(name="wl_item_once", fields=["account", "livemode", "stripe_id"])
        ]


class BillingPayment(MirroredObject):
    """A one-off payment (a payment intent), and the license that it paid; or a payment of a
    subscription to which something happened.

    ``stripe_id`` is the payment intent, or the checkout session where nothing had to be paid. For a
    subscription: ``is_first`` began it, ``terms`` is the time that it bought by subscription item,
    as Unix seconds from and to.
    """

    customer = models.ForeignKey(BillingCustomer, on_delete=models.PROTECT, related_name="payments")
    checkout_session_id = models.CharField(max_length=255, blank=True)
    price = models.ForeignKey(
        ProductPrice, on_delete=models.PROTECT, null=True, blank=True, related_name="payments"
    )
    quantity = models.PositiveIntegerField(default=1)
    status = models.CharField(_("status"), max_length=40)
    amount = models.BigIntegerField(_("amount in minor units"), default=0)
    amount_refunded = models.BigIntegerField(_("refunded in minor units"), default=0)
    currency = models.CharField(max_length=3, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    dispute_statuses = models.JSONField(default=list)
    stripe_subscription_id = models.CharField(max_length=255, blank=True, default="")
    stripe_invoice_id = models.CharField(max_length=255, blank=True, default="")
    is_first = models.BooleanField(default=False)
    terms = models.JSONField(default=dict)
    license = models.OneToOneField(
        License, on_delete=models.PROTECT, null=True, blank=True, related_name="billing_payment"
    )

    class Meta:
        verbose_name = _("billing payment")
        verbose_name_plural = _("billing payments")
        constraints = [
            models.UniqueConstraint(name="wl_payment_once", fields=["account", "livemode", "stripe_id"])
        ]
        indexes = [
            models.Index(
                name="wl_payment_subscription",
                fields=["stripe_subscription_id"],
                condition=Q(stripe_subscription_id__gt=""),
            )
        ]
