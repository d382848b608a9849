"""Which addresses a gate stands before: the pages and files behind it, and what shows them."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from wagtail.documents import get_document_model
from wagtail.images import get_image_model
from wagtail.models import Collection, Site

from ..compat import page_model
from .files.addresses import address_of
from .files.kinds import file_kinds

#: Paths that are looked up in one query.
_PATHS = 100


def urls_behind(targets: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield the addresses behind gates of ``targets``: the columns of gates that name what they are for.

    Those of pages, page types, collections, documents, images and media files. What a named area
    stands for, only the site knows.
    """
    for target in targets:
        if page_id := target.get("page_id"):
            yield from urls_of_pages([page_id])
        elif type_id := target.get("page_type_id"):
            yield from _urls_of_type(type_id)
        elif collection_id := target.get("collection_id"):
            yield from urls_of_collection(collection_id)
        elif document_id := target.get("document_id"):
            yield from urls_of_documents(get_document_model().objects.filter(pk=document_id))
        elif type_id := target.get("object_type_id"):
            model = ContentType.objects.get_for_id(type_id).model_class()
            for shown in shown_models():
                if model is not None and issubclass(model, shown):
                    yield from urls_of_shown(shown._base_manager.filter(pk=target.get("object_id")))


def urls_of_pages(page_ids: Iterable[int]) -> Iterator[str]:
    """Yield the addresses of pages and all below them, of their translations, and of all aliases."""
    pages = page_model()._base_manager
    keys = pages.filter(pk__in=list(page_ids)).values_list("translation_key", flat=True)
    paths = pages.filter(translation_key__in=list(keys)).values_list("path", flat=True)
    seen: set[str] = set()
    roots = _topmost(paths)
    while roots:
        seen.update(roots)
        for some in _some(roots):
            yield from _urls(pages.filter(_below(some), live=True))
        # An alias shows another page, wherever it stands, and has its gates with all below it.
        found: set[str] = set()
        for some in _some(roots):
            shown = pages.filter(_below(some)).values("pk")
            found.update(pages.filter(alias_of__in=shown).values_list("path", flat=True))
        roots = [path for path in _topmost(found) if not path.startswith(tuple(seen))]


def _urls_of_type(type_id: int) -> Iterator[str]:
    model = ContentType.objects.get_for_id(type_id).model_class()
    if model is None:
        return
    models = [each for each in apps.get_models() if issubclass(each, model)]
    types = [found.pk for found in ContentType.objects.get_for_models(*models).values()]
    yield from _urls(page_model()._base_manager.filter(content_type__in=types, live=True))


def urls_of_collection(collection_id: int) -> Iterator[str]:
    """Yield the addresses of the documents, images and media files in a collection and all below it."""
    collection = Collection.objects.filter(pk=collection_id).first()
    if collection is not None:
        inside = collection.get_descendants(inclusive=True).values("pk")
        yield from urls_of_documents(get_document_model().objects.filter(collection__in=inside))
        for model in shown_models():
            yield from urls_of_shown(model._base_manager.filter(collection__in=inside))


def urls_of_documents(documents: QuerySet[Any]) -> Iterator[str]:
    """Yield the addresses of documents, at every site of the installation, and where the site gives
    those of the storage away, these."""
    sites = [site.root_url for site in Site.objects.all()]
    gives_storage = getattr(settings, "WAGTAILDOCS_SERVE_METHOD", None) in ("direct", "redirect")
    for document in documents.iterator():
        yield from _at_sites(document.url, sites)
        if gives_storage:
            yield from _at_sites(_in_storage(document, "document", "file"), sites)


def shown_models() -> tuple[type[Any], ...]:
    """Return the models of what a page shows: images, and media files where they are installed."""
    return tuple(kind.model for kind in file_kinds() if kind.name in ("image", "media"))


def urls_of_shown(objects: QuerySet[Any]) -> Iterator[str]:
    """Yield the addresses, in the storage, of images with all their renditions or of media files: those
    that they have, or had, without a gate. One query for objects, one for renditions, one for sites."""
    sites = [site.root_url for site in Site.objects.all()]
    for kind in file_kinds():
        if kind.model is objects.model:
            files = objects
        elif kind.name == "rendition" and objects.model is get_image_model():
            files = kind.model._base_manager.filter(image__in=objects.values("pk"))
        else:
            continue
        for instance in files.iterator(chunk_size=500):
            for field in kind.fields:
                yield from _at_sites(_in_storage(instance, kind.name, field), sites)


def _in_storage(instance: Any, kind: str, field: str) -> str:
    """Return the address of a file as if no gate stood before it; "" where there is no file."""
    file = getattr(instance, field)
    if not file:
        return ""
    try:
        return str(file.storage.url(file.name))
    except NotImplementedError:
        return address_of(kind, instance, field)


def _at_sites(url: str, sites: Iterable[str]) -> Iterator[str]:
    if "//" in url:
        yield url
    elif url:
        yield from (f"{site}{url}" for site in sites)


def _urls(pages: QuerySet[Any]) -> Iterator[str]:
    from wagtail.contrib.frontend_cache.utils import PurgeBatch

    roots: Any = PurgeBatch()  # keeps the roots of the sites for all pages
    for page in pages.iterator(chunk_size=500):
        batch = PurgeBatch(cache_object=roots)
        batch.add_page(page)
        yield from batch.urls


def _below(paths: Iterable[str]) -> Q:
    condition = Q()
    for path in paths:
        condition |= Q(path__startswith=path)
    return condition


def _topmost(paths: Iterable[str]) -> list[str]:
    """Return those of ``paths`` that are not below another."""
    topmost: list[str] = []
    for path in sorted(paths):
        if not topmost or not path.startswith(topmost[-1]):
            topmost.append(path)
    return topmost


def _some(paths: list[str]) -> Iterator[list[str]]:
    yield from (paths[start : start + _PATHS] for start in range(0, len(paths), _PATHS))
