"""Which gates stand before which targets and why there, for the lists and reports of editors.

Nobody's access is decided here.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db.models import Q
from wagtail.documents.models import AbstractDocument
from wagtail.models import Collection

from ..compat import page_model
from ..models import Gate
from ..models.gates import GateKind
from .freshness import current
from .index import GateIds, content_type_id
from .lookups import IsAmong, OpenByPath, buckets_of
from .reader import look_up


class GateSource(StrEnum):
    """How a gate comes to stand before a target."""

    OWN = "own"
    INHERITED = "inherited"
    TRANSLATION = "translation"
    PAGE_TYPE = "page_type"
    COLLECTION = "collection"
    ALIAS = "alias"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class GateBefore:
    """A gate before a target, with its target and rules loaded, and how it comes to stand there."""

    gate: Gate
    source: GateSource


def gates_before(targets: Iterable[Any]) -> list[tuple[GateBefore, ...]]:
    """Return the gates before each of ``targets``, in their order; nearest first.

    For pages, documents, collections, gates, names of areas, and whatever else can be gated. Three
    queries at most, whatever the number of targets, and none while nothing is gated.
    """
    targets = list(targets)
    ids = [look_up(target)[1] for target in targets]
    gates = _load({gate_id for found in ids for gate_id in found})
    return [
        tuple(
            GateBefore(gates[gate_id], _source(gates[gate_id], target))
            for gate_id in found
            if gate_id in gates
        )
        for target, found in zip(targets, ids, strict=True)
    ]


def _load(gate_ids: set[int]) -> dict[int, Gate]:
    if not gate_ids:
        return {}
    related = ("page", "page_type", "collection", "document")
    gates = Gate.objects.select_related(*related).prefetch_related("rules__product")
    return {gate.pk: gate for gate in gates.filter(pk__in=gate_ids)}


def _source(gate: Gate, target: Any) -> GateSource:
    if isinstance(target, page_model()):
        return _source_for_page(gate, target)
    if gate.kind != GateKind.COLLECTION or isinstance(target, Gate):
        return GateSource.OWN
    if isinstance(target, Collection):
        return GateSource.OWN if gate.collection_id == target.pk else GateSource.INHERITED
    return GateSource.COLLECTION


def _source_for_page(gate: Gate, page: Any) -> GateSource:
    index = current().index
    here = index.pages.nearest(page.path) or index.page_types.get(page.content_type_id, ())
    if gate.pk not in here:
        return GateSource.ALIAS
    if gate.kind == GateKind.PAGE_TYPE or gate.page is None:
        return GateSource.PAGE_TYPE
    if gate.page_id == page.pk:
        return GateSource.OWN
    inherited = page.path.startswith(gate.page.path)
    return GateSource.INHERITED if inherited else GateSource.TRANSLATION


def behind(model: type[Any], wanted: Callable[[int], bool]) -> Q:
    """Return the condition on rows of ``model`` that one of the gates before them is ``wanted``.

    ``model`` is the page model, or one whose rows lie in a collection; ``wanted`` is asked for ids of
    gates. Its size does not grow with the number of gates. No query while the gate index is young.
    """
    if issubclass(model, page_model()):
        return _pages_behind(wanted)
    return _members_behind(model, wanted)


def _pages_behind(wanted: Callable[[int], bool]) -> Q:
    index = current().index

    def unwanted(ids: GateIds) -> bool:
        return not any(wanted(gate_id) for gate_id in ids)

    # "Open" is what the lookup looks for; here it stands for "not wanted".
    found = Q(pk__in=[])
    for table in (index.pages, index.aliases):
        gates = table.gates
        buckets = buckets_of(gates, lambda path, gates=gates: unwanted(gates[path]))  # type: ignore[misc]
        if buckets:
            found |= ~Q(OpenByPath("path", buckets))
    types = sorted(pk for pk, ids in index.page_types.items() if not unwanted(ids))
    if types:
        uncovered = Q(OpenByPath("path", buckets_of(index.pages.gates, lambda path: False)))
        found |= Q(content_type__in=types) & uncovered
    alone = tuple(sorted(path for path, ids in index.alias_types.items() if not unwanted(ids)))
    if alone:
        found |= Q(IsAmong("path", alone))
    return found


def _members_behind(model: type[Any], wanted: Callable[[int], bool]) -> Q:
    index = current().index
    own = _own_gates(model)

    def chosen(ids: GateIds) -> bool:
        return any(wanted(gate_id) for gate_id in ids)

    found = _among(pk for pk, ids in own.items() if chosen(ids))
    collections = tuple(sorted(pk for pk, ids in index.collections.items() if chosen(ids)))
    if collections and hasattr(model, "collection_id"):
        # A gate of its own is nearer than that of the collection.
        found |= Q(IsAmong("collection_id", collections)) & ~_among(own)
    return found


def with_own_gate(model: type[Any]) -> Q:
    """Return the condition that a row of ``model`` has a gate of its own. No query while the gate
    index is young; one subquery for pages."""
    if issubclass(model, page_model()):
        return Q(pk__in=Gate.objects.filter(kind=GateKind.PAGE).values("page_id"))
    return _among(_own_gates(model))


def _own_gates(model: type[Any]) -> dict[Any, GateIds]:
    """Return the gates of single rows of ``model`` by primary key."""
    index = current().index
    if issubclass(model, AbstractDocument):
        return dict(index.documents)
    if not index.objects:
        return {}
    wanted = content_type_id(model)
    key = model._meta.pk.to_python
    return {key(pk): ids for (type_id, pk), ids in index.objects.items() if type_id == wanted}


def _among(keys: Iterable[Any]) -> Q:
    keys = tuple(keys)
    if all(isinstance(key, int) for key in keys) or all(isinstance(key, str) for key in keys):
        return Q(IsAmong("pk", tuple(sorted(keys))))
    return Q(pk__in=keys)
