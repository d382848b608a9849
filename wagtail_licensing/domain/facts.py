"""What an access decision is made of: gates with their rules, and what a person holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from .states import State
from .validity import entitles


class Audience(StrEnum):
    """For whom a gate opens."""

    LICENSED = "licensed"
    MEMBERS = "members"
    EVERYONE = "everyone"


class Freedom(Protocol):
    """What says whether a gate is open to everyone: its facts, or the gate itself."""

    @property
    def audience(self) -> str: ...
    @property
    def free_until(self) -> datetime | None: ...
    @property
    def free_from(self) -> datetime | None: ...


def is_free(gate: Freedom, at: datetime) -> bool:
    """Tell whether ``gate`` is open to everyone at ``at``, by its audience or by its dates."""
    if gate.audience == Audience.EVERYONE:
        return True
    if gate.free_until is not None and at < gate.free_until:
        return True
    return gate.free_from is not None and gate.free_from <= at


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """An entitlement rule of a gate: the product that opens it, ``after`` being held that long.

    ``keeps``: what was published while the product was held stays open when it has ended.
    ``downloads``: how many files behind the gate a license downloads a month; None is without limit.
    The decision does not count them: who sends a file does.
    """

    product_id: int
    after: timedelta = timedelta(0)
    keeps: bool = False
    downloads: int | None = None


@dataclass(frozen=True, slots=True)
class GateFacts:
    """A gate with the rules that open it.

    Before the instant ``free_until`` and from the instant ``free_from`` on it is open to everyone.
    ``free_reads`` pages a month are free to a signed-in visitor; 0 is none. The decision does not
    count them: who serves a page does.
    """

    id: int
    audience: str
    rules: tuple[RuleFacts, ...] = ()
    free_until: datetime | None = None
    free_from: datetime | None = None
    free_reads: int = 0

    def is_free(self, at: datetime) -> bool:
        """Tell whether the gate is open to everyone at ``at``, by its audience or by its dates."""
        return is_free(self, at)


@dataclass(frozen=True, slots=True)
class LicenseFacts:
    """What the decision needs to know of a license or a seat on one."""

    id: int
    product_id: int
    state: str
    pending_reason: str
    starts_at: datetime
    access_until: datetime | None
    held_since: datetime

    def entitles(self, at: datetime) -> bool:
        """Tell whether this license opens anything at ``at``."""
        return entitles(
            state=self.state,
            pending_reason=self.pending_reason,
            starts_at=self.starts_at,
            access_until=self.access_until,
            at=at,
        )

    def ended_at(self, at: datetime) -> datetime | None:
        """Return when this license ended by itself, or None if it has not, or was taken away."""
        if self.state in _TAKEN_AWAY or self.access_until is None or at < self.access_until:
            return None
        return self.access_until


#: What was held until then is not kept: it was revoked, is held back, or was never in force.
_TAKEN_AWAY = frozenset({State.REVOKED, State.SUSPENDED, State.PENDING})


@dataclass(frozen=True, slots=True)
class HolderFacts:
    """A person before a gate: signed in or not, the licenses held, and grants given by hand."""

    signed_in: bool = False
    active: bool = True
    licenses: tuple[LicenseFacts, ...] = ()
    granted_products: frozenset[int] = frozenset()
    granted_gates: frozenset[int] = frozenset()
