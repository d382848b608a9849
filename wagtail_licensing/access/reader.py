"""One person before any number of targets: what they hold is read once."""

import logging
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from ..conf import now
from ..domain.access import (
    FAILED,
    NO_GATE,
    AccessDecision,
    AccessReason,
    Audience,
    GateFacts,
    HolderFacts,
    RuleFacts,
    decide,
)
from ..models import LicenseProduct
from .editors import may_edit, may_edit_by_permission
from .freshness import Loaded, current, reloaded
from .holder import Holdings, load_holdings, with_every_license
from .index import GateIds
from .persona import Persona
from .targets import gates_of
from .watching import is_fleeting, is_nobody, note_consulted

logger = logging.getLogger("wagtail_licensing.access")

#: Stands for the gate when a product is asked for, which needs none.
_NO_GATE_ID = 0


class Reader:
    """Decides for one ``user`` at one instant ``at`` (default: now). Keep it for one request at most.

    ``user`` may be a user, an anonymous user, None, or lazy; it stays unloaded while nobody has to
    be asked. However many targets are asked about: one query for what the user holds (without
    ``many`` of the products that open the first target, and a second one for all if another target
    needs others), one more when a reason needs the licenses that have ended, and Wagtail's own for
    editors. With ``many`` these do not grow with the number of pages; reviewers of a workflow count
    as editors only without it.
    """

    def __init__(self, user: Any, *, at: datetime | None = None, many: bool = False) -> None:
        self.user = user
        self.at = at or now()
        self._many = many
        self._holdings: Holdings | None = None
        #: The products that the holdings are about; None: all.
        self._read: frozenset[int] | None = None
        self._every_license: HolderFacts | None = None

    def check(self, target: Any) -> AccessDecision:
        """Decide about one target. Never raises: any error is logged and denies."""
        try:
            if isinstance(target, LicenseProduct):
                return self._noted(self._check_products([target.pk], target), always=True)
            return self._noted(self._check(target))
        except Exception as error:  # noqa: BLE001 - any error denies
            return self._noted(_failed(error, target), always=True)

    def check_products(self, product_ids: Iterable[int]) -> AccessDecision:
        """Decide whether the user holds one of the products. Never raises."""
        try:
            return self._noted(self._check_products(product_ids, None), always=True)
        except Exception as error:  # noqa: BLE001 - any error denies
            return self._noted(_failed(error, None), always=True)

    @property
    def entitling_products(self) -> tuple[int, ...]:
        """The ids of the products whose licenses entitle the user now. At most one query."""
        if self.user is None or not self.user.is_authenticated or not self.user.is_active:
            return ()
        note_consulted()
        licenses = self._held(None).holder.licenses
        held = (license.product_id for license in licenses if license.entitles(self.at))
        return tuple(dict.fromkeys(held))

    def _noted(self, decision: AccessDecision, *, always: bool = False) -> AccessDecision:
        """Return ``decision``, noted for whoever watches if it depends on the person or the clock."""
        if (always or decision.consulted_a_gate) and (decision.allowed or not is_nobody(self.user)):
            note_consulted(fleeting=is_fleeting(decision))
        return decision

    def _check_products(self, product_ids: Iterable[int], target: Any) -> AccessDecision:
        rules = tuple(RuleFacts(product_id) for product_id in product_ids)
        gate = GateFacts(_NO_GATE_ID, Audience.LICENSED, rules)
        decision = self._answer([gate], target, version=None)
        assert decision is not None  # noqa: S101 - only another version of the gates gives None
        return replace(decision, gate_id=None, gate_ids=())

    def _check(self, target: Any) -> AccessDecision:
        loaded, ids = look_up(target)
        decision = self._answer(_facts(loaded, ids), target, version=loaded.version)
        if decision is None:  # the gates have changed since the index was read
            loaded, ids = look_up(target, reloaded())
            decision = self._answer(_facts(loaded, ids), target, version=None)
        assert decision is not None  # noqa: S101 - without a version it is always an answer
        return decision

    def _answer(
        self, gates: Sequence[GateFacts], target: Any, *, version: int | None
    ) -> AccessDecision | None:
        """Decide, or return None when the gates turn out to have another version than ``version``."""
        if not gates:
            return NO_GATE
        if all(gate.is_free(self.at) for gate in gates):
            return decide(gates, HolderFacts(), self.at)
        user = self.user
        if user is None or not user.is_authenticated:
            return decide(gates, HolderFacts(), self.at)
        if not user.is_active or not any(gate.audience == Audience.LICENSED for gate in gates):
            decision = decide(gates, HolderFacts(signed_in=True, active=user.is_active), self.at)
            if decision.allowed or not user.is_active:
                return decision
        # A template that asks for one product asks for others too: read all, once.
        asks_for_products = gates[0].id == _NO_GATE_ID
        holdings = self._held(None if asks_for_products else _products_of(gates))
        if version is not None and holdings.version != version:
            self._holdings = None
            return None
        decision = decide(gates, holdings.holder, self.at)
        if decision.allowed:
            return decision
        if self._may_edit(target, holdings):
            return _as_editor(decision)
        if decision.reason is AccessReason.NOT_YET and not _keep(gates):
            return decision
        everything = self._with_every_license(holdings.holder)
        return decide(gates, everything, self.at, published_at=first_published(gates, target))

    def _may_edit(self, target: Any, holdings: Holdings) -> bool:
        if isinstance(self.user, Persona):
            return False
        if not self._many:
            return may_edit(self.user, target)
        if not holdings.edits and not self.user.is_superuser:
            return False
        return may_edit_by_permission(self.user, target)

    def _held(self, products: frozenset[int] | None) -> Holdings:
        """Return what the user holds, of ``products`` (None: all) at least."""
        known = self._holdings
        if known is not None:
            if self._read is None or (products is not None and products <= self._read):
                return known
            products = None
        if self._many:
            products = None
        self._holdings = load_holdings(self.user, at=self.at, products=products, ask_edits=self._many)
        self._read = products
        return self._holdings

    def _with_every_license(self, holder: HolderFacts) -> HolderFacts:
        if self._every_license is None:
            self._every_license = with_every_license(holder, self.user)
        return self._every_license


def look_up(target: Any, loaded: Loaded | None = None) -> tuple[Loaded, GateIds]:
    """Return the current index and the ids of the gates before ``target`` in it."""
    loaded = loaded or current()
    try:
        return loaded, gates_of(loaded.index, target)
    except LookupError:  # the target is younger than the index
        loaded = reloaded()
        return loaded, gates_of(loaded.index, target)


def _products_of(gates: Sequence[GateFacts]) -> frozenset[int]:
    """Return the products that open one of the gates."""
    if len(gates) == 1 and len(gates[0].rules) == 1:
        return frozenset((gates[0].rules[0].product_id,))
    return frozenset(rule.product_id for gate in gates for rule in gate.rules)


def _keep(gates: Sequence[GateFacts]) -> bool:
    return any(rule.keeps for gate in gates for rule in gate.rules)


def first_published(gates: Sequence[GateFacts], target: Any) -> datetime | None:
    """Return when the target was first published, if a rule asks: a page's day, a file's upload."""
    if not _keep(gates):
        return None
    published = getattr(target, "first_published_at", None) or getattr(target, "created_at", None)
    return published if isinstance(published, datetime) else None


def _facts(loaded: Loaded, ids: GateIds) -> list[GateFacts]:
    return [loaded.index.facts[gate_id] for gate_id in ids]


def _as_editor(denied: AccessDecision) -> AccessDecision:
    return AccessDecision(
        allowed=True,
        reason=AccessReason.EDITOR,
        gate_id=denied.gate_id,
        gate_ids=denied.gate_ids,
        opened_by=denied.opened_by,
    )


def _failed(error: Exception, target: Any) -> AccessDecision:
    # The kind of error and of target, nothing of the person: a message may quote a value.
    logger.error(
        "An access decision failed and denies: %s at a %s\n%s",
        type(error).__name__,
        type(target).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
    )
    return FAILED
