"""The access decision: the only place that decides who opens what."""

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
from ..models import Gate, LicenseProduct
from ..models.gates import GateKind
from .editors import may_edit
from .freshness import Loaded, current, reloaded
from .holder import load_holdings, with_every_license
from .index import GateIds
from .targets import gates_of

logger = logging.getLogger("wagtail_licensing.access")

#: Stands for the gate when a product is asked for, which needs none.
_NO_GATE_ID = 0


def check_access(user: Any, target: Any, at: datetime | None = None) -> AccessDecision:
    """Decide whether ``user`` opens ``target`` at the instant ``at`` (default: now).

    ``user`` is a user, an anonymous user, None, or a lazy user that stays unloaded while nobody has
    to be asked. ``target`` is a page, document, collection, gate, license product, or the name of an
    area; a name that no gate carries is closed for nobody.

    Never raises: whatever goes wrong is logged and denies, with the reason ``error``. No query where
    no gate stands; one where a license, a seat or a grant opens; more only to tell why not, and to
    ask Wagtail whether the user may edit the target.
    """
    try:
        at = at or now()
        if isinstance(target, LicenseProduct):
            return check_products(user, [target.pk], at=at, target=target)
        return _check(user, target, at)
    except Exception as error:  # noqa: BLE001 - any error denies
        return _failed(error, target)


def has_access(user: Any, target: Any, at: datetime | None = None) -> bool:
    """Tell whether ``user`` opens ``target``; see :func:`check_access`."""
    return check_access(user, target, at).allowed


def check_products(
    user: Any, product_ids: Iterable[int], *, at: datetime | None = None, target: Any = None
) -> AccessDecision:
    """Decide whether ``user`` holds one of the products. Never raises; one query when they do."""
    try:
        rules = tuple(RuleFacts(product_id) for product_id in product_ids)
        gate = GateFacts(_NO_GATE_ID, Audience.LICENSED, rules)
        decision = _answer([gate], user, target, at or now(), None)
        assert decision is not None  # noqa: S101 - only another version of the gates gives None
        return replace(decision, gate_id=None, gate_ids=())
    except Exception as error:  # noqa: BLE001 - any error denies
        return _failed(error, target)


def effective_gates(target: Any) -> tuple[GateFacts, ...]:
    """Return the gates before ``target``, whoever asks; all of them have to open.

    No query while the gate index is young. Raises :class:`TypeError` for what cannot be gated.
    """
    loaded, ids = _look_up(target)
    return tuple(loaded.index.facts[gate_id] for gate_id in ids)


def nearest_gate(page: Any) -> Gate | None:
    """Return the gate that governs ``page`` where it stands: its own, an inherited one, that of a
    translation, or that of its type. One query when there is one."""
    loaded, ids = _look_up(page)
    return Gate.objects.select_related("page", "page_type").filter(pk=ids[0]).first() if ids else None


def without_access(decision: AccessDecision) -> str:
    """Return what the gate that denied wants shown: ``teaser``, ``login`` or ``not_found``."""
    return str(current().index.without_access.get(decision.gate_id or _NO_GATE_ID, "teaser"))


def area_exists(name: str) -> bool:
    """Tell whether a gate of the named area stands."""
    return name in current().index.areas


def any_gate(*kinds: GateKind) -> bool:
    """Tell whether a gate of one of ``kinds`` stands anywhere; of any kind when none is named."""
    present = current().index.kinds.values()
    return any(kind in present for kind in kinds) if kinds else bool(present)


def _check(user: Any, target: Any, at: datetime) -> AccessDecision:
    loaded, ids = _look_up(target)
    decision = _answer_for(loaded, ids, user, target, at)
    if decision is None:  # the gates have changed since the index was read
        loaded, ids = _look_up(target, reloaded())
        decision = _answer_for(loaded, ids, user, target, at, final=True)
    assert decision is not None  # noqa: S101 - the final answer is always one
    return decision


def _look_up(target: Any, loaded: Loaded | None = None) -> tuple[Loaded, GateIds]:
    loaded = loaded or current()
    try:
        return loaded, gates_of(loaded.index, target)
    except LookupError:
        loaded = reloaded()
        return loaded, gates_of(loaded.index, target)


def _answer_for(
    loaded: Loaded, ids: GateIds, user: Any, target: Any, at: datetime, *, final: bool = False
) -> AccessDecision | None:
    gates = [loaded.index.facts[gate_id] for gate_id in ids]
    return _answer(gates, user, target, at, None if final else loaded.version)


def _answer(
    gates: Sequence[GateFacts], user: Any, target: Any, at: datetime, version: int | None
) -> AccessDecision | None:
    """Decide, or return None when the gates turn out to have another version than ``version``."""
    if not gates:
        return NO_GATE
    if all(gate.audience == Audience.EVERYONE for gate in gates):
        return decide(gates, HolderFacts(), at)
    if user is None or not user.is_authenticated:
        return decide(gates, HolderFacts(), at)
    holder = HolderFacts(signed_in=True, active=user.is_active)
    decision = decide(gates, holder, at)
    if decision.allowed or not user.is_active:
        return decision
    holdings = load_holdings(user, at=at)
    if version is not None and holdings.version != version:
        return None
    decision = decide(gates, holdings.holder, at)
    if decision.allowed:
        return decision
    if may_edit(user, target):
        return AccessDecision(
            allowed=True,
            reason=AccessReason.EDITOR,
            gate_id=decision.gate_id,
            gate_ids=decision.gate_ids,
            opened_by=decision.opened_by,
        )
    if decision.reason is AccessReason.NOT_YET:
        return decision
    return decide(gates, with_every_license(holdings.holder, user), at)


def _failed(error: Exception, target: Any) -> AccessDecision:
    # The kind of error and of target, nothing of the person: a message may quote a value.
    logger.error(
        "An access decision failed and denies: %s at a %s\n%s",
        type(error).__name__,
        type(target).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
    )
    return FAILED


def gates_of_aliases(paths: Iterable[str]) -> dict[str, tuple[GateFacts, ...]]:
    """Return the gates that the aliases at ``paths`` have only through their sources. No query
    while the gate index is young."""
    index = current().index
    found: dict[str, tuple[GateFacts, ...]] = {}
    for path in paths:
        if path in index.known_aliases:
            ids = index.aliases.nearest(path) + index.alias_types.get(path, ())
            found[path] = tuple(index.facts[gate_id] for gate_id in dict.fromkeys(ids))
    return {path: facts for path, facts in found.items() if facts}


def gates_around(page: Any) -> bool:
    """Tell whether a page just saved has to be placed anew: it translates a gated page, or is no
    longer the alias that it was. No query while the gate index is young."""
    index = current().index
    if index.is_empty:
        return False
    was_alias = page.path in index.known_aliases
    if was_alias != (page.alias_of_id is not None):
        return True
    return page.translation_key in index.translation_keys and page.path not in index.pages.gates
