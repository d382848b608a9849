"""Payment intents and charges on stand-in cards that pay or decline."""

from __future__ import annotations

from example_site.stripe_simulator.events import changing, emit
from example_site.stripe_simulator.shapes import blank
from example_site.stripe_simulator.store import Json, private
from example_site.stripe_simulator.world import DAY, World

CARDS = {
    "ok": {"brand": "visa", "last4": "4242"},
    "decline": {"brand": "visa", "last4": "0341"},
    "delayed": {"brand": "visa", "last4": "3000"},
    "debit": {"brand": "sepa_debit", "last4": "3201"},
    "debit_fails": {"brand": "sepa_debit", "last4": "3204"},
    "dispute": {"brand": "visa", "last4": "0259"},
    "inquiry": {"brand": "visa", "last4": "1976"},
    "refund_fail": {"brand": "visa", "last4": "5126"},
    "refund_pending": {"brand": "visa", "last4": "7726"},
}
"""What a stand-in card does, and its face."""
DEBIT_TAKES = 5 * DAY
DEBITS = {"debit": "debit_arrives", "debit_fails": "debit_bounces"}
"""Bank debits that settle by themselves, and how."""
LATER = {"dispute": "dispute", "inquiry": "inquire"}
"""What the bank of such a card does right after a payment."""
TOKENS = {
    "pm_card_visa": "ok",
    "pm_card_mastercard": "ok",
    "tok_visa": "ok",
    "pm_card_chargeDeclined": "decline",
    "pm_card_visa_chargeDeclined": "decline",
    "pm_card_chargeCustomerFail": "decline",
    "tok_chargeDeclined": "decline",
    "tok_chargeCustomerFail": "decline",
    "pm_card_createDispute": "dispute",
    "pm_card_createDisputeInquiry": "inquiry",
    "pm_card_refundFail": "refund_fail",
    "pm_card_pendingRefund": "refund_pending",
    "tok_createDispute": "dispute",
    "tok_createDisputeInquiry": "inquiry",
    "tok_refundFail": "refund_fail",
    "tok_pendingRefund": "refund_pending",
}


def new_card(world: World, behaviour: str, *, customer: str | None = None) -> Json:
    """A payment method whose charges succeed (`ok`), fail (`decline`) or take days (`delayed`)."""
    face = CARDS[behaviour]
    method = blank(
        "payment_method",
        id=world.ids.next("pm"),
        allow_redisplay="unspecified",
        billing_details={
            "address": dict.fromkeys(("city", "country", "line1", "line2", "postal_code", "state")),
            "email": None,
            "name": None,
            "phone": None,
            "tax_id": None,
        },
        card={
            "brand": face["brand"],
            "checks": {
                "address_line1_check": None,
                "address_postal_code_check": None,
                "cvc_check": "pass",
            },
            "country": "US",
            "display_brand": face["brand"],
            "exp_month": 12,
            "exp_year": 2034,
            "fingerprint": world.ids.digest(behaviour, 16),
            "funding": "credit",
            "last4": face["last4"],
            "networks": {"available": [face["brand"]], "preferred": None},
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        created=world.now(customer),
        customer=None,
        metadata={},
        type="card",
    )
    if face["brand"] == "sepa_debit":
        make_debit(world, method, face["last4"])
    private(method)["behaviour"] = behaviour
    world.store.add(method)
    if customer:
        attach(world, method, customer)
    return method


def make_debit(world: World, method: Json, last4: str) -> None:
    """Turn a card into a mandate to debit a bank account."""
    del method["card"]
    method["type"] = "sepa_debit"
    method["sepa_debit"] = {
        "bank_code": "19043",
        "branch_code": "",
        "country": "AT",
        "fingerprint": world.ids.digest(last4, 16),
        "generated_from": {"charge": None, "setup_attempt": None},
        "last4": last4,
    }


def attach(world: World, method: Json, customer: str) -> None:
    method["customer"] = customer
    emit(world, "payment_method.attached", method)


def make_default(world: World, customer: Json, method: Json) -> None:
    with changing(world, customer, "customer.updated"):
        customer["invoice_settings"]["default_payment_method"] = method["id"]


def method_for(world: World, customer_id: str | None, *preferred: str | None) -> Json | None:
    """The card that would be charged: the first *preferred* one, else the customer's default."""
    customer = world.store.find("customer", customer_id or "")
    default = customer["invoice_settings"]["default_payment_method"] if customer else None
    for id_ in (*preferred, default):
        method = world.store.find("payment_method", id_ or "")
        if method:
            return method
    return None


def behaviour_of(method: Json | None) -> str:
    return str(private(method)["behaviour"]) if method else "decline"


def new_intent(
    world: World, *, amount: int, currency: str, customer: str | None, metadata: Json | None = None
) -> Json:
    id_ = world.ids.next("pi")
    intent = blank(
        "payment_intent",
        id=id_,
        amount=amount,
        currency=currency,
        customer=customer,
        capture_method="automatic",
        client_secret=f"{id_}_secret_{world.ids.digest(id_, 25)}",
        confirmation_method="automatic",
        created=world.now(customer),
        metadata=dict(metadata or {}),
        payment_method_types=["card"],
        payment_method_options={},
        status="requires_payment_method",
    )
    world.store.add(intent)
    emit(world, "payment_intent.created", intent)
    return intent


def pay(world: World, intent: Json, method: Json | None) -> str:
    """Charge *method*. Returns *intent*'s status: succeeded, processing or requires_payment_method."""
    behaviour = behaviour_of(method)
    intent["payment_method"] = method["id"] if method else None
    if behaviour == "delayed" or behaviour in DEBITS:
        intent["status"] = "processing"
        if behaviour in DEBITS:
            world.store.later(world.now(intent) + DEBIT_TAKES, DEBITS[behaviour], intent)
        emit(world, "payment_intent.processing", intent)
    elif behaviour == "decline":
        fail(world, intent)
    else:
        succeed(world, intent)
    return str(intent["status"])


def succeed(world: World, intent: Json) -> None:
    charge = new_charge(world, intent, paid=True)
    intent.update(
        status="succeeded",
        amount_received=intent["amount"],
        latest_charge=charge["id"],
        last_payment_error=None,
    )
    emit(world, "charge.succeeded", charge)
    emit(world, "payment_intent.succeeded", intent)


def fail(world: World, intent: Json) -> None:
    charge = new_charge(world, intent, paid=False)
    intent.update(
        status="requires_payment_method",
        latest_charge=charge["id"],
        payment_method=None,
        last_payment_error={
            "charge": charge["id"],
            "code": "card_declined",
            "decline_code": "generic_decline",
            "message": "Your card was declined.",
            "type": "card_error",
        },
    )
    emit(world, "charge.failed", charge)
    emit(world, "payment_intent.payment_failed", intent)


def new_charge(world: World, intent: Json, *, paid: bool) -> Json:
    method = world.store.find("payment_method", intent["payment_method"] or "")
    amount = intent["amount"]
    charge = blank(
        "charge",
        id=world.ids.next("ch"),
        amount=amount,
        amount_captured=amount if paid else 0,
        billing_details=method["billing_details"] if method else blank("charge")["billing_details"],
        captured=paid,
        created=world.now(intent),
        currency=intent["currency"],
        customer=intent["customer"],
        failure_code=None if paid else "card_declined",
        failure_message=None if paid else "Your card was declined.",
        metadata=dict(intent["metadata"]),
        outcome={
            "advice_code": None,
            "network_advice_code": None,
            "network_decline_code": None,
            "network_status": "approved_by_network" if paid else "declined_by_network",
            "reason": None if paid else "generic_decline",
            "seller_message": "Payment complete." if paid else "The bank did not say why.",
            "type": "authorized" if paid else "issuer_declined",
        },
        paid=paid,
        payment_intent=intent["id"],
        payment_method=intent["payment_method"],
        payment_method_details=details_of(method),
        status="succeeded" if paid else "failed",
    )
    charge.pop("refunds", None)
    private(charge)["behaviour"] = behaviour_of(method)
    if paid and behaviour_of(method) in LATER:
        world.store.later(charge["created"], LATER[behaviour_of(method)], charge)
    return world.store.add(charge)


def pays_at_once(method: Json | None) -> bool:
    """Whether a charge of *method* succeeds while the caller waits."""
    slow = {"decline", "delayed", *DEBITS}
    return method is not None and behaviour_of(method) not in slow


def details_of(method: Json | None) -> Json | None:
    """How a charge shows its payment method."""
    if method is None:
        return None
    kind = method["type"]
    return {kind: dict(method[kind]), "type": kind}


def can_charge(method: Json | None) -> bool:
    return method is not None and behaviour_of(method) not in {"decline"}
