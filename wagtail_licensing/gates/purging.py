"""Purge what stands in front of the site: what was public and is gated now must not be kept there.

Nothing behind a gate is ever stored, so that only the coming and going of gates matters, and of
what stands behind them; which products open a gate does not. Works where
``wagtail.contrib.frontend_cache`` is installed and has a backend, after the commit, in batches.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from wagtail.documents import get_document_model
from wagtail.signals import post_page_move, pre_page_move

from ..access.decision import any_gate
from ..models import Gate
from ..models.gates import GateKind, StampedQuerySet
from .affected import shown_models, urls_behind, urls_of_documents, urls_of_pages, urls_of_shown
from .wrapping import wrap

logger = logging.getLogger("wagtail_licensing.gates")

#: Addresses that are handed to the backend at once.
BATCH = 500


def is_configured() -> bool:
    """Tell whether the site has a cache in front that Wagtail can purge."""
    return apps.is_installed("wagtail.contrib.frontend_cache") and bool(
        getattr(settings, "WAGTAILFRONTENDCACHE", None)
        or getattr(settings, "WAGTAILFRONTENDCACHE_LOCATION", None)
    )


def watch_gates() -> None:
    """Purge whenever a gate comes, changes or goes, and when something moves; called once, when the
    application is ready."""
    for signal in (post_save, post_delete):
        name = f"wagtail_licensing.purge.{id(signal)}"
        signal.connect(_gate_changed, sender=Gate, dispatch_uid=name)
    # No signal tells of changes in bulk.
    wrap(StampedQuerySet, "update", _purged_update)
    wrap(StampedQuerySet, "bulk_create", _purged_create)
    pre_page_move.connect(_page_moves, dispatch_uid="wagtail_licensing.purge.page_moves")
    post_page_move.connect(_page_moved, dispatch_uid="wagtail_licensing.purge.page_moved")
    for model in (get_document_model(), *shown_models()):
        uid = f"wagtail_licensing.purge.{model._meta.label}"
        post_save.connect(_file_saved, sender=model, dispatch_uid=uid)


#: The columns that name the target of a gate.
_TARGET = ("page_id", "page_type_id", "collection_id", "document_id", "object_type_id", "object_id")


def _gate_changed(*, instance: Gate, **kwargs: Any) -> None:
    purge_behind([{name: getattr(instance, name) for name in _TARGET}])


def _purged_update(update: Callable[..., Any]) -> Callable[..., Any]:
    def updated(self: Any, **kwargs: Any) -> Any:
        if self.model is not Gate or not is_configured():
            return update(self, **kwargs)
        before = list(self.values("pk", *_TARGET))
        changed = update(self, **kwargs)
        after = Gate.objects.filter(pk__in=[gate["pk"] for gate in before]).values(*_TARGET)
        purge_behind([*before, *after])
        return changed

    return updated


def _purged_create(bulk_create: Callable[..., Any]) -> Callable[..., Any]:
    def created(self: Any, objs: Iterable[Any], *args: Any, **kwargs: Any) -> Any:
        objs = list(objs)
        result = bulk_create(self, objs, *args, **kwargs)
        if self.model is Gate:
            for gate in objs:
                _gate_changed(instance=gate)
        return result

    return created


class _Moving(threading.local):
    """The addresses that pages had which this thread is moving."""

    def __init__(self) -> None:
        self.urls: dict[Any, list[str]] = {}


_moving = _Moving()


def _page_moves(
    *, instance: Any, url_path_before: str = "", url_path_after: str = "", **kwargs: Any
) -> None:
    """Remember the addresses that a page and all below it have now, if it gets others."""
    if url_path_before != url_path_after and is_configured() and any_gate():
        _moving.urls[instance.pk] = list(urls_of_pages([instance.pk]))


def _page_moved(*, instance: Any, **kwargs: Any) -> None:
    if (urls := _moving.urls.pop(instance.pk, None)) is not None:
        purge_pages([instance.pk], urls=urls)


def _file_saved(*, sender: type[Any], instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Purge a document, an image or a media file when collections are gated: it may have come into
    one that is."""
    if not raw and is_configured() and any_gate(GateKind.COLLECTION):
        urls_of = urls_of_documents if sender is get_document_model() else urls_of_shown
        files = sender._base_manager.filter(pk=instance.pk)
        _after_commit(lambda: urls_of(files))


def purge_behind(targets: Iterable[dict[str, Any]]) -> None:
    """Purge after the commit what stands behind gates of these targets, whether or not they stand.

    A target is the columns of a gate that name it. No query where nothing can be purged.
    """
    targets = list(targets)
    if targets and is_configured():
        _after_commit(lambda: urls_behind(targets))


def purge_pages(page_ids: Iterable[int], *, urls: Iterable[str] = ()) -> None:
    """Purge after the commit the pages with these ids and all below them, and ``urls``."""
    page_ids, urls = list(page_ids), list(urls)
    if is_configured():
        _after_commit(lambda: (*urls, *urls_of_pages(page_ids)))


def _after_commit(find: Callable[[], Iterable[str]]) -> None:
    transaction.on_commit(lambda: _purge(find), robust=True)


def _purge(find: Callable[[], Iterable[str]]) -> None:
    from wagtail.contrib.frontend_cache.utils import PurgeBatch

    for urls in _batches(find()):
        try:
            PurgeBatch(urls).purge()
        except Exception as error:  # noqa: BLE001 - the other batches go on
            logger.error("A cache in front could not be purged: %s", type(error).__name__)


def _batches(urls: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(dict.fromkeys(urls))
    while batch := list(islice(remaining, BATCH)):
        yield batch
