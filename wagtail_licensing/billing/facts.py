"""Stripe's raw JSON, read once into typed facts. Everything below this line trusts the types."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.revenue import Discount
from .prices import PriceFacts, instant, read_discounts, read_price
from .targets import id_in

Json = dict[str, Any]

#: Why a subscription was cancelled, if it was for want of money.
_NOT_PAID_FOR = frozenset({"payment_failed", "payment_disputed"})


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One item of a subscription. ``quantity`` is 1 where Stripe names none (metered prices)."""

    id: str
    price_id: str
    quantity: int
    period_start: datetime | None
    period_end: datetime | None
    price: PriceFacts | None = None
    discounts: tuple[Discount, ...] = ()


@dataclass(frozen=True, slots=True)
class SubscriptionFacts:
    """A subscription as it is at Stripe now. ``cancel_at`` counts with or without the other flag.

    ``past_due_since`` is the instant at which the oldest invoice that is still open came due; it
    stays the same however often the payment is tried again. ``is_paid_to_the_end``: the last invoice
    was paid and nothing of it credited, and the end, if there is one, is not for want of payment.
    """

    id: str
    customer_id: str
    status: str
    started_at: datetime | None
    items: tuple[ItemFacts, ...]
    cancel_at_period_end: bool = False
    cancel_at: datetime | None = None
    canceled_at: datetime | None = None
    ended_at: datetime | None = None
    trial_end: datetime | None = None
    past_due_since: datetime | None = None
    collection_method: str = ""
    pauses_collection: bool = False
    is_paid_to_the_end: bool = False
    discounts: tuple[Discount, ...] = ()

    @property
    def is_ending(self) -> bool:
        """Tell whether it is cancelled and runs out: both of Stripe's ways to say so."""
        return self.cancel_at_period_end or self.cancel_at is not None


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """A checkout session: whom it is for, what was bought, and whether it is paid."""

    id: str
    customer_id: str
    nonce: str
    mode: str
    status: str
    payment_status: str
    price_ids: tuple[str, ...]
    quantity: int
    amount: int | None
    currency: str
    amount_total: int
    subscription_id: str
    payment_intent_id: str
    payment_failed: bool
    email: str = ""

    @property
    def is_paid(self) -> bool:
        """Tell whether the money is there, or none was due."""
        return self.status == "complete" and self.payment_status in {"paid", "no_payment_required"}


@dataclass(frozen=True, slots=True)
class PaymentFacts:
    """A payment intent with what became of its money since. Amounts are minor units."""

    id: str
    status: str
    amount_received: int
    amount_refunded: int
    dispute_statuses: frozenset[str]
    customer_id: str = ""
    currency: str = ""

    @property
    def is_in_trouble(self) -> bool:
        """Tell whether anything of the money went back or is fought over, or was."""
        return self.amount_refunded > 0 or bool(self.dispute_statuses)


def read_subscription(raw: Json, *, open_invoices: Iterable[Json] = ()) -> SubscriptionFacts:
    """Return the facts of a subscription whose items are complete."""
    items = tuple(_item(row) for row in raw["items"]["data"])
    return SubscriptionFacts(
        id=raw["id"],
        customer_id=id_in(raw.get("customer")),
        status=str(raw["status"]),
        started_at=instant(raw.get("start_date")) or instant(raw.get("created")),
        items=items,
        cancel_at_period_end=bool(raw.get("cancel_at_period_end")),
        cancel_at=instant(raw.get("cancel_at")),
        canceled_at=instant(raw.get("canceled_at")),
        ended_at=instant(raw.get("ended_at")),
        trial_end=instant(raw.get("trial_end")),
        past_due_since=_past_due_since(raw, list(open_invoices), items),
        collection_method=str(raw.get("collection_method") or ""),
        pauses_collection=bool(raw.get("pause_collection")),
        is_paid_to_the_end=_is_paid_to_the_end(raw),
        discounts=read_discounts(raw),
    )


def _item(raw: Json) -> ItemFacts:
    quantity = raw.get("quantity")
    return ItemFacts(
        id=raw["id"],
        price_id=id_in(raw.get("price")),
        quantity=quantity if isinstance(quantity, int) else 1,
        period_start=instant(raw.get("current_period_start")),
        period_end=instant(raw.get("current_period_end")),
        price=read_price(raw.get("price")),
        discounts=read_discounts(raw),
    )


def _is_paid_to_the_end(raw: Json) -> bool:
    invoice, details = raw.get("latest_invoice"), raw.get("cancellation_details") or {}
    if not isinstance(invoice, dict) or details.get("reason") in _NOT_PAID_FOR:
        return False
    trial_end, ended_at = raw.get("trial_end") or 0, raw.get("ended_at") or 0
    if trial_end and trial_end >= ended_at > 0:
        return False
    total = invoice.get("total")
    return invoice.get("status") == "paid" and isinstance(total, int) and total >= 0


def _past_due_since(
    raw: Json, open_invoices: Sequence[Json], items: Sequence[ItemFacts]
) -> datetime | None:
    """Return when the debt began: from what Stripe knows now, not from when we heard of it."""
    if raw["status"] not in {"past_due", "unpaid"}:
        return None
    latest = raw.get("latest_invoice")
    invoices = open_invoices or ([latest] if isinstance(latest, dict) else [])
    came_due = [since for since in map(_came_due, invoices) if since]
    starts = [item.period_start for item in items if item.period_start]
    return min(came_due or starts, default=None)


def _came_due(invoice: Json) -> datetime | None:
    """Return when an invoice came due: its due date, or else the first attempt, at finalization."""
    transitions = invoice.get("status_transitions") or {}
    return instant(invoice.get("due_date")) or instant(transitions.get("finalized_at"))


def read_session(raw: Json) -> SessionFacts:
    """Return the facts of a checkout session with its line items and its payment intent."""
    lines = (raw.get("line_items") or {}).get("data") or []
    intent = raw.get("payment_intent")
    intent_status = intent.get("status") if isinstance(intent, dict) else None
    quantity = lines[0].get("quantity") if len(lines) == 1 else None
    subtotal = raw.get("amount_subtotal")
    return SessionFacts(
        id=raw["id"],
        customer_id=id_in(raw.get("customer")),
        nonce=str(raw.get("client_reference_id") or ""),
        mode=str(raw.get("mode") or ""),
        status=str(raw.get("status") or ""),
        payment_status=str(raw.get("payment_status") or ""),
        price_ids=tuple(id_in(line.get("price")) for line in lines),
        quantity=quantity if isinstance(quantity, int) else 0,
        amount=subtotal if isinstance(subtotal, int) else None,
        currency=str(raw.get("currency") or "").upper(),
        amount_total=int(raw.get("amount_total") or 0),
        subscription_id=id_in(raw.get("subscription")),
        payment_intent_id=id_in(intent),
        email=str((raw.get("customer_details") or {}).get("email") or "").strip()[:254],
        payment_failed=intent_status in {"requires_payment_method", "canceled"},
    )


def read_payment(raw: Json, *, disputes: Iterable[Json] = ()) -> PaymentFacts:
    """Return the facts of a payment intent with its latest charge expanded."""
    charge = raw.get("latest_charge")
    charge = charge if isinstance(charge, dict) else {}
    return PaymentFacts(
        id=raw["id"],
        status=str(raw.get("status") or ""),
        amount_received=int(raw.get("amount_received") or 0),
        amount_refunded=int(charge.get("amount_refunded") or 0),
        dispute_statuses=frozenset(str(dispute.get("status") or "") for dispute in disputes),
        customer_id=id_in(raw.get("customer")),
        currency=str(raw.get("currency") or "").upper(),
    )
