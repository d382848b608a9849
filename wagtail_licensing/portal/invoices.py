"""Invoices in the words of the account: state, amount, and where to look at or pay one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from ..billing.customers import customers_of
from ..domain.money import Money
from ..models import BillingInvoice, Organization
from .formats import format_money
from .standing import Tone

#: What is mirrored is the newest of each customer; of somebody with several this is the newest of all.
MOST = 100


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice. ``url`` is Stripe's page or file, empty where there is none; ``action`` its words."""

    issued_at: datetime
    plan: str
    number: str
    label: str
    tone: Tone
    amount: str
    url: str = ""
    action: str = ""


def invoices_of(user: Any, organization: Organization | None = None) -> list[InvoiceRow]:
    """Return the invoices of ``user``, or of ``organization`` if it is given, at the configured account,
    newest first. One query.

    They are as Stripe showed them when they were last read; Stripe is not asked.
    """
    found = BillingInvoice.objects.filter(customer__in=customers_of(user, organization))
    return [_row(invoice) for invoice in found[:MOST]]


def _row(invoice: BillingInvoice) -> InvoiceRow:
    label, tone = _state(invoice)
    url, action = _link(invoice)
    return InvoiceRow(
        issued_at=invoice.issued_at,
        plan=invoice.plan,
        number=invoice.number,
        label=label,
        tone=tone,
        amount=format_money(Money(invoice.total, invoice.currency or "XXX")),
        url=url,
        action=action,
    )


def _state(invoice: BillingInvoice) -> tuple[str, Tone]:
    if invoice.status == "paid":
        return _("Paid"), Tone.GOOD
    if invoice.status == "void":
        return _("Void"), Tone.NEUTRAL
    if invoice.status == "uncollectible":
        return _("Not paid"), Tone.BAD
    return (_("Failed"), Tone.BAD) if invoice.attempted else (_("To be paid"), Tone.WARNING)


def _link(invoice: BillingInvoice) -> tuple[str, str]:
    if invoice.status == "open" and invoice.hosted_url:
        return invoice.hosted_url, _("Pay now")
    if invoice.pdf_url:
        return invoice.pdf_url, _("PDF, invoice %(number)s") % {"number": invoice.number}
    if invoice.hosted_url:
        return invoice.hosted_url, _("Invoice %(number)s") % {"number": invoice.number}
    return "", ""
