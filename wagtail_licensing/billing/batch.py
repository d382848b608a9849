"""One batch of subscriptions that wait: leases, fetch and write as for one, for hundreds.

What one by one would have made of them, in the order of their requests, is what comes out. Nothing
is open while Stripe is asked. What cannot be written together is written in halves, down to the one
that fails: that one waits as it would have alone, and the rest is written.
"""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, transaction

from . import claims
from . import lease as leases
from .batch_write import Read, write_read
from .client import Gateway, inside_transaction
from .errors import Missing, Refused, StripeFailure, Unavailable
from .facts import SubscriptionFacts
from .fetch import complete_subscription, fetch_subscription
from .lease import Lease
from .listed import Json, list_subscriptions
from .targets import SUBSCRIPTION

logger = logging.getLogger(__name__)

#: Targets in one batch, and those that are written in one transaction.
BATCH, CHUNK = 500, 100
#: Seconds for which a batch is read from Stripe. Well within the lease; the rest is given back.
READING = 40


@dataclass(slots=True)
class Batch:
    """What became of a batch: targets that were taken, applied, that wait for another try, that somebody
    else took over, and that were given back as they were."""

    taken: int = 0
    applied: int = 0
    waits: int = 0
    fenced: int = 0
    given_back: int = 0

    @property
    def goes_on(self) -> bool:
        """Tell whether another batch is worth a try now."""
        return self.applied > 0 and self.given_back == 0


def apply_batch(*, at: datetime, limit: int = BATCH, gateway: Gateway | None = None) -> Batch:
    """Apply up to ``limit`` subscriptions that wait, the oldest first.

    Raises ``RuntimeError`` inside a transaction, and nothing for what Stripe or an object do.
    """
    if inside_transaction():
        raise RuntimeError("objects of Stripe's are not read inside a transaction")
    taken = claims.take_many(kind=SUBSCRIPTION, at=at, limit=limit)
    run = _Run(Batch(taken=len(taken)), at)
    if not taken:
        return run.batch
    try:
        run.read_all(gateway or Gateway(), taken)
        read = [(lease, run.read[lease.target_id]) for lease in taken if lease.target_id in run.read]
        for start in range(0, len(read), CHUNK):
            run.write(read[start : start + CHUNK])
    except ImproperlyConfigured as error:
        run.fail(taken[0], Refused(str(error)))
    finally:
        run.give_back(taken)
    return run.batch


@dataclass(slots=True)
class _Run:
    """A batch under way. ``read`` is what Stripe has, ``done`` are the targets that were dealt with."""

    batch: Batch
    at: datetime
    read: dict[int, SubscriptionFacts | None] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)
    begun: float = field(default_factory=time.monotonic)

    def read_all(self, gateway: Gateway, taken: Sequence[Lease]) -> None:
        """Read what was taken, while there is time: as a list where that goes, the rest one by one."""
        try:
            for lease, raw in list_subscriptions(gateway, taken):
                self._read(lease, _completing(gateway, raw))
                if self._is_late:
                    return
            for lease in taken:
                if self._is_late:
                    return
                if self._is_open(lease):
                    self._read(lease, _fetching(gateway, lease))
        except StripeFailure as failure:
            # Stripe, not an object: one waits as it would alone, the others were not asked for.
            logger.warning("A batch of subscriptions stops: %s", failure)
            blamed = next(filter(self._is_open, taken), None)
            if blamed is not None:
                self.fail(blamed, failure)

    @property
    def _is_late(self) -> bool:
        return time.monotonic() - self.begun > READING

    def _is_open(self, lease: Lease) -> bool:
        return lease.target_id not in self.done and lease.target_id not in self.read

    def _read(self, lease: Lease, read: Callable[[], SubscriptionFacts | None]) -> None:
        try:
            self.read[lease.target_id] = read()
        except StripeFailure as failure:
            if isinstance(failure, Refused | Unavailable):
                raise
            self.fail(lease, failure)
        except Exception as error:  # noqa: BLE001 - the target is parked with it
            self._crash(lease, error)

    def write(self, some: list[Read]) -> None:
        """Write what was read in one transaction; in halves, if that fails."""
        try:
            with transaction.atomic():
                kept = write_read(some, at=self.at)
        except (OperationalError, InterfaceError):
            logger.exception("%d subscriptions wait for the database", len(some))
            for lease, _facts in some:
                self.fail(lease, Unavailable("the database failed"))
        except Exception as error:  # noqa: BLE001 - the target is parked with it
            if len(some) == 1:
                self._crash(some[0][0], error)
                return
            logger.warning("%d subscriptions are written in halves: %s", len(some), type(error).__name__)
            self.write(some[: len(some) // 2])
            self.write(some[len(some) // 2 :])
        else:
            self.batch.applied += kept
            self.batch.fenced += len(some) - kept
            self.done |= {lease.target_id for lease, _facts in some}

    def fail(self, lease: Lease, failure: StripeFailure) -> None:
        """Let a target wait for what Stripe or the database did."""
        leases.fail(lease, failure=failure, at=self.at)
        logger.warning("%s %s waits: %s", lease.kind, lease.object_id, failure)
        self._waits(lease)

    def _crash(self, lease: Lease, error: Exception) -> None:
        leases.crash(lease, error=error, at=self.at)
        logger.error("%s %s could not be applied", lease.kind, lease.object_id, exc_info=error)
        self._waits(lease)

    def _waits(self, lease: Lease) -> None:
        self.batch.waits += 1
        self.done.add(lease.target_id)

    def give_back(self, taken: Sequence[Lease]) -> None:
        """Give back what was not dealt with."""
        rest = [lease for lease in taken if lease.target_id not in self.done]
        claims.give_back(rest, at=self.at)
        self.batch.given_back = len(rest)


def _completing(gateway: Gateway, raw: Json) -> Callable[[], SubscriptionFacts]:
    return lambda: complete_subscription(gateway, raw)


def _fetching(gateway: Gateway, lease: Lease) -> Callable[[], SubscriptionFacts | None]:
    def fetch() -> SubscriptionFacts | None:
        try:
            return fetch_subscription(gateway, lease.object_id)
        except Missing:
            return None

    return fetch
