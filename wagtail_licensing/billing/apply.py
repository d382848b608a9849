"""Act on an object that changed: lease, fetch, write. The only writer of the mirror.

Webhook, return page, comparison and replay all end here. Nothing is open while Stripe is asked;
everything is written in one transaction, or nothing is.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, transaction

from . import lease as leases
from .client import Gateway, inside_transaction, path_of
from .customers import write_deleted_customer
from .errors import Missing, Refused, StripeFailure, Unavailable
from .fetch import fetch_payment, fetch_session, fetch_subscription, is_customer_deleted
from .inbox import request_sync
from .invoice_payments import fetch_invoice_of, is_ours, write_invoice_payment
from .lease import Lease
from .origin import Origin
from .payments import payment_of, write_payment, write_session
from .subscriptions import write_gone, write_subscription
from .targets import CHECKOUT_SESSION, CUSTOMER, PAYMENT_INTENT, POINTERS, SUBSCRIPTION, pointed_at

logger = logging.getLogger(__name__)

#: Rounds after which a target that changes all the time is left to the next ring.
MAX_ROUNDS = 10

#: Writes what was fetched, and returns the targets to read next.
Write = Callable[[Origin], list[int]]


class Outcome(StrEnum):
    """What became of an attempt."""

    APPLIED = "applied"
    NOTHING = "nothing to do"
    FENCED = "somebody else took over"
    WAITS = "waits for another try"


@dataclass(slots=True)
class Applied:
    """The outcome of an attempt, and the targets that it asked to be read next."""

    outcome: Outcome
    next_targets: list[int] = field(default_factory=list)


def apply_target(*, target_id: int, at: datetime, gateway: Gateway | None = None) -> Applied:
    """Read an object from Stripe as it is now, and make the mirror and the licenses follow.

    Never raises for what Stripe or the object do: the target waits and is tried again. Raises
    ``RuntimeError`` inside a transaction. ``gateway`` replaces the usual line to Stripe.
    """
    if inside_transaction():
        raise RuntimeError("an object of Stripe's is not read inside a transaction")
    result = Applied(Outcome.NOTHING)
    for _ in range(MAX_ROUNDS):
        lease = leases.take(target_id=target_id, at=at)
        if lease is None:
            return result
        try:
            write = _fetch(lease, gateway or Gateway())
            done = _write(lease, write, at=at)
        except StripeFailure as failure:
            leases.fail(lease, failure=failure, at=at)
            logger.warning("%s %s waits: %s", lease.kind, lease.object_id, failure)
            return _waits(result)
        except ImproperlyConfigured as error:
            leases.fail(lease, failure=Refused(str(error)), at=at)
            return _waits(result)
        except (OperationalError, InterfaceError):
            # The database, not the object: it was restarted, is full, or two waited for each other.
            logger.exception("%s %s waits for the database", lease.kind, lease.object_id)
            leases.fail(lease, failure=Unavailable("the database failed"), at=at)
            return _waits(result)
        except Exception as error:
            leases.crash(lease, error=error, at=at)
            logger.exception("%s %s could not be applied", lease.kind, lease.object_id)
            return _waits(result)
        if done is None:
            result.outcome = Outcome.FENCED
            return result
        result.outcome = Outcome.APPLIED
        result.next_targets += [each for each in done if each not in result.next_targets]
    return result


def _waits(result: Applied) -> Applied:
    result.outcome = Outcome.WAITS
    return result


def _fetch(lease: Lease, gateway: Gateway) -> Write:
    """Ask Stripe, and return what writes the answer down."""
    reader = _READERS.get(lease.kind)
    if reader is None:
        raise LookupError(f"nothing reads a {lease.kind}")
    return reader(lease, gateway)


def _write(lease: Lease, write: Write, *, at: datetime) -> list[int] | None:
    """Write under the lease; None when the lease was lost and everything is dropped."""
    with transaction.atomic():
        if not leases.confirm(lease):
            logger.info("%s %s: the lease was lost, the answer is dropped", lease.kind, lease.object_id)
            return None
        origin = Origin(
            account=lease.account,
            livemode=lease.livemode,
            event_id=leases.cause_of(lease),
            at=at,
            is_import=lease.is_import,
        )
        next_targets = write(origin)
        leases.finish(lease, at=at)
    return next_targets


def _read_subscription(lease: Lease, gateway: Gateway) -> Write:
    try:
        facts = fetch_subscription(gateway, lease.object_id)
    except Missing:
        return _last(lambda origin: write_gone(lease.object_id, origin=origin))
    return _last(lambda origin: write_subscription(facts, origin=origin))


def _read_session(lease: Lease, gateway: Gateway) -> Write:
    try:
        facts = fetch_session(gateway, lease.object_id)
    except Missing:
        return _nothing
    return lambda origin: write_session(facts, origin=origin)


def _read_payment(lease: Lease, gateway: Gateway) -> Write:
    known = payment_of(lease.object_id, account=lease.account, livemode=lease.livemode)
    try:
        facts = fetch_payment(gateway, lease.object_id)
        if known is not None and not known.stripe_subscription_id:
            return _last(lambda origin: write_payment(facts, origin=origin))
        ours = is_ours(facts.customer_id, account=lease.account, livemode=lease.livemode)
        if not ours or not (known or facts.is_in_trouble):
            # Payments that went well, and those of other shops on the account.
            return _nothing
        invoice = fetch_invoice_of(gateway, lease.object_id)
    except Missing:
        return _nothing
    if invoice is None:
        return _nothing
    return lambda origin: write_invoice_payment(facts, invoice, origin=origin)


def _read_customer(lease: Lease, gateway: Gateway) -> Write:
    try:
        deleted = is_customer_deleted(gateway, lease.object_id)
    except Missing:
        deleted = True
    if not deleted:
        return _nothing
    return lambda origin: write_deleted_customer(lease.object_id, origin=origin)


def _read_pointer(lease: Lease, gateway: Gateway) -> Write:
    """Find out what an invoice, a charge, a refund or a dispute is about, and have that read."""
    try:
        raw = gateway.get(path_of(POINTERS[lease.kind], lease.object_id))
    except Missing:
        return _nothing
    found = pointed_at(lease.kind, raw)
    if found is None:
        return _nothing
    kind, object_id = found
    return lambda origin: [
        request_sync(kind=kind, object_id=object_id, account=origin.account, at=origin.at)
    ]


def _nothing(origin: Origin) -> list[int]:
    return []


def _last(write: Callable[[Origin], None]) -> Write:
    """Return ``write`` as one that leads to no other object."""

    def written(origin: Origin) -> list[int]:
        write(origin)
        return []

    return written


_READERS: dict[str, Callable[[Lease, Gateway], Write]] = {
    SUBSCRIPTION: _read_subscription,
    CHECKOUT_SESSION: _read_session,
    PAYMENT_INTENT: _read_payment,
    CUSTOMER: _read_customer,
    **dict.fromkeys(POINTERS, _read_pointer),
}
