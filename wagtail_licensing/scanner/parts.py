"""What belongs to a gated page but is no field of it, and what is gated in an open page."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from modelcluster.models import get_all_child_relations
from wagtail.fields import StreamField
from wagtail.models import ReferenceIndex
from wagtail.snippets.models import get_snippet_models

from ..access import check_access
from ..access.decision import area_exists
from ..access.reader import Reader
from ..compat import page_model
from ..models import Gate
from .canaries import Secret, label_of, plant_in_fields, text_fields
from .report import ScanReport
from .streams import raw_with_marked_parts

#: Where what belongs to a page has to be seen with a license.
_PAGES = ("page", "sub-route")
#: Of each kind of inline child, so many of a page are marked.
CHILDREN = 3
#: A snippet that more than so many objects refer to is none of a gated page.
_REFERENCES = 50


def plant_in_children(page: Any, run: str, report: ScanReport) -> Iterator[Secret]:
    """Put words into the inline children of a gated page, and yield what they are, kind by kind. Where
    the page has none of a kind, one is made if that takes nothing but words."""
    of_every_page = {relation.related_model for relation in get_all_child_relations(page_model())}
    for number, relation in enumerate(get_all_child_relations(type(page))):
        model = relation.related_model
        if model in of_every_page or is_ours(model) or not any(text_fields(model())):
            continue
        name = relation.get_accessor_name()
        children = list(model._base_manager.filter(**{relation.field.name: page.pk})[:CHILDREN])
        children = children or _made(model, relation.field.attname, page)
        secret = Secret(page, f"{label_of(page)}, {name}", kind="part", shown_on=_PAGES)
        for place, child in enumerate(children):
            plant_in_fields(child, secret, f"{run}p{page.pk}c{number}n{place}", prefix=f"{name}.")
        if children:
            yield secret
        else:
            report.add_unscanned(secret.label, "it has no such child, and none could be made")


def _made(model: Any, name: str, page: Any) -> list[Any]:
    child = model(**{name: page.pk})
    try:
        with transaction.atomic():
            # No signal is sent.
            model._base_manager.bulk_create([child])
    except (DatabaseError, ValidationError, ValueError, TypeError):
        return []
    return [child]


def plant_in_snippets(pages: Iterable[Any], run: str) -> Iterator[Secret]:
    """Put words into the snippets to which gated pages refer and nothing else does, and yield them."""
    return snippets_of(pages, lambda snippet: secret_of_object(snippet, run))


def snippets_of(pages: Iterable[Any], recognise: Callable[[Any], Secret]) -> Iterator[Secret]:
    """Yield what ``recognise`` makes of the snippets to which gated pages refer and nothing else does.

    What a snippet says is hidden from those to whom all of these pages are closed.
    """
    models = tuple(model for model in get_snippet_models() if not is_ours(model))
    found: dict[str, Any] = {}
    for page in pages if models else ():
        for row in ReferenceIndex.get_references_for_object(page).select_related("to_content_type"):
            model = row.to_content_type.model_class()
            if model is None or not issubclass(model, models):
                continue
            found.setdefault(f"{model.__name__}{row.to_object_id}", (model, row.to_object_id))
    for model, pk in found.values():
        snippet = model._base_manager.filter(pk=pk).first()
        around = _closed_around(snippet) if snippet is not None else []
        if around:
            secret = recognise(snippet)
            secret.closes = _closes_all(snippet, around)
            yield secret


def is_ours(model: Any) -> bool:
    """Tell whether a model is one of this package."""
    return bool(model._meta.app_label == Gate._meta.app_label)


def _closed_around(snippet: Any) -> list[Any]:
    """Return the pages that refer to a snippet; none where something else does, or a page is open."""
    rows = list(ReferenceIndex.get_references_to(snippet)[: _REFERENCES + 1])
    if len(rows) > _REFERENCES:
        return []
    keys = {(row.base_content_type_id, row.object_id) for row in rows}
    pages = list(page_model().objects.filter(pk__in=[pk for _type, pk in keys if pk.isdecimal()]))
    visitor = AnonymousUser()
    if len(pages) < len(keys) or any(check_access(visitor, page).allowed for page in pages):
        return []
    return pages


def _closes_all(snippet: Any, pages: list[Any]) -> Any:
    def closes(user: Any) -> bool:
        has_gate = not check_access(AnonymousUser(), snippet).allowed
        targets = [snippet] if has_gate else pages
        return not any(check_access(user, target).allowed for target in targets)

    return closes


def secret_of_object(instance: Any, run: str) -> Secret:
    """Put words into an object that is no page, and return by what it is recognised."""
    secret = Secret(instance, label_of(instance), kind="object")
    plant_in_fields(instance, secret, f"{run}{type(instance).__name__.lower()}{instance.pk}")
    return secret


def plant_in_blocks(pages: Iterable[Any], run: str) -> Iterator[tuple[Secret, list[int]]]:
    """Put words into each gated block of open pages; yield what they are, with the ids of the products
    that open them. A block that names an area that has no gate, and no product, opens to nobody."""
    for page in pages:
        instance = page.specific
        streams = [field for field in instance._meta.concrete_fields if isinstance(field, StreamField)]
        for stream in streams:
            yield from _in_stream(instance, stream, run)


def _in_stream(page: Any, stream: StreamField, run: str) -> Iterator[tuple[Secret, list[int]]]:
    found: list[tuple[Secret, list[int]]] = []

    def mark(raw: dict[str, Any]) -> str:
        number = len(found)
        token = f"wlcanary{run}p{page.pk}b{stream.name}{number}z"
        secret, products = block_secret(page, raw)
        secret.patterns = {token.encode(): f"{stream.name}, a gated block"}
        secret.probe = f"wlprobe{run}p{page.pk}b{stream.name}{number}e"
        found.append((secret, products))
        return f"{secret.probe} {token}"

    raw = raw_with_marked_parts(stream.stream_block, getattr(page, stream.name), mark)
    if raw is None:
        return
    value = stream.stream_block.to_python(raw)
    setattr(page, stream.name, value)
    type(page)._base_manager.filter(pk=page.pk).update(**{stream.name: value})
    yield from found


def block_secret(page: Any, raw: dict[str, Any]) -> tuple[Secret, list[int]]:
    """Return the secret of a gated block of ``page`` with this raw value, still without a pattern, and
    the ids of the products that open it."""
    products, area = _opened_by(raw)
    closes = _closes_part(products, area)
    secret = Secret(page, label_of(page), kind="block", shown_on=("open page",), closes=closes)
    return secret, products


def _opened_by(raw: dict[str, Any]) -> tuple[list[int], str]:
    items = raw.get("only_for") or []
    ids = [item["value"] if isinstance(item, dict) else item for item in items]
    return [pk for pk in ids if isinstance(pk, int)], str(raw.get("only_in_area") or "")


def _closes_part(products: list[int], area: str) -> Any:
    def closes(user: Any) -> bool:
        reader = Reader(user)
        if area and area_exists(area) and reader.check(area).allowed:
            return False
        return not (products and reader.check_products(products).allowed)

    return closes
