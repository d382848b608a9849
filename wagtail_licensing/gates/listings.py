"""Close Wagtail's own lists: the APIs and the sitemap leave out what the visitor may not open.

Wagtail builds these lists in places that no hook reaches, so they are wrapped once, when the
application is ready. A site's subclasses of the same classes are closed with them.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from wagtail.documents.models import AbstractDocument

from ..access.decision import any_gate
from ..access.listings import only_accessible
from ..access.reader import Reader
from ..compat import page_model
from ..conf import conf
from .documents import close_documents
from .headers import forbid_storing
from .pages import close_pages
from .wrapping import wrap


def close_listings() -> None:
    """Wrap every list of Wagtail, and serving documents; called once, when we are ready."""
    for channel in CHANNELS:
        channel()
    close_documents()
    close_pages()


def _close_api_v2() -> None:
    from wagtail.api.v2 import serializers, views
    from wagtail.documents.api.v2.views import DocumentsAPIViewSet

    wrap(views.PagesAPIViewSet, "get_base_queryset", _for_the_visitor)
    wrap(DocumentsAPIViewSet, "get_queryset", _for_the_visitor)
    wrap(views.BaseAPIViewSet, "finalize_response", _never_stored)
    wrap(serializers.RelatedField, "to_representation", _related)
    wrap(serializers.PageAliasOfField, "to_representation", _related)


def _close_api_v3() -> None:
    try:
        pages = import_module("wagtail.api.v3.querysets")
    except ImportError:  # Wagtail 7.4 has none
        return
    wrap(pages, "get_public_pages_queryset", _for_the_reader)
    # The documents of this API are loaded when Wagtail's application is ready: before us, or after.
    _close_documents_v3()
    application = apps.get_app_config("wagtaildocs")
    get_ready = application.ready

    def ready() -> None:
        get_ready()
        _close_documents_v3()

    application.ready = ready  # type: ignore[method-assign]


def _close_documents_v3() -> None:
    documents = sys.modules.get("wagtail.documents.api.v3.router")
    if documents is not None:
        wrap(documents, "get_documents_queryset", _for_the_reader)


def _close_sitemap() -> None:
    from wagtail.contrib.sitemaps.sitemap_generator import Sitemap

    def items(original: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self: only_accessible(original(self), AnonymousUser())

    wrap(Sitemap, "items", items)


#: One function for each list of Wagtail.
CHANNELS: list[Callable[[], None]] = [_close_api_v2, _close_api_v3, _close_sitemap]


def _for_the_visitor(original: Callable[..., Any]) -> Callable[..., Any]:
    """Narrow the queryset of a v2 view to what the user of its request opens."""

    def narrowed(self: Any, *args: Any, **kwargs: Any) -> Any:
        queryset = original(self, *args, **kwargs)
        return only_accessible(queryset, self.request.user) if conf.gate_api else queryset

    return narrowed


def _for_the_reader(original: Callable[..., Any]) -> Callable[..., Any]:
    """Narrow a queryset of the v3 API to what its reader opens: anonymous, or who owns the token."""

    def narrowed(request: Any, *args: Any, **kwargs: Any) -> Any:
        queryset = original(request, *args, **kwargs)
        if not conf.gate_api:
            return queryset
        return only_accessible(queryset, getattr(request, "user", None))

    return narrowed


def _never_stored(original: Callable[..., Any]) -> Callable[..., Any]:
    def finalized(self: Any, *args: Any, **kwargs: Any) -> Any:
        response = original(self, *args, **kwargs)
        return forbid_storing(response) if conf.gate_api and _gates_stand() else response

    return finalized


def _gates_stand() -> bool:
    try:
        return any_gate()
    except Exception:  # noqa: BLE001 - when it cannot be known, nothing is stored
        return True


def _related(original: Callable[..., Any]) -> Callable[..., Any]:
    """Give only the id and the type of a related page or document that the visitor may not open."""

    def represented(self: Any, value: Any) -> Any:
        if conf.gate_api and isinstance(value, (page_model(), AbstractDocument)):
            reader = _reader(self.context["request"])
            if not reader.check(value).allowed:
                model = getattr(value, "specific_class", None) or type(value)
                return {"id": value.pk, "meta": {"type": model._meta.label}}
        return original(self, value)

    return represented


def _reader(request: Any) -> Reader:
    """Return the one reader of a request: what its user holds is read once for all related objects."""
    request = getattr(request, "_request", request)
    reader = getattr(request, "_licensing_reader", None)
    if reader is None:
        reader = Reader(request.user, many=True)
        request._licensing_reader = reader
    return reader
