"""Have a receipt sent for what was paid, where the site and not Stripe sends them."""

from datetime import datetime, timedelta
from typing import Any

from ..conf import conf
from ..domain.notices import Notice
from ..models import BillingCustomer, BillingInvoice, BillingPayment, License, OutboxMessage
from ..signals import mail_called_for

#: What was paid longer ago is history that is being brought in: no mail.
OLD_NEWS = timedelta(days=3)


def call_for_receipt(
    *,
    customer: BillingCustomer,
    license: License | None,
    paid_at: datetime | None,
    at: datetime,
    payment: BillingPayment | None = None,
    invoice: BillingInvoice | None = None,
) -> None:
    """Have the receipt of a payment, or of an invoice, written down: once for each, in this transaction.

    It goes to whose customer it is, of an organization to its owner, of a guest to the address that
    the license waits for. None for what cost nothing, and none for what has given no license.
    """
    amount = payment.amount if payment is not None else invoice.total if invoice is not None else 0
    if not conf.receipts or license is None or amount <= 0 or not _is_news(paid_at, at):
        return
    user = _reader(customer, license)
    if user is None and getattr(license, "claim", None) is None:
        return
    about = f"payment-{payment.pk}" if payment is not None else f"invoice-{invoice and invoice.pk}"
    mail_called_for.send(
        sender=OutboxMessage,
        notice=Notice.RECEIPT,
        key=about,
        at=paid_at,
        user=user,
        license=license,
        payment=payment,
        invoice=invoice,
    )


def _is_news(paid_at: datetime | None, at: datetime) -> bool:
    return paid_at is not None and paid_at >= at - OLD_NEWS


def _reader(customer: BillingCustomer, license: License) -> Any:
    if customer.organization is not None:
        return customer.organization.owner
    return customer.user or license.user
