"""Lists: narrow a queryset to what a person opens, in the database."""

import logging
import traceback
from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

from django.db.models import Q, QuerySet
from wagtail.documents.models import AbstractDocument

from ..compat import page_model, permission_policy
from ..conf import now
from ..domain.access import HolderFacts, decide, kept_between
from ..domain.passing import entitled_since, passes
from ..models.gates import WithoutAccess
from .freshness import Loaded, current, reloaded
from .holder import Holdings, load_holdings, with_every_license
from .index import GateIds, GateIndex, content_type_id
from .lookups import IsAmong, OpenByPath, buckets_of
from .watching import is_nobody, note_consulted

logger = logging.getLogger("wagtail_licensing.access")

_Q = TypeVar("_Q", bound=QuerySet[Any])


def only_accessible(queryset: _Q, user: Any, at: datetime | None = None) -> _Q:
    """Return ``queryset`` without the objects that ``user`` does not open at ``at``: pages, documents,
    images, media files, or any other model with gates of its own.

    Composes with any filter, order and search before and after it; slice afterwards. What a
    person holds is read now: do not keep the result longer than a request.

    No query and no look at the user where nothing is gated, one query otherwise, one more where a
    rule keeps what was published while its product was held, and for people with editing permissions
    what Wagtail asks to know which. The size of the condition does not grow with the number of gates.
    Raises :class:`TypeError` for a queryset that is sliced; any other error is logged and leaves
    nothing in the list.
    """
    return _narrowed(queryset, user, at, teasers=False)


def only_listable(queryset: _Q, user: Any, at: datetime | None = None) -> _Q:
    """Return ``queryset`` without the pages that are hidden from ``user`` at ``at``.

    Pages behind a gate that shows a teaser or the sign-in page stay, open or not: for menus and
    lists that show a lock. Show their titles and teasers only. Composes and costs as
    :func:`only_accessible` does, and raises the same.
    """
    return _narrowed(queryset, user, at, teasers=True)


def _narrowed(queryset: _Q, user: Any, at: datetime | None, *, teasers: bool) -> _Q:
    if queryset.query.is_sliced:
        raise TypeError("only_accessible() comes before the slice")
    try:
        condition = _condition(queryset.model, user, at or now(), teasers)
        return queryset if condition is None else queryset.filter(condition)
    except Exception as error:  # noqa: BLE001 - any error denies
        note_consulted(fleeting=True)
        frames = "".join(traceback.format_tb(error.__traceback__))
        logger.error("A list could not be narrowed and is empty: %s\n%s", type(error).__name__, frames)
        return queryset.none()


def _condition(model: type[Any], user: Any, at: datetime, teasers: bool) -> Q | None:
    loaded = current()
    if loaded.index.is_empty:
        return None
    if not is_nobody(user):
        note_consulted()
    signed_in = user is not None and user.is_authenticated
    if signed_in and user.is_active and user.is_superuser:
        return None
    loaded, holdings = _holdings(loaded, user, at, signed_in)
    verdicts = _Verdicts(loaded.index, holdings.holder, at, teasers=teasers)
    condition = _remembered(verdicts, model)
    if condition is None:
        return None
    if loaded.index.any_rule_keeps and signed_in and user.is_active:
        note_consulted(fleeting=True)
        for kept in _kept(model, verdicts, with_every_license(holdings.holder, user), at):
            condition |= kept
    if holdings.edits:
        note_consulted(fleeting=True)
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


def _kept(model: type[Any], verdicts: "_Verdicts", holder: HolderFacts, at: datetime) -> Iterator[Q]:
    """Say what ended licenses keep: in each span, what was published then, behind one gate more."""
    published = "first_published_at" if issubclass(model, page_model()) else "created_at"
    if published not in {field.name for field in model._meta.get_fields()}:
        return
    spans: dict[tuple[datetime, datetime], set[int]] = {}
    for number, gate in enumerate(verdicts.index.rule_sets):
        for license in holder.licenses:
            for rule in gate.rules:
                if rule.product_id == license.product_id and (span := kept_between(license, rule, at)):
                    spans.setdefault(span, set()).add(number)
    for (start, end), kept in spans.items():
        behind = _remembered(verdicts.with_open(kept), model)
        in_span = Q(**{f"{published}__gte": start, f"{published}__lt": end})
        yield in_span if behind is None else behind & in_span


#: Conditions that an index remembers: one for each set of verdicts, of which a site has few.
_MOST_REMEMBERED = 32


class _Verdicts:
    """Which gates open for one person. Gates with the same rules share one decision.

    With ``teasers`` a gate counts as open, too, unless it hides what stands behind it.
    """

    def __init__(
        self, index: GateIndex, holder: HolderFacts, at: datetime, *, teasers: bool = False
    ) -> None:
        self.index = index
        self._teasers = teasers
        # The gate that stands for all with its rules may be granted alone: that is asked apart.
        by_rules = replace(holder, granted_gates=frozenset())
        since = entitled_since(by_rules, at)
        self._open_rules = frozenset(
            number for number, gate in enumerate(index.rule_sets) if passes(gate, by_rules, since, at)
        )
        self._open_anyway = frozenset(
            gate_id
            for gate_id in holder.granted_gates.intersection(index.facts)
            if decide([index.facts[gate_id]], holder, at).allowed
        )

    @property
    def key(self) -> tuple[Any, ...]:
        """All that the verdicts depend on, for one index."""
        return self._open_rules, self._open_anyway, self._teasers

    def with_open(self, rules: Iterable[int]) -> "_Verdicts":
        """Return the same, with the gates of ``rules`` open too."""
        other = copy(self)
        other._open_rules = self._open_rules.union(rules)
        return other

    def open(self, gate_ids: GateIds) -> bool:
        """Tell whether all of the gates open."""
        return all(self._opens(gate_id) for gate_id in gate_ids)

    def _opens(self, gate_id: int) -> bool:
        if gate_id in self._open_anyway or self.index.rule_set_of[gate_id] in self._open_rules:
            return True
        return self._teasers and self.index.without_access[gate_id] != WithoutAccess.NOT_FOUND


def _remembered(verdicts: _Verdicts, model: type[Any]) -> Q | None:
    """Return the condition for the verdicts: people who open the same gates share it.

    It holds no more of a person than that, and goes with the index.
    """
    memory = verdicts.index.memory
    key = (model, verdicts.key)
    if key not in memory:
        if len(memory) >= _MOST_REMEMBERED:
            memory.clear()
        memory[key] = _build(verdicts, model)
    return cast("Q | None", memory[key])


def _build(verdicts: _Verdicts, model: type[Any]) -> Q | None:
    if issubclass(model, page_model()):
        return _open_pages(verdicts)
    if issubclass(model, AbstractDocument):
        return _open_in_collections(verdicts, verdicts.index.documents)
    return _open_objects(verdicts, model)


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


def _open_in_collections(verdicts: _Verdicts, own: Mapping[Any, GateIds]) -> Q | None:
    """Objects with gates of their own, by id; the others have those of their collection."""
    collections = tuple(
        sorted(pk for pk, ids in verdicts.index.collections.items() if ids and not verdicts.open(ids))
    )
    closed, opened = _by_verdict(verdicts, own)
    parts: list[Q] = []
    if closed:
        parts.append(~Q(IsAmong("id", closed)))
    if collections:
        elsewhere = ~Q(IsAmong("collection_id", collections))
        # Not every model lets a search filter by its key: it is asked for only if it matters.
        parts.append(elsewhere | Q(IsAmong("id", opened)) if opened else elsewhere)
    return _all(parts)


def _open_objects(verdicts: _Verdicts, model: type[Any]) -> Q | None:
    of_model = content_type_id(model) if verdicts.index.objects else 0
    own = {
        model._meta.pk.to_python(pk): gates
        for (type_id, pk), gates in verdicts.index.objects.items()
        if type_id == of_model
    }
    if any(field.name == "collection" for field in model._meta.get_fields()):
        return _open_in_collections(verdicts, own)
    closed, _ = _by_verdict(verdicts, own)
    return ~Q(pk__in=closed) if closed else None


def _by_verdict(
    verdicts: _Verdicts, own: Mapping[Any, GateIds]
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    closed = tuple(sorted(pk for pk, ids in own.items() if not verdicts.open(ids)))
    return closed, tuple(sorted(pk for pk, ids in own.items() if verdicts.open(ids)))


def _all(parts: list[Q]) -> Q | None:
    if not parts:
        return None
    condition = parts[0]
    for part in parts[1:]:
        condition &= part
    return condition
