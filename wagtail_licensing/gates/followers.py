"""What follows the rule of a gate: how much of each kind, and one of each to try a change on."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, Min, Q
from wagtail.documents import get_document_model
from wagtail.images import get_image_model

from ..access.before import behind
from ..compat import page_model
from ..models import Gate
from ..models.gates import GateKind
from .files.kinds import media_model


@dataclass(frozen=True, slots=True)
class Followers:
    """``count`` targets that stand behind the same gates, with ``sample`` as one of them."""

    count: int
    sample: Any

    @property
    def are_pages(self) -> bool:
        """Tell whether they are pages; otherwise files, other objects or an area."""
        return isinstance(self.sample, page_model())


def following(page: Any) -> Any:
    """Return the pages that follow the rule of ``page``: itself, and those below it with no gate
    nearer. One query now, one when they are read."""
    pages = page_model().objects.filter(path__startswith=page.path)
    below = page_model().objects.filter(path__startswith=page.path).exclude(pk=page.pk)
    own = Gate.objects.filter(kind=GateKind.PAGE, page_id__in=below.values("pk"))
    for path in own.values_list("page__path", flat=True):
        pages = pages.exclude(path__startswith=path)
    return pages


def followers_of_page(page: Any) -> list[Followers]:
    """Return what follows ``page`` by type of page; the page itself stands for its own. Three
    queries."""
    return _by_type(following(page))


def followers_of_gate(gate: Gate) -> list[Followers]:
    """Return what stands behind ``gate`` as things are: pages (translations and aliases too) by type,
    files by kind, or the one object or area. Four queries at most, whatever there is."""

    def is_it(gate_id: int) -> bool:
        return gate_id == gate.pk

    if gate.kind in (GateKind.PAGE, GateKind.PAGE_TYPE):
        return _by_type(page_model().objects.filter(behind(page_model(), is_it)))
    if gate.kind == GateKind.COLLECTION:
        models = [get_document_model(), get_image_model(), media_model()]
        found = [_files(model, behind(model, is_it)) for model in models if model is not None]
        return [followers for followers in found if followers is not None]
    target = {GateKind.DOCUMENT: gate.document, GateKind.AREA: gate.area}.get(GateKind(gate.kind))
    target = gate.target_object if gate.kind == GateKind.OBJECT else target
    return [] if target is None else [Followers(1, target)]


def _by_type(pages: Any) -> list[Followers]:
    """Group pages by type, and aliases apart: other gates stand before those, too."""
    is_alias = ExpressionWrapper(Q(alias_of__isnull=False), output_field=BooleanField())
    rows = pages.order_by().annotate(is_alias=is_alias).values("content_type_id", "is_alias")
    found = list(rows.annotate(count=Count("pk"), first=Min("path")).order_by("first"))
    samples = page_model().objects.in_bulk([row["first"] for row in found], field_name="path")
    return [Followers(row["count"], samples[row["first"]]) for row in found]


def _files(model: Any, condition: Q) -> Followers | None:
    files = model._default_manager.filter(condition)
    count = files.count()
    return Followers(count, files.order_by("pk").first()) if count else None


def followers_of_gates(gates: Iterable[Gate]) -> list[Followers]:
    """Return what stands behind any of ``gates``. The queries grow with the number of gates."""
    return [followers for gate in gates for followers in followers_of_gate(gate)]
