"""Invoices as Stripe last showed them, for the account of who paid."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from .billing import BillingCustomer, MirroredObject


class BillingInvoice(MirroredObject):
    """One invoice of a customer of ours. ``total`` and ``remaining`` are minor units of ``currency``.

    ``hosted_url`` is Stripe's page of the invoice, where an open one is paid; ``pdf_url`` its file.
    Both work for whoever has them, until Stripe lets them lapse. ``plan`` is what it is for, in the
    words that Stripe printed on it.
    """

    customer = models.ForeignKey(BillingCustomer, on_delete=models.PROTECT, related_name="invoices")
    number = models.CharField(_("number"), max_length=255, blank=True)
    status = models.CharField(_("status"), max_length=40)
    attempted = models.BooleanField(_("payment was tried"), default=False)
    plan = models.CharField(_("plan"), max_length=255, blank=True)
    total = models.BigIntegerField(_("total in minor units"), default=0)
    remaining = models.BigIntegerField(_("still to pay, in minor units"), default=0)
    currency = models.CharField(max_length=3, blank=True)
    issued_at = models.DateTimeField(_("issued"))
    hosted_url = models.TextField(blank=True)
    pdf_url = models.TextField(blank=True)

    class Meta:
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.UniqueConstraint(name="wl_invoice_once", fields=["account", "livemode", "stripe_id"])
        ]
