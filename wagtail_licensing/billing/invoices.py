"""Mirror the invoices of customers, for their accounts. Read by the sweep, never while a page is served.

Whatever happens to an invoice has its subscription read again; so invoices are old when a
subscription of their customer was read after them.
"""

import logging
from datetime import datetime
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models import F, Q, QuerySet

from ..conf import conf
from ..models import BillingCustomer, BillingInvoice, BillingItem, ProductPrice
from ..models.privacy import DeletionState
from .client import PAGE, Gateway
from .errors import Missing, StripeFailure
from .prices import instant
from .receipts import call_for_receipt
from .targets import id_in, subscription_of_invoice

logger = logging.getLogger(__name__)

Json = dict[str, Any]

#: A draft is not anything yet that a customer could look at.
_NOT_SHOWN = "draft"

#: The money is there, or nothing had to be paid.
_PAID = "paid"


def read_old_invoices(*, at: datetime, limit: int = 25, gateway: Gateway | None = None) -> int:
    """Read the invoices of up to ``limit`` customers whose mirror is old; return of how many.

    One query when none is, and a request for each. Stripe not answering ends the run; the next one
    goes on. Not inside a transaction.
    """
    if not conf.stripe_secret_key:
        return 0
    done = 0
    for customer in list(
        with_old_invoices().order_by(F("invoices_read_at").asc(nulls_first=True))[:limit]
    ):
        try:
            gateway = gateway or Gateway()
            read_invoices(customer, at=at, gateway=gateway)
        except (StripeFailure, ImproperlyConfigured) as failure:
            logger.warning("Invoices wait: %s", failure)
            return done
        done += 1
    return done


def with_old_invoices() -> QuerySet[BillingCustomer]:
    """Return the customers of people whose invoices are older than a subscription of theirs."""
    old = Q(invoices_read_at__isnull=True) | Q(subscriptions__synced_at__gt=F("invoices_read_at"))
    return (
        BillingCustomer.objects.filter(
            old,
            account=conf.stripe_account,
            livemode=conf.stripe_livemode,
            is_deleted=False,
            subscriptions__isnull=False,
        )
        # Nobody is left to look at them, and their addresses were erased.
        .exclude(user__licensing_deletions__state=DeletionState.DONE)
        .distinct()
    )


def read_invoices(customer: BillingCustomer, *, at: datetime, gateway: Gateway) -> None:
    """Mirror the newest invoices of a customer. One request, and one transaction to write them."""
    try:
        found = gateway.get("/v1/invoices", customer=customer.stripe_id, limit=PAGE).get("data") or []
    except Missing:
        found = []
    prices = ProductPrice.objects.filter(account=customer.account, livemode=customer.livemode)
    names = dict(prices.values_list("stripe_price_id", "product__name"))
    with transaction.atomic():
        for raw in found:
            if raw.get("status") and raw["status"] != _NOT_SHOWN and raw.get("id"):
                _write(customer, raw, names, at=at)
        BillingCustomer.objects.filter(pk=customer.pk).update(invoices_read_at=at)


def _write(customer: BillingCustomer, raw: Json, names: dict[str, str], *, at: datetime) -> None:
    issued = instant((raw.get("status_transitions") or {}).get("finalized_at")) or instant(
        raw.get("created")
    )
    known = {"account": customer.account, "livemode": customer.livemode, "stripe_id": raw["id"]}
    is_old = raw["status"] != _PAID or BillingInvoice.objects.filter(**known, status=_PAID).exists()
    invoice, _made = BillingInvoice.objects.update_or_create(
        **known,
        defaults={
            "customer": customer,
            "number": str(raw.get("number") or "")[:255],
            "status": str(raw["status"])[:40],
            "attempted": bool(raw.get("attempted")),
            "plan": _plan(raw, names),
            "total": int(raw.get("total") or 0),
            "remaining": int(raw.get("amount_remaining") or 0),
            "currency": str(raw.get("currency") or "").upper()[:3],
            "issued_at": issued or at,
            "hosted_url": _address(raw.get("hosted_invoice_url")),
            "pdf_url": _address(raw.get("invoice_pdf")),
            "synced_at": at,
        },
    )
    if not is_old:
        _call_for_receipt(invoice, raw, at=at)


def _call_for_receipt(invoice: BillingInvoice, raw: Json, *, at: datetime) -> None:
    """Have the receipt written down of an invoice that was not paid when it was last read."""
    items = BillingItem.objects.filter(
        subscription__customer=invoice.customer,
        subscription__stripe_id=subscription_of_invoice(raw),
        license__isnull=False,
    )
    item = items.select_related("license").order_by("pk").first()
    call_for_receipt(
        customer=invoice.customer,
        license=item.license if item is not None else None,
        invoice=invoice,
        paid_at=instant((raw.get("status_transitions") or {}).get("paid_at")),
        at=at,
    )


def _plan(raw: Json, names: dict[str, str]) -> str:
    """Return what the invoice is for: our name of the product, else Stripe's words."""
    lines = (raw.get("lines") or {}).get("data") or []
    found = []
    for line in lines:
        price = id_in(((line.get("pricing") or {}).get("price_details") or {}).get("price"))
        name = names.get(price) or str(line.get("description") or "")
        if name and name not in found:
            found.append(name)
    return ", ".join(found)[:255]


def _address(value: Any) -> str:
    """Return an address that a browser may be sent to, or nothing."""
    text = value if isinstance(value, str) else ""
    return text if text.startswith(("https://", "http://127.0.0.1", "http://localhost")) else ""
