"""Invoices: draft, finalize, attempt, paid; void and uncollectible."""

from __future__ import annotations

from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import DAY, World

from . import dunning, payments
from .cancellation import subscription_of
from .invoice_lines import total_up


def unsaved(world: World, customer: Json, lines: list[Json], **given: object) -> Json:
    """An invoice of *customer* as it begins, with *lines* and what is *given*; kept by nobody yet."""
    now = world.now(customer)
    return blank(
        "invoice",
        attempted=False,
        automatic_tax=AUTOMATIC_TAX | {},
        created=now,
        customer=customer["id"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_tax_exempt="none",
        customer_tax_ids=[],
        issuer={"type": "self"},
        lines={"object": "list", "data": lines, "has_more": False, "url": ""},
        payment_settings={
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        period_start=min((each["period"]["start"] for each in lines), default=now),
        period_end=max((each["period"]["end"] for each in lines), default=now),
        status="draft",
        status_transitions={
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        test_clock=customer["test_clock"],
        **given,
    )


def draft(
    world: World,
    customer: Json,
    lines: list[Json],
    *,
    reason: str,
    currency: str,
    subscription: Json | None = None,
    collection_method: str = "charge_automatically",
    days_until_due: int | None = None,
    metadata: Json | None = None,
) -> Json:
    """A draft invoice with *lines* (from `line`). Emits `invoice.created`."""
    invoice = unsaved(
        world,
        customer,
        lines,
        id=world.ids.next("in"),
        account_country="US",
        account_name="Stripe simulator",
        auto_advance=True,
        automatically_finalizes_at=world.now(customer) + world.settings.finalize_after,
        billing_reason=reason,
        collection_method=collection_method,
        currency=currency,
        metadata=dict(metadata or {}),
        parent=parent_of(subscription),
    )
    private(invoice)["days_until_due"] = days_until_due
    for each in lines:
        each["invoice"] = invoice["id"]
    total_up(world, invoice, subscription)
    world.store.add(invoice)
    emit(world, "invoice.created", invoice)
    return invoice


AUTOMATIC_TAX = {
    "disabled_reason": None,
    "enabled": False,
    "liability": None,
    "provider": None,
    "status": None,
}


def parent_of(subscription: Json | None) -> Json | None:
    if subscription is None:
        return None
    return {
        "quote_details": None,
        "subscription_details": {
            "metadata": dict(subscription["metadata"]),
            "subscription": subscription["id"],
        },
        "type": "subscription_details",
    }


def finalize(world: World, invoice: Json, *, intent: Json | None = None) -> None:
    """Draft to open, with a payment intent (a given or a new one) if there is something to pay."""
    now = world.now(invoice)
    customer = world.store.get("customer", invoice["customer"])
    send = invoice["collection_method"] == "send_invoice"
    invoice.update(
        automatically_finalizes_at=None,
        effective_at=now,
        number=f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}",
        status="open",
        hosted_invoice_url=f"{world.base_url}/invoice/{invoice['id']}",
        invoice_pdf=None,
    )
    invoice["status_transitions"]["finalized_at"] = now
    invoice["customer_tax_ids"] = [
        {"type": row["type"], "value": row["value"]}
        for row in world.store.all("tax_id")
        if row["customer"] == customer["id"]
    ]
    use_balance(world, invoice, customer)
    if send and invoice["due_date"] is None:
        invoice["due_date"] = now + (private(invoice)["days_until_due"] or 30) * DAY
    customer["next_invoice_sequence"] += 1
    if invoice["amount_due"]:
        request_payment(world, invoice, intent)
    emit(world, "invoice.finalized", invoice)
    if send:
        emit(world, "invoice.sent", invoice)
    if not invoice["amount_due"]:
        mark_paid(world, invoice)


def use_balance(world: World, invoice: Json, customer: Json) -> None:
    """A credit of the customer pays first; a negative total becomes one. Minor units, credit < 0."""
    start, total = customer["balance"], invoice["total"]
    due = max(total + start, 0)
    end = min(total + start, 0)
    invoice.update(starting_balance=start, ending_balance=end, amount_due=due, amount_remaining=due)
    if end != start:
        with changing(world, customer, "customer.updated"):
            customer["balance"] = end


def give_back_balance(world: World, invoice: Json) -> None:
    """A void invoice used no credit, and gave none."""
    customer = world.store.find("customer", invoice["customer"])
    used = (invoice["ending_balance"] or 0) - invoice["starting_balance"]
    if customer and used:
        with changing(world, customer, "customer.updated"):
            customer["balance"] -= used


def request_payment(world: World, invoice: Json, intent: Json | None) -> None:
    intent = intent or payments.new_intent(
        world,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
    )
    payment = blank(
        "invoice_payment",
        id=world.ids.next("inpay"),
        amount_requested=invoice["amount_due"],
        created=world.now(invoice),
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"payment_intent": intent["id"], "type": "payment_intent"},
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )
    world.store.add(payment)


def payment_of(world: World, invoice: Json) -> Json | None:
    rows = [row for row in world.store.all("invoice_payment") if row["invoice"] == invoice["id"]]
    return rows[-1] if rows else None


def intent_of(world: World, invoice: Json) -> Json | None:
    payment = payment_of(world, invoice)
    if payment is None:
        return None
    return world.store.find("payment_intent", payment["payment"]["payment_intent"])


def attempt(world: World, invoice: Json, *, method: Json | None = None, automatic: bool = False) -> str:
    """Try to collect an open invoice. Returns the payment intent's status.

    Only an *automatic* attempt that fails moves the retries and the subscription on.
    """
    subscription = world.store.find("subscription", subscription_of(invoice) or "")
    preferred = subscription["default_payment_method"] if subscription else None
    card = method or payments.method_for(
        world, invoice["customer"], invoice["default_payment_method"], preferred
    )
    intent = intent_of(world, invoice)
    if intent is None:
        mark_paid(world, invoice)
        return "succeeded"
    invoice["attempted"] = True
    invoice["attempt_count"] += 1
    status = payments.pay(world, intent, card)
    if status == "succeeded":
        mark_paid(world, invoice)
    elif status == "requires_payment_method":
        mark_failed(world, invoice, automatic=automatic)
    return status


def mark_paid(world: World, invoice: Json, *, out_of_band: bool = False) -> None:
    now = world.now(invoice)
    invoice.update(
        amount_paid=0 if out_of_band else invoice["amount_due"],
        amount_remaining=0,
        attempted=True,
        auto_advance=False,
        next_payment_attempt=None,
        status="paid",
    )
    invoice["status_transitions"]["paid_at"] = now
    payment = payment_of(world, invoice)
    if payment and not out_of_band:
        payment.update(status="paid", amount_paid=invoice["amount_due"])
        payment["status_transitions"]["paid_at"] = now
        emit(world, "invoice_payment.paid", payment)
    emit(world, "invoice.paid", invoice)
    emit(world, "invoice.payment_succeeded", invoice)
    dunning.after_paid(world, invoice)
    forgive(world, invoice["customer"])


def forgive(world: World, customer_id: str) -> None:
    """A customer with no failed invoice left is not delinquent."""
    customer = world.store.find("customer", customer_id)
    failed = any(
        each["customer"] == customer_id and each["status"] == "open" and each["attempted"]
        for each in world.store.all("invoice")
    )
    if customer and customer["delinquent"] and not failed:
        with changing(world, customer, "customer.updated"):
            customer["delinquent"] = False


def mark_failed(world: World, invoice: Json, *, automatic: bool) -> None:
    if automatic:
        dunning.plan_retry(world, invoice)
    emit(world, "invoice.payment_failed", invoice)
    if automatic:
        dunning.after_failed(world, invoice)
    customer = world.store.find("customer", invoice["customer"])
    if customer and not customer["delinquent"]:
        with changing(world, customer, "customer.updated"):
            customer["delinquent"] = True


def void(world: World, invoice: Json) -> None:
    if invoice["status"] in {"open", "uncollectible"}:
        give_back_balance(world, invoice)
    close(world, invoice, "void", "voided_at")
    emit(world, "invoice.voided", invoice)


def mark_uncollectible(world: World, invoice: Json) -> None:
    close(world, invoice, "uncollectible", "marked_uncollectible_at")
    emit(world, "invoice.marked_uncollectible", invoice)


def close(world: World, invoice: Json, status: str, transition: str) -> None:
    invoice.update(
        status=status,
        auto_advance=False,
        next_payment_attempt=None,
        automatically_finalizes_at=None,
    )
    invoice["status_transitions"][transition] = world.now(invoice)
    intent = intent_of(world, invoice)
    payment = payment_of(world, invoice)
    if status == "void" and intent and intent["status"] != "succeeded":
        intent.update(status="canceled", canceled_at=world.now(invoice))
        emit(world, "payment_intent.canceled", intent)
        if payment:
            payment["status"] = "canceled"
            payment["status_transitions"]["canceled_at"] = world.now(invoice)
