"""Lists: narrow a queryset to what a person opens, in the database."""

import logging
import traceback
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db.models import Q, QuerySet
from wagtail.documents.models import AbstractDocument

from ..compat import page_model, permission_policy
from ..conf import now
from ..domain.access import HolderFacts, decide
from .freshness import Loaded, current, reloaded
from .holder import Holdings, load_holdings
from .index import GateIds, GateIndex
from .lookups import IsAmong, OpenByPath, buckets_of

logger = logging.getLogger("wagtail_licensing.access")

_Q = TypeVar("_Q", bound=QuerySet[Any])


def only_accessible(queryset: _Q, user: Any, at: datetime | None = None) -> _Q:
    """Return ``queryset`` without the pages or documents that ``user`` does not open at ``at``.

    Composes with any filter, order and search before and after it; slice afterwards. What a
    person holds is read now: do not keep the result longer than a request.

    No query and no look at the user where nothing is gated, one query otherwise, and for people
    with editing permissions what Wagtail asks to know which. The size of the condition does not
    grow with the number of gates. Raises :class:`TypeError` for a queryset of anything else or one
    that is sliced; any other error is logged and leaves nothing in the list.
    """
    is_page = issubclass(queryset.model, page_model())
    if not is_page and not issubclass(queryset.model, AbstractDocument):
        raise TypeError(f"only_accessible() lists pages or documents, not {queryset.model.__name__}")
    if queryset.query.is_sliced:
        raise TypeError("only_accessible() comes before the slice")
    try:
        condition = _condition(
            queryset.model, user, at or now(), _open_pages if is_page else _open_documents
        )
        return queryset if condition is None else queryset.filter(condition)
    except Exception as error:  # noqa: BLE001 - any error denies
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("A list could not be narrowed and is empty: %s\n%s", type(error).__name__, frames)
        return queryset.none()


def _condition(
    model: type[Any], user: Any, at: datetime, build: Callable[["_Verdicts"], Q | None]
) -> Q | None:
    loaded = current()
    if loaded.index.is_empty:
        return None
    signed_in = user is not None and user.is_authenticated
    if signed_in and user.is_active and user.is_superuser:
        return None
    loaded, holdings = _holdings(loaded, user, at, signed_in)
    condition = _remembered(_Verdicts(loaded.index, holdings.holder, at), build)
    if condition is not None and holdings.edits:
        actions = {"change", "publish"} if issubclass(model, page_model()) else {"change"}
        editable = permission_policy(model).instances_user_has_any_permission_for(user, actions)
        condition |= Q(pk__in=editable.order_by().values("pk"))
    return condition


def _holdings(loaded: Loaded, user: Any, at: datetime, signed_in: bool) -> tuple[Loaded, Holdings]:
    if not signed_in or not user.is_active:
        holder = HolderFacts(signed_in=signed_in, active=not signed_in or user.is_active)
        return loaded, Holdings(holder, loaded.version)
    holdings = load_holdings(user, at=at, ask_edits=True)
    if holdings.version != loaded.version:
        loaded = reloaded()
    return loaded, holdings


#: Conditions that an index remembers: one for each set of verdicts, of which a site has few.
_MOST_REMEMBERED = 32


class _Verdicts:
    """Which gates open for one person. Gates with the same rules share one decision."""

    def __init__(self, index: GateIndex, holder: HolderFacts, at: datetime) -> None:
        self.index = index
        # The gate that stands for all with its rules may be granted alone: that is asked apart.
        by_rules = replace(holder, granted_gates=frozenset())
        self._open_rules = frozenset(
            rules for rules, gate in index.gates_by_rules.items() if decide([gate], by_rules, at).allowed
        )
        self._open_anyway = frozenset(
            gate_id
            for gate_id in holder.granted_gates.intersection(index.facts)
            if decide([index.facts[gate_id]], holder, at).allowed
        )

    @property
    def key(self) -> tuple[Any, ...]:
        """All that the verdicts depend on, for one index."""
        return self._open_rules, self._open_anyway

    def open(self, gate_ids: GateIds) -> bool:
        """Tell whether all of the gates open."""
        return all(self._opens(gate_id) for gate_id in gate_ids)

    def _opens(self, gate_id: int) -> bool:
        return gate_id in self._open_anyway or self.index.rules_of(gate_id) in self._open_rules


def _remembered(verdicts: _Verdicts, build: Callable[[_Verdicts], Q | None]) -> Q | None:
    """Return the condition for the verdicts: people who open the same gates share it.

    It holds no more of a person than that, and goes with the index.
    """
    memory = verdicts.index.memory
    key = (build, verdicts.key)
    if key not in memory:
        if len(memory) >= _MOST_REMEMBERED:
            memory.clear()
        memory[key] = build(verdicts)
    return cast("Q | None", memory[key])


def _open_pages(verdicts: _Verdicts) -> Q | None:
    index = verdicts.index
    parts: list[Q] = []
    for table in (index.pages, index.aliases):
        gates = table.gates
        buckets = buckets_of(gates, lambda path, gates=gates: verdicts.open(gates[path]))  # type: ignore[misc]
        if buckets:
            parts.append(Q(OpenByPath("path", buckets)))
    closed_types = [pk for pk, gates in index.page_types.items() if not verdicts.open(gates)]
    if closed_types:
        # A page gate on the way is nearer than the gate of the type; one on top covers all below.
        uncovered = Q(OpenByPath("path", buckets_of(index.pages.gates, lambda path: False)))
        parts.append(~Q(content_type__in=sorted(closed_types)) | ~uncovered)
    closed_aliases = tuple(
        sorted(path for path, gates in index.alias_types.items() if not verdicts.open(gates))
    )
    if closed_aliases:
        parts.append(~Q(IsAmong("path", closed_aliases)))
    return _all(parts)


def _open_documents(verdicts: _Verdicts) -> Q | None:
    index = verdicts.index
    closed = tuple(sorted(pk for pk, ids in index.documents.items() if not verdicts.open(ids)))
    opened = tuple(sorted(pk for pk, ids in index.documents.items() if verdicts.open(ids)))
    collections = tuple(
        sorted(pk for pk, ids in index.collections.items() if ids and not verdicts.open(ids))
    )
    parts: list[Q] = []
    if closed:
        parts.append(~Q(IsAmong("id", closed)))
    if collections:
        own = Q(IsAmong("id", opened)) if opened else Q(pk__in=[])
        parts.append(~Q(IsAmong("collection_id", collections)) | own)
    return _all(parts)


def _all(parts: list[Q]) -> Q | None:
    if not parts:
        return None
    condition = parts[0]
    for part in parts[1:]:
        condition &= part
    return condition
