"""The rows of the access report: everything that can be gated, with the rule that applies to it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from ..access.before import GateBefore, GateSource, gates_before
from ..compat import page_model
from ..gates.readers import count_readers_by_gate
from ..models import Gate
from ..models.gates import GateAudience, GateKind
from .gates import audience_words
from .links import GATES
from .rule_filters import FREE, INHERITED, NONE, narrow
from .targets import models_of_targets

AREA = "area"
KINDS = {
    "page": gettext_lazy("Page"),
    "document": gettext_lazy("Document"),
    "image": gettext_lazy("Image"),
    "media": gettext_lazy("Media file"),
    AREA: gettext_lazy("Named area"),
}

SOURCE_WORDS = {
    GateSource.OWN: gettext_lazy("Own rule"),
    GateSource.INHERITED: gettext_lazy("Inherited from “%(title)s”"),
    GateSource.TRANSLATION: gettext_lazy("Translation of “%(title)s”"),
    GateSource.PAGE_TYPE: gettext_lazy("Page type “%(title)s”"),
    GateSource.COLLECTION: gettext_lazy("Collection “%(title)s”"),
    GateSource.ALIAS: gettext_lazy("Alias of “%(title)s”"),
}

#: How many rows an export reads at a time.
_CHUNK = 500

_EDIT_VIEWS = {
    "page": "wagtailadmin_pages:edit",
    "document": "wagtaildocs:edit",
    "image": "wagtailimages:edit",
    "media": "wagtailmedia:edit",
}


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One row: a target, the gates before it, nearest first, and how many people the nearest lets in."""

    kind: str
    pk: Any
    title: str
    place: str
    before: tuple[GateBefore, ...]
    counted: int

    @property
    def token(self) -> str:
        """Return how the target is named in an address."""
        return f"{self.kind}:{self.pk}"

    @property
    def gate(self) -> Gate | None:
        """Return the nearest gate."""
        return self.before[0].gate if self.before else None

    @property
    def kind_words(self) -> str:
        """Return what it is."""
        return str(KINDS[self.kind])

    @property
    def rule(self) -> str:
        """Return for whom it opens; with several gates, all have to open."""
        if not self.before:
            return gettext("Everyone: no gate")
        return "; ".join(audience_words(before.gate) for before in self.before)

    @property
    def source(self) -> str:
        """Return where the rule comes from."""
        words = (
            str(SOURCE_WORDS[before.source]) % {"title": before.gate.target_label}
            for before in self.before
        )
        return "; ".join(words)

    @property
    def without_access(self) -> str:
        """Return what people without access see; empty where everybody has it."""
        if self.gate is None or self.gate.audience == GateAudience.EVERYONE:
            return ""
        return str(self.gate.get_without_access_display())

    @property
    def readers(self) -> int | str:
        """Return how many people get in by a license or a seat, or who else does."""
        if self.gate is None or self.gate.audience == GateAudience.EVERYONE:
            return gettext("everyone")
        if self.gate.audience == GateAudience.MEMBERS:
            return gettext("every member")
        return self.counted

    @property
    def edit_url(self) -> str:
        """Return the address at which it is edited."""
        if self.kind == AREA:
            return reverse(f"{GATES}:edit", args=[self.gate.pk]) if self.gate else ""
        return reverse(_EDIT_VIEWS[self.kind], args=[self.pk])


class AccessRows:
    """All rows, kind by kind: pages in the order of the tree, the rest by title.

    Counting costs a query for each kind. A slice costs one for each kind in it and five for their
    rules and readers, however many rows there are on the site.
    """

    def __init__(
        self,
        *,
        at: datetime,
        kinds: tuple[str, ...] = (),
        search: str = "",
        rule: str = "",
        products: tuple[Any, ...] = (),
        modes: tuple[str, ...] = (),
    ) -> None:
        self.at = at
        self._search = search
        self._wanted: dict[str, Any] = {"rule": rule, "products": products, "modes": modes}
        self._querysets = {
            kind: self._queryset(kind) for kind in self._kinds_there_are() if not kinds or kind in kinds
        }

    @staticmethod
    def _kinds_there_are() -> list[str]:
        models = models_of_targets()
        return [kind for kind in KINDS if kind == AREA or kind in models]

    def _queryset(self, kind: str) -> Any:
        if kind == AREA:
            return self._areas()
        model = models_of_targets()[kind]
        queryset = model._default_manager.all()
        if self._search:
            queryset = queryset.filter(title__icontains=self._search)
        if model is page_model():
            queryset = queryset.filter(depth__gt=1).order_by("path")
        else:
            queryset = queryset.order_by("title", "pk")
        return narrow(queryset, **self._wanted)

    def _areas(self) -> Any:
        """Return the gates of areas: an area is what has a gate, so that its rule is its own."""
        wanted = self._wanted
        gates = Gate.objects.filter(kind=GateKind.AREA).order_by("area")
        if self._search:
            gates = gates.filter(area__icontains=self._search)
        if wanted["rule"] in (NONE, INHERITED):
            return gates.none()
        if wanted["rule"] == FREE:
            gates = gates.filter(audience=GateAudience.EVERYONE)
        if wanted["products"]:
            gates = gates.filter(
                audience=GateAudience.LICENSED, rules__product__in=wanted["products"]
            ).distinct()
        if wanted["modes"]:
            gates = gates.filter(without_access__in=wanted["modes"]).exclude(
                audience=GateAudience.EVERYONE
            )
        return gates

    @cached_property
    def _counts(self) -> dict[str, int]:
        return {kind: queryset.count() for kind, queryset in self._querysets.items()}

    def __len__(self) -> int:
        return sum(self._counts.values())

    def count(self) -> int:
        """Return the number of rows."""
        return len(self)

    def __getitem__(self, wanted: slice) -> list[AccessRow]:
        start, stop, _step = wanted.indices(len(self))
        found: list[tuple[str, Any]] = []
        for kind, queryset in self._querysets.items():
            size = self._counts[kind]
            if start < size and stop > 0:
                found += [(kind, item) for item in queryset[max(start, 0) : min(stop, size)]]
            start, stop = start - size, stop - size
        return self._rows(found)

    def __iter__(self) -> Iterator[AccessRow]:
        for start in range(0, len(self), _CHUNK):
            yield from self[start : start + _CHUNK]

    def _rows(self, found: list[tuple[str, Any]]) -> list[AccessRow]:
        targets = [item.area if kind == AREA else item for kind, item in found]
        before = gates_before(targets)
        nearest = {row[0].gate.pk for row in before if row}
        readers = count_readers_by_gate(gate_ids=nearest, at=self.at) if nearest else {}
        return [
            AccessRow(
                kind=kind,
                pk=item.area if kind == AREA else item.pk,
                title=_title(kind, item),
                place=_place(item),
                before=gates,
                counted=readers.get(gates[0].gate.pk, 0) if gates else 0,
            )
            for (kind, item), gates in zip(found, before, strict=True)
        ]


def _title(kind: str, item: Any) -> str:
    if kind == AREA:
        return str(item.area)
    return str(getattr(item, "draft_title", "") or item.title)


def _place(item: Any) -> str:
    """Return what tells two pages of one title apart."""
    return str(getattr(item, "url_path", "") or "")
