"""What is gated: pages, bounded for each gate and type, and files."""

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from wagtail.models import Collection

from ..access import check_access
from ..compat import page_model
from ..gates.files.kinds import FileKind, file_kinds
from ..models import Gate
from ..models.gates import GateKind


def gated_pages(*, per_type: int | None) -> list[Any]:
    """Return published pages that a stranger may not open, as instances of their own types.

    Of each type, ``per_type`` behind every gate (None: all), with their aliases and translations.
    """
    found: dict[int, Any] = {}
    for gate in Gate.objects.exclude(page=None, page_type=None).select_related("page"):
        pages = page_model().objects.live()
        if gate.kind == GateKind.PAGE:
            pages = pages.descendant_of(gate.page, inclusive=True)
        else:
            model = gate.page_type.model_class() if gate.page_type else None
            if model is None:
                continue
            pages = pages.type(model)
        for page in _some_of_each_type(pages, per_type):
            found[page.pk] = page
    keys = [page.translation_key for page in found.values()]
    relatives = page_model().objects.live().filter(translation_key__in=keys)
    aliases = page_model().objects.live().filter(alias_of__in=list(found))
    for page in [*relatives, *aliases]:
        found.setdefault(page.pk, page)
    visitor = AnonymousUser()
    closed = [page for page in found.values() if not check_access(visitor, page).allowed]
    return [page.specific for page in closed]


def open_pages(*, per_type: int | None) -> list[Any]:
    """Return published pages that a stranger may open: content of gated ones could be shown there."""
    pages = page_model().objects.live().filter(depth__gt=1)
    visitor = AnonymousUser()
    return [page for page in _some_of_each_type(pages, per_type) if check_access(visitor, page).allowed]


def _some_of_each_type(pages: Any, limit: int | None) -> Iterator[Any]:
    pages = pages.order_by("path")
    if limit is None:
        yield from pages
        return
    types = pages.order_by().values_list("content_type", flat=True).distinct()
    for content_type in types:
        yield from pages.filter(content_type=content_type)[:limit]


def gated_collections() -> list[Collection]:
    """Return the collections that have a gate of their own."""
    return list(Collection.objects.filter(licensing_gates__isnull=False))


def gated_files() -> tuple[list[tuple[FileKind, Any]], list[Any]]:
    """Return documents, images and media files that have a gate of their own, and apart from them the
    other objects that have one."""
    files: list[tuple[FileKind, Any]] = []
    others = []
    kinds = [kind for kind in file_kinds() if kind.name != "rendition"]
    for gate in Gate.objects.filter(kind__in=[GateKind.DOCUMENT, GateKind.OBJECT]).select_related(
        "document", "object_type"
    ):
        instance = gate.document or gate.target_object
        kind = next((kind for kind in kinds if isinstance(instance, kind.model)), None)
        if kind is not None:
            files.append((kind, instance))
        elif instance is not None:
            others.append(instance)
    return files, others
