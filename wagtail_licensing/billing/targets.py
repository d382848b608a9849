"""Which object an event is about: the one to read again. An event says no more than that."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]

CHECKOUT_SESSION = "checkout.session"
SUBSCRIPTION = "subscription"
CUSTOMER = "customer"
PAYMENT_INTENT = "payment_intent"

#: Kinds that only lead to one of those above: the collection at Stripe that each is read from.
POINTERS = {
    "invoice": "invoices",
    "charge": "charges",
    "refund": "refunds",
    "dispute": "disputes",
}

#: The types that are asked for when events are read as a list; Stripe takes at most 20.
EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.subscription.trial_will_end",
    "customer.deleted",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "invoice.overdue",
    "charge.refunded",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.closed",
    "charge.dispute.updated",
)


def target_of(event_type: str, obj: Json) -> tuple[str, str] | None:
    """Return the kind and the id of the object to read again, or None when there is nothing to do.

    ``obj`` is ``data.object`` of the event; it may lack anything.
    """
    for prefix, find in _FINDERS:
        if event_type.startswith(prefix):
            kind, object_id = find(obj)
            return (kind, object_id) if 0 < len(object_id) <= 255 else None
    return None


def related_target(event_type: str, related: Any) -> tuple[str, str] | None:
    """Return the same for a thin event, of which ``related`` is the ``related_object``, or None.

    An object that does not concern us itself (an invoice, a charge) has to be read to know which
    one does: its kind is one of ``POINTERS``.
    """
    name = event_type.removeprefix("v1.")
    if not isinstance(related, dict) or not name.startswith(tuple(prefix for prefix, _ in _FINDERS)):
        return None
    kind, object_id = related.get("type"), id_in(related)
    if not isinstance(kind, str) or kind not in {
        CHECKOUT_SESSION,
        SUBSCRIPTION,
        CUSTOMER,
        PAYMENT_INTENT,
        *POINTERS,
    }:
        return None
    return (kind, object_id) if 0 < len(object_id) <= 255 else None


def pointed_at(kind: str, obj: Json) -> tuple[str, str] | None:
    """Return what an object of one of ``POINTERS`` leads to, or None when it is nothing of ours."""
    found = target_of(f"{'charge' if kind == 'dispute' else kind}.", obj)
    return None if found is None or found[0] == kind else found


def id_in(value: Any) -> str:
    """Return the id in a field of Stripe's: a string, or the expanded object, or nothing."""
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def subscription_of_invoice(invoice: Json) -> str:
    """Return the id of the subscription that an invoice is for, or nothing."""
    parent = invoice.get("parent")
    details = parent.get("subscription_details") if isinstance(parent, dict) else None
    return id_in(details.get("subscription")) if isinstance(details, dict) else ""


_FINDERS: tuple[tuple[str, Callable[[Json], tuple[str, str]]], ...] = (
    ("checkout.session.", lambda obj: (CHECKOUT_SESSION, id_in(obj))),
    ("customer.subscription.", lambda obj: (SUBSCRIPTION, id_in(obj))),
    ("customer.deleted", lambda obj: (CUSTOMER, id_in(obj))),
    ("invoice.", lambda obj: (SUBSCRIPTION, subscription_of_invoice(obj))),
    ("charge.", lambda obj: (PAYMENT_INTENT, id_in(obj.get("payment_intent")))),
    ("refund.", lambda obj: (PAYMENT_INTENT, id_in(obj.get("payment_intent")))),
    ("payment_intent.", lambda obj: (PAYMENT_INTENT, id_in(obj))),
)
