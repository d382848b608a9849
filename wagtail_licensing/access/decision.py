"""The access decision: the only place that decides who opens what."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from ..domain.access import AccessDecision, Audience, GateFacts
from ..models import Gate
from ..models.gates import GateKind, WithoutAccess
from .freshness import current
from .reader import Reader, look_up


def check_access(user: Any, target: Any, at: datetime | None = None) -> AccessDecision:
    """Decide whether ``user`` opens ``target`` at the instant ``at`` (default: now).

    ``user`` is a user, an anonymous user, None, or a lazy user that stays unloaded while nobody has
    to be asked. ``target`` is a page, document, collection, gate, license product, or the name of an
    area; a name that no gate carries is closed for nobody.

    Never raises: whatever goes wrong is logged and denies, with the reason ``error``. No query where
    no gate stands; one where a license, a seat or a grant opens; more only to tell why not, and to
    ask Wagtail whether the user may edit the target.
    """
    return Reader(user, at=at).check(target)


def has_access(user: Any, target: Any, at: datetime | None = None) -> bool:
    """Tell whether ``user`` opens ``target``; see :func:`check_access`."""
    return check_access(user, target, at).allowed


def effective_gates(target: Any) -> tuple[GateFacts, ...]:
    """Return the gates before ``target``, whoever asks; all of them have to open.

    No query while the gate index is young. Raises :class:`TypeError` for what cannot be gated.
    """
    loaded, ids = look_up(target)
    return tuple(loaded.index.facts[gate_id] for gate_id in ids)


def nearest_gate(page: Any) -> Gate | None:
    """Return the gate that governs ``page`` where it stands: its own, an inherited one, that of a
    translation, or that of its type. One query when there is one."""
    loaded, ids = look_up(page)
    return Gate.objects.select_related("page", "page_type").filter(pk=ids[0]).first() if ids else None


def gate_of_type(page: Any) -> Gate | None:
    """Return the gate of the type of ``page``, or of the nearest type that it is made from; wherever
    the page stands. One query, none where there is none."""
    ids = current().index.page_types.get(page.content_type_id, ())
    gates = Gate.objects.select_related("page_type").prefetch_related("rules__product")
    return gates.filter(pk=ids[0]).first() if ids else None


def without_access(decision: AccessDecision) -> str:
    """Return what the gate that denied wants shown: ``teaser``, ``login`` or ``not_found``."""
    return str(current().index.without_access.get(decision.gate_id or 0, WithoutAccess.TEASER))


def is_hidden(decision: AccessDecision) -> bool:
    """Tell whether a denial must not even tell that the target is there."""
    return not decision.allowed and without_access(decision) == WithoutAccess.NOT_FOUND


def gate_hides(gate_id: int) -> bool:
    """Tell whether the gate with this id hides what stands behind it. No query while the gate index
    is young."""
    return current().index.without_access.get(gate_id) == WithoutAccess.NOT_FOUND


def anything_hidden() -> bool:
    """Tell whether some gate hides what stands behind it. No query while the gate index is young."""
    return WithoutAccess.NOT_FOUND in current().index.without_access.values()


def floor_of(restriction_id: int) -> int | None:
    """Return the id of the gate that a page view restriction of ours belongs to; None for any other.
    No query while the gate index is young."""
    return current().index.floor.get(restriction_id)


def hidden_aliases() -> dict[str, int]:
    """Return the paths of the aliases that are hidden through their sources, each with a gate that
    hides it. No query while the gate index is young."""
    index = current().index
    hides = WithoutAccess.NOT_FOUND
    return {
        path: gate_id
        for path, gate_ids in index.aliases.gates.items()
        for gate_id in gate_ids
        if index.without_access[gate_id] == hides and index.facts[gate_id].audience != Audience.EVERYONE
    }


def free_reads_of(decision: AccessDecision) -> int:
    """Return how many pages a month the gate that denied gives away; 0 if it hides what is behind it,
    or is not alone."""
    if decision.allowed or decision.gate_id is None or len(decision.gate_ids) != 1:
        return 0
    index = current().index
    if index.without_access.get(decision.gate_id) == WithoutAccess.NOT_FOUND:
        return 0
    gate = index.facts.get(decision.gate_id)
    return gate.free_reads if gate is not None else 0


def strictest_without_access(gates: Iterable[GateFacts]) -> str:
    """Return what shows least to people without access, of what ``gates`` want shown."""
    modes = {current().index.without_access.get(gate.id) for gate in gates}
    order = (WithoutAccess.NOT_FOUND, WithoutAccess.LOGIN)
    return str(next((mode for mode in order if mode in modes), WithoutAccess.TEASER))


def area_exists(name: str) -> bool:
    """Tell whether a gate of the named area stands."""
    return name in current().index.areas


def any_gate(*kinds: GateKind) -> bool:
    """Tell whether a gate of one of ``kinds`` stands anywhere; of any kind when none is named."""
    present = current().index.kinds.values()
    return any(kind in present for kind in kinds) if kinds else bool(present)


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
    longer the alias of the page that it was the alias of. No query while the gate index is young."""
    index = current().index
    if index.is_empty:
        return False
    if index.known_aliases.get(page.path) != page.alias_of_id:
        return True
    return page.translation_key in index.translation_keys and page.path not in index.pages.gates
