"""The fourth net: refunds and disputes of the last half year that nobody told us of.

Events are gone after 30 days, a dispute takes longer: the objects themselves are listed, and what
the mirror does not say is read again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from ..conf import conf
from ..models import BillingPayment
from .client import Gateway
from .compare import customers_of_ours
from .report import Report
from .targets import id_in

Json = dict[str, Any]

#: How far back refunds and disputes are listed.
WINDOW = timedelta(days=180)


def compare_money(
    gateway: Gateway, report: Report, *, request: Callable[[list[str]], None], at: datetime
) -> None:
    """Ask for the payments to be read again whose refunds or disputes the mirror does not know.

    One request and two queries for each 100 refunds and disputes; those of other shops on the
    account are left alone. Raises ``StripeFailure``.
    """
    since = {"gte": int((at - WINDOW).timestamp())}
    for path, is_known in (("/v1/disputes", _knows_dispute), ("/v1/refunds", _knows_refund)):
        for page in gateway.batches(path, created=since, expand=["data.charge"]):
            ids = _differing(page, is_known)
            report.differing += len(ids)
            if ids:
                request(ids)


def _differing(page: list[Json], is_known: Callable[[BillingPayment | None, Json], bool]) -> list[str]:
    ours = customers_of_ours({_customer(row) for row in page})
    rows = [row for row in page if _customer(row) in ours and id_in(row.get("payment_intent"))]
    ids = {id_in(row["payment_intent"]) for row in rows}
    mirrored = BillingPayment.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, stripe_id__in=ids
    )
    payments = {payment.stripe_id: payment for payment in mirrored}
    differing = []
    for row in rows:
        stripe_id = id_in(row["payment_intent"])
        if not is_known(payments.get(stripe_id), row):
            differing.append(stripe_id)
    return list(dict.fromkeys(differing))


def _customer(row: Json) -> str:
    charge = row.get("charge")
    return id_in(charge.get("customer")) if isinstance(charge, dict) else ""


def _knows_dispute(payment: BillingPayment | None, row: Json) -> bool:
    return payment is not None and row.get("status") in payment.dispute_statuses


def _knows_refund(payment: BillingPayment | None, row: Json) -> bool:
    # A payment without a row is one to which nothing happened: a refund that failed took nothing.
    known = payment.amount_refunded if payment is not None else 0
    return bool(known == row["charge"].get("amount_refunded"))
