"""What a person set out to buy, written down before Stripe hears of it."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .organizations import Organization
from .products import ProductPrice


def make_nonce() -> str:
    """Return an unguessable name for a checkout intent."""
    return secrets.token_urlsafe(24)


class IntentState(models.TextChoices):
    """Where a checkout intent stands."""

    OPEN = "open", _("Open")
    COMPLETED = "completed", _("Completed")
    EXPIRED = "expired", _("Expired")
    FAILED = "failed", _("Failed")


class CheckoutIntent(models.Model):
    """A checkout that we started: who, which price, how many, and where they came from.

    ``user`` is None for a guest. ``organization`` is set where ``user`` buys for it: it pays and it
    holds what was bought. ``language`` is the one in which the buyer read the site.

    Stripe's session is matched to it by ``nonce`` (the client reference id), and only a session
    that fits it in customer, price and quantity gives a license.
    """

    nonce = models.CharField(max_length=64, unique=True, default=make_nonce, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="checkout_intents",
    )
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="checkout_intents",
    )
    price = models.ForeignKey(ProductPrice, on_delete=models.PROTECT, related_name="checkout_intents")
    quantity = models.PositiveIntegerField(default=1)
    trial_days = models.PositiveSmallIntegerField(default=0)
    return_path = models.CharField(max_length=2000, blank=True)
    language = models.CharField(max_length=20, blank=True, default="")
    account = models.SlugField(max_length=50, default="default")
    livemode = models.BooleanField(default=False)
    stripe_session_id = models.CharField(max_length=255, blank=True)
    session_url = models.TextField(blank=True)
    state = models.CharField(max_length=20, choices=IntentState, default=IntentState.OPEN)
    payment_status = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("checkout intent")
        verbose_name_plural = _("checkout intents")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="wl_intent_quantity", condition=Q(quantity__gte=1)),
            models.CheckConstraint(
                name="wl_intent_state_known", condition=Q(state__in=IntentState.values)
            ),
            models.CheckConstraint(
                name="wl_intent_organization_has_buyer",
                condition=Q(organization__isnull=True) | Q(user__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.pk}: {self.state}"
