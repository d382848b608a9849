"""The gates of the site as one value: what stands where, found without a query.

A page is looked up by slicing its ``path``: one probe for each length at which a gate stands.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from wagtail.models import Collection

from ..compat import page_model
from ..domain.access import GateFacts, RuleFacts
from ..grants.by_hand import permissions_given
from ..models import EntitlementRule, FloorRestriction, Gate
from ..models.gates import GateKind, WithoutAccess
from .aliases import AliasRow, close_aliases

GateIds = tuple[int, ...]
#: A content type and a key as text: any object that is no page and no document.
ObjectKey = tuple[int, str]


@dataclass(frozen=True, slots=True)
class PathTable:
    """Gates by tree path; the nearest one on the way down to a path counts."""

    gates: Mapping[str, GateIds] = field(default_factory=dict)
    lengths: tuple[int, ...] = ()

    @classmethod
    def of(cls, gates: Mapping[str, GateIds]) -> "PathTable":
        """Return a table of ``gates``, with the lengths that occur, longest first."""
        return cls(gates, tuple(sorted({len(path) for path in gates}, reverse=True)))

    def nearest(self, path: str) -> GateIds:
        """Return the gates on the longest prefix of ``path`` that has any."""
        for length in self.lengths:
            if length <= len(path) and (found := self.gates.get(path[:length])):
                return found
        return ()


EMPTY_TABLE = PathTable()


@dataclass(frozen=True, slots=True)
class GateIndex:
    """Every gate of the site, by target.

    ``pages`` holds gates and those that translations share, ``aliases`` what the sources of
    aliases add for an alias and everything under it, ``alias_types`` the page-type gates that
    sources add for the alias alone, ``known_aliases`` the id of the source of each. ``collections``
    knows every collection, gated or not, as soon as one is gated. ``floor`` has the gate of each
    of Wagtail's restrictions that is ours. ``rule_sets`` has one gate
    for each set of rules that occurs: gates that share it open for the same people; ``rule_set_of``
    has its number by the id of the gate. ``permissions``
    has the codenames of guardian's permissions that count in a decision. ``memory`` is for what
    readers work out from all this.
    """

    facts: Mapping[int, GateFacts] = field(default_factory=dict)
    without_access: Mapping[int, str] = field(default_factory=dict)
    kinds: Mapping[int, str] = field(default_factory=dict)
    pages: PathTable = EMPTY_TABLE
    aliases: PathTable = EMPTY_TABLE
    alias_types: Mapping[str, GateIds] = field(default_factory=dict)
    known_aliases: Mapping[str, Any] = field(default_factory=dict)
    page_types: Mapping[int, GateIds] = field(default_factory=dict)
    documents: Mapping[int, GateIds] = field(default_factory=dict)
    objects: Mapping[ObjectKey, GateIds] = field(default_factory=dict)
    collections: Mapping[int, GateIds] = field(default_factory=dict)
    areas: Mapping[str, GateIds] = field(default_factory=dict)
    translation_keys: frozenset[Any] = frozenset()
    floor: Mapping[int, int] = field(default_factory=dict)
    rule_sets: tuple[GateFacts, ...] = ()
    rule_set_of: Mapping[int, int] = field(default_factory=dict)
    permissions: Mapping[int, str] = field(default_factory=dict)
    memory: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_empty(self) -> bool:
        """Tell whether no gate stands anywhere."""
        return not self.facts

    def gates_of_page(self, page: Any) -> GateIds:
        """Return the ids of the gates before a page; none is repeated.

        No query, except for an alias that is younger than this index: its source is loaded then.
        """
        if self.is_empty:
            return ()
        path = page.path
        found = self.gates_of_path(path, page.content_type_id)
        if page.alias_of_id and self.known_aliases.get(path) != page.alias_of_id:
            found += self._gates_of_source(page)
        return tuple(dict.fromkeys(found))

    def gates_of_path(self, path: str, content_type_id: int) -> GateIds:
        """Return the ids of the gates before the page at ``path``; some may be repeated."""
        own = self.pages.nearest(path) or self.page_types.get(content_type_id, ())
        return own + self.aliases.nearest(path) + self.alias_types.get(path, ())

    def _gates_of_source(self, page: Any) -> GateIds:
        found: GateIds = ()
        seen = {page.pk}
        source = page.alias_of
        while source is not None and source.pk not in seen:
            seen.add(source.pk)
            found += self.gates_of_path(source.path, source.content_type_id)
            source = source.alias_of if source.alias_of_id else None
        return found

    def gates_of_document(self, document: Any) -> GateIds:
        """Return the ids of the gates before a document: its own, else those of its collection.

        Raises :class:`LookupError` for a collection that is younger than this index.
        """
        if self.is_empty:
            return ()
        return self.documents.get(document.pk) or self.gates_of_collection(document.collection_id)

    def gates_of_collection(self, collection_id: int) -> GateIds:
        """Return the ids of the gates before a collection, its own or inherited."""
        return self.collections[collection_id] if self.collections else ()

    def gates_of_object(self, target: Any) -> GateIds:
        """Return the ids of the gates before any other object, an image for example: its own, else
        those of its collection if it lies in one.

        Raises :class:`LookupError` for a collection that is younger than this index.
        """
        if self.is_empty:
            return ()
        own: GateIds = ()
        if self.objects:
            own = self.objects.get((content_type_id(type(target)), str(target.pk)), ())
        collection_id = getattr(target, "collection_id", None)
        return own or (() if collection_id is None else self.gates_of_collection(collection_id))

    @property
    def any_rule_keeps(self) -> bool:
        """Tell whether a rule keeps what was published while its product was held."""
        return any(rule.keeps for gate in self.rule_sets for rule in gate.rules)


def content_type_id(model: type[Any]) -> int:
    """Return the id of the content type that gates of ``model`` name. No query but the first."""
    return int(ContentType.objects.get_for_model(model).pk)


def _rule_sets(gates: Iterable[GateFacts]) -> tuple[tuple[GateFacts, ...], dict[int, int]]:
    """Return one gate for each set of rules, and the number of its set for every gate."""
    first: dict[Any, GateFacts] = {}
    numbers: dict[Any, int] = {}
    number_of: dict[int, int] = {}
    for gate in gates:
        # What decides about a gate but for grants of the gate itself.
        rules = (gate.audience, gate.rules, gate.free_until, gate.free_from)
        first.setdefault(rules, gate)
        number_of[gate.id] = numbers.setdefault(rules, len(numbers))
    return tuple(first.values()), number_of


def load_index() -> GateIndex:
    """Read every gate. Two queries without gates; up to nine with them."""
    gates = _gates()
    if not gates:
        return GateIndex(permissions=permissions_given())
    pages = _page_table(gates)
    page_types = _with_subclasses(_by(gates, GateKind.PAGE_TYPE, "page_type_id"))
    aliases = _alias_rows() if pages.gates or page_types else []
    closed = close_aliases(aliases, pages, page_types)
    facts = _facts(gates)
    rule_sets, rule_set_of = _rule_sets(facts.values())
    hides = any(gate.without_access == WithoutAccess.NOT_FOUND for gate in gates)
    return GateIndex(
        facts=facts,
        rule_sets=rule_sets,
        rule_set_of=rule_set_of,
        without_access={gate.pk: gate.without_access for gate in gates},
        kinds={gate.pk: gate.kind for gate in gates},
        pages=pages,
        aliases=PathTable.of(closed.subtrees),
        alias_types=closed.alone,
        known_aliases={row.path: row.source_id for row in aliases},
        page_types=page_types,
        documents=_by(gates, GateKind.DOCUMENT, "document_id"),
        objects={
            (gate.object_type_id, gate.object_id): (gate.pk,)
            for gate in gates
            if gate.object_type_id is not None and gate.object_id is not None
        },
        collections=_collections(gates),
        areas=_by(gates, GateKind.AREA, "area"),
        translation_keys=frozenset(
            gate.page.translation_key for gate in gates if gate.kind == GateKind.PAGE and gate.page
        ),
        permissions=permissions_given(),
        floor=dict(_floor_rows()) if hides else {},
    )


def _floor_rows() -> Any:
    return FloorRestriction.objects.values_list("restriction_id", "gate_id")


def _gates() -> list[Gate]:
    return list(
        Gate.objects.select_related("page")
        .only(
            "kind",
            "audience",
            "without_access",
            "page_type_id",
            "collection_id",
            "document_id",
            "object_type_id",
            "object_id",
            "area",
            "free_until",
            "free_from",
            "free_reads",
            "page__path",
            "page__translation_key",
        )
        .order_by("pk")
    )


def _facts(gates: Iterable[Gate]) -> dict[int, GateFacts]:
    rules: dict[int, list[RuleFacts]] = {}
    rows = EntitlementRule.objects.order_by("product__sort_order", "product_id").values_list(
        "gate_id", "product_id", "after_days", "keeps", "downloads_per_month"
    )
    for gate_id, product_id, after_days, keeps, downloads in rows:
        rule = RuleFacts(product_id, timedelta(days=after_days), keeps, downloads)
        rules.setdefault(gate_id, []).append(rule)
    return {
        gate.pk: GateFacts(
            id=gate.pk,
            audience=gate.audience,
            rules=tuple(rules.get(gate.pk, ())),
            free_until=gate.free_until,
            free_from=gate.free_from,
            free_reads=gate.free_reads,
        )
        for gate in gates
    }


def _by(gates: Iterable[Gate], kind: str, attribute: str) -> dict[Any, GateIds]:
    return {getattr(gate, attribute): (gate.pk,) for gate in gates if gate.kind == kind}


def _with_subclasses(gated: dict[Any, GateIds]) -> dict[Any, GateIds]:
    """Let the gate of a page type stand before the types that are made from it too; the nearest
    class counts."""
    if not gated:
        return gated
    models = [
        model for model in apps.get_models() if issubclass(model, page_model()) and not model._meta.proxy
    ]
    ids = {model: content_type_id(model) for model in models}
    found = dict(gated)
    for model, pk in ids.items():
        bases = (ids.get(base) for base in model.__mro__)
        nearest = next((gated[base] for base in bases if base in gated), None)
        if nearest is not None:
            found[pk] = nearest
    return found


def _page_table(gates: Iterable[Gate]) -> PathTable:
    """Place page gates at their paths, and at those of translations without a gate of their own."""
    own: dict[str, GateIds] = {}
    by_key: dict[Any, GateIds] = {}
    for gate in gates:
        if gate.kind != GateKind.PAGE or gate.page is None:
            continue
        own[gate.page.path] = (gate.pk,)
        by_key[gate.page.translation_key] = (*by_key.get(gate.page.translation_key, ()), gate.pk)
    if not own:
        return EMPTY_TABLE
    pages = page_model()._base_manager
    gated = pages.filter(licensing_gates__isnull=False).values("translation_key")
    rows = pages.filter(translation_key__in=gated).values_list("path", "translation_key")
    shared = {path: by_key[key] for path, key in rows if path not in own and key in by_key}
    return PathTable.of({**shared, **own})


def _alias_rows() -> list[AliasRow]:
    rows = page_model()._base_manager.filter(alias_of__isnull=False)
    return [
        AliasRow(*row)
        for row in rows.values_list("path", "alias_of__path", "alias_of__content_type_id", "alias_of_id")
    ]


def _collections(gates: Iterable[Gate]) -> dict[int, GateIds]:
    by_id = _by(gates, GateKind.COLLECTION, "collection_id")
    if not by_id:
        return {}
    rows = list(Collection.objects.values_list("pk", "path"))
    table = PathTable.of({path: by_id[pk] for pk, path in rows if pk in by_id})
    return {pk: table.nearest(path) for pk, path in rows}
