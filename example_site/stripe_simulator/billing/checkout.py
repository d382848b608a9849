"""What the hosted checkout page does when the visitor pays."""

from __future__ import annotations

from example_site.stripe_simulator.errors import StripeError, declined
from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import DAY, World

from . import discounts, invoice_lines, invoices, payments, settling, subscriptions
from .customers import new_customer


def total(world: World, session: Json) -> None:
    """Set the amounts of *session* and its line items: what is due today."""
    rows = private(session)["line_items"]
    free = session["mode"] == "subscription" and private(session)["trial_end"] is not None
    subtotal = 0
    for row in rows:
        price = world.store.get("price", row["price"])
        recurring = price["type"] == "recurring"
        amount = 0 if free and recurring else price["unit_amount"] * row["quantity"]
        row.update(amount_subtotal=amount, amount_total=amount)
        subtotal += amount
    coupons = [world.store.find("coupon", each["coupon"]) for each in private(session)["discounts"]]
    off = sum(discounts.off(coupon, subtotal) for coupon in coupons if coupon)
    if session["mode"] == "setup":
        return
    session["amount_subtotal"] = subtotal
    session["amount_total"] = max(subtotal - off, 0)
    session["total_details"] = {"amount_discount": off, "amount_shipping": 0, "amount_tax": 0}


def complete(world: World, session: Json, *, behaviour: str, email: str | None) -> None:
    """Pay *session* with a card of *behaviour*. Raises `StripeError` (declined) and leaves it open."""
    if session["status"] != "open":
        raise StripeError("This checkout session is no longer open.")
    if behaviour == "decline":
        refuse(world, session)
        raise declined()
    customer = customer_for(world, session, email)
    method = payments.new_card(world, behaviour, customer=customer["id"] if customer else None)
    details = {"customer_details": details_of(world, customer, email), "status": "complete", "url": None}
    if session["mode"] == "subscription" and customer:
        subscribe(world, session, customer, method)
    elif session["mode"] == "payment":
        pay_once(world, session, customer, method)
    else:
        session["payment_status"] = "no_payment_required"
        session["setup_intent"] = world.ids.next("seti")
        if customer:
            payments.make_default(world, customer, method)
    session.update(details)
    emit(world, "checkout.session.completed", session)


def refuse(world: World, session: Json) -> None:
    if session["mode"] != "payment" or not session["amount_total"]:
        return
    intent = payments.new_intent(
        world,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        metadata=private(session)["intent_metadata"],
    )
    payments.pay(world, intent, payments.new_card(world, "decline"))


def customer_for(world: World, session: Json, email: str | None) -> Json | None:
    """The session's customer; a new one where the mode needs it, a guest (None) where it does not."""
    if session["customer"]:
        customer = world.store.get("customer", session["customer"])
        if email and not customer["email"]:
            with changing(world, customer, "customer.updated"):
                customer["email"] = email
        return customer
    if session["mode"] == "payment" and session["customer_creation"] != "always":
        return None
    customer = new_customer(world, email=email)
    session["customer"] = customer["id"]
    return customer


def details_of(world: World, customer: Json | None, email: str | None) -> Json:
    return {
        "address": None,
        "business_name": None,
        "email": (customer or {}).get("email") or email,
        "individual_name": None,
        "name": (customer or {}).get("name"),
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [
            {"type": row["type"], "value": row["value"]}
            for row in world.store.all("tax_id")
            if customer and row["customer"] == customer["id"]
        ],
    }


def subscribe(world: World, session: Json, customer: Json, method: Json) -> None:
    notes = private(session)
    terms = subscriptions.Terms(
        customer=customer,
        items=[
            subscriptions.Wanted(world.store.get("price", row["price"]), row["quantity"])
            for row in notes["line_items"]
            if world.store.get("price", row["price"])["type"] == "recurring"
        ],
        metadata=notes["subscription_metadata"],
        trial_end=world.now(customer) + notes["trial_days"] * DAY
        if notes["trial_days"]
        else notes["trial_end"],
        billing_mode=notes["billing_mode"],
        payment_method=method,
        missing_payment_method=notes["missing_payment_method"],
        discounts=notes_discounts(world, session),
    )
    one_offs = [
        row
        for row in notes["line_items"]
        if world.store.get("price", row["price"])["type"] == "one_time"
    ]
    subscription = subscriptions.start(world, terms, one_offs=one_offs)
    session["subscription"] = subscription["id"]
    session["invoice"] = subscription["latest_invoice"]
    invoice = world.store.get("invoice", subscription["latest_invoice"])
    session["amount_total"] = invoice["total"]
    settle(session, invoice["status"] == "paid")


def notes_discounts(world: World, session: Json) -> list[tuple[Json, Json | None]]:
    result: list[tuple[Json, Json | None]] = []
    for each in private(session)["discounts"]:
        coupon = world.store.find("coupon", each["coupon"])
        code = world.store.find("promotion_code", each["promotion_code"] or "")
        if coupon:
            result.append((coupon, code))
    return result


def pay_once(world: World, session: Json, customer: Json | None, method: Json) -> None:
    if session["amount_total"]:
        intent = payments.new_intent(
            world,
            amount=session["amount_total"],
            currency=session["currency"],
            customer=customer["id"] if customer else None,
            metadata=private(session)["intent_metadata"],
        )
        session["payment_intent"] = intent["id"]
        status = payments.pay(world, intent, method)
        settle(session, status == "succeeded")
        if (session["invoice_creation"] or {}).get("enabled") and customer:
            invoice_for(world, session, customer, intent)
    else:
        settle(session, True)


def invoice_for(world: World, session: Json, customer: Json, intent: Json) -> None:
    """The receipt that `invoice_creation` asks for, after a payment that went through."""
    if intent["status"] != "succeeded":
        return
    now = world.now(customer)
    lines = [
        invoice_lines.line(
            world, world.store.get("price", row["price"]), row["quantity"], start=now, end=now
        )
        for row in private(session)["line_items"]
    ]
    invoice = invoices.draft(world, customer, lines, reason="manual", currency=session["currency"])
    invoices.finalize(world, invoice, intent=intent)
    invoices.mark_paid(world, invoice)
    session["invoice"] = invoice["id"]


def settle(session: Json, paid: bool) -> None:
    if not session["amount_total"]:
        session["payment_status"] = "no_payment_required"
    else:
        session["payment_status"] = "paid" if paid else "unpaid"


def settle_later(world: World, session: Json, *, succeed: bool) -> None:
    """A delayed payment arrives or fails, days after the visitor left."""
    intent = waiting_intent(world, session)
    if intent is None:
        raise StripeError("This checkout session does not wait for a payment.")
    settling.settle(world, intent, succeed=succeed)


def waiting_intent(world: World, session: Json) -> Json | None:
    """The payment intent that is still processing, if any."""
    intent = world.store.find("payment_intent", session["payment_intent"] or "")
    invoice = world.store.find("invoice", session["invoice"] or "")
    if intent is None and invoice:
        intent = invoices.intent_of(world, invoice)
    return intent if intent and intent["status"] == "processing" else None


def change_card(world: World, customer: Json, behaviour: str) -> Json:
    """A new card for everything *customer* pays."""
    method = payments.new_card(world, behaviour, customer=customer["id"])
    payments.make_default(world, customer, method)
    for subscription in world.store.all("subscription"):
        if subscription["customer"] == customer["id"] and subscription["default_payment_method"]:
            with changing(world, subscription, "customer.subscription.updated"):
                subscription["default_payment_method"] = method["id"]
    return method


def line_item(world: World, price: Json, quantity: int, adjustable: Json | None) -> Json:
    product = world.store.find("product", price["product"])
    return blank(
        "item",
        id=world.ids.next("li"),
        adjustable_quantity=adjustable,
        currency=price["currency"],
        description=product["name"] if product else None,
        metadata={},
        price=price["id"],
        quantity=quantity,
    )
