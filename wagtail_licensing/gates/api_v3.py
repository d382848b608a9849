"""Close Wagtail's API v3, which came with Wagtail 8.0.

The lists are narrowed where Wagtail builds them. Whatever goes into an answer passes a schema, which
reads it through one class of Django Ninja: there, what the reader may not open is replaced before a
field of it is looked at, at any depth, whether a schema nests the whole object or only its id.
"""

import sys
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from django.apps import apps
from django.db.models import QuerySet

from ..access.floor import floor_ignored
from ..compat import page_model
from ..conf import conf
from .api_lists import gates_stand, narrowed
from .api_v3_schemas import read_through_gates
from .headers import forbid_storing, was_touched
from .redaction import leads_through_closed, what_is_left
from .rich_text import reading
from .wrapping import wrap

_TOLD = "asks_wagtail_licensing"


@dataclass(slots=True)
class _Answer:
    """What the API does at the moment: for which request, and the models it has narrowed a list of."""

    request: Any
    narrowed: set[type[Any]] = field(default_factory=set)


_answering: ContextVar[_Answer | None] = ContextVar("licensing_api_answer", default=None)

#: Lists of files: the module of their router, and what builds the list there.
_FILES = {
    "wagtaildocs": ("wagtail.documents.api.v3.router", "get_documents_queryset"),
    "wagtailimages": ("wagtail.images.api.v3.router", "get_images_queryset"),
}


def close_api_v3() -> None:
    """Wrap the lists, the schemas and the operations of the API v3; called once, when we are ready."""
    try:
        querysets = import_module("wagtail.api.v3.querysets")
    except ImportError:  # Wagtail 7.4 has none
        return
    from ninja.operation import Operation
    from rest_framework.fields import Field
    from wagtail.api.v3.pagination import WagtailLimitOffsetPagination

    wrap(querysets, "get_public_pages_queryset", _for_the_reader)
    wrap(WagtailLimitOffsetPagination, "paginate_queryset", _narrowing_the_rest)
    wrap(Operation, "run", _answered)
    wrap(Field, "get_attribute", _from_what_is_open)
    try:
        fields = import_module("wagtail.api.v3.fields")
    except ImportError:  # Wagtail 8.0 has the fields of the API v2 only
        pass
    else:
        wrap(fields.FieldSerializer, "get_attribute", _from_what_is_open)
    read_through_gates()
    for label in _FILES:
        _close_files(label)


def _close_files(label: str) -> None:
    """Narrow a list of files now or, if its API is not loaded yet, when its application is ready."""
    if not any(config.label == label for config in apps.get_app_configs()):
        return
    _wrap_files(label)
    application = apps.get_app_config(label)
    get_ready = application.ready

    def ready() -> None:
        get_ready()
        _wrap_files(label)

    application.ready = ready  # type: ignore[method-assign]


def _wrap_files(label: str) -> None:
    name, function = _FILES[label]
    if module := sys.modules.get(name):
        wrap(module, function, _for_the_reader)


def _for_the_reader(original: Callable[..., Any]) -> Callable[..., Any]:
    """Narrow a queryset to what its reader opens: a visitor, or the owner of the token."""

    def get_narrowed(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not conf.gate_api:
            return original(request, *args, **kwargs)
        with floor_ignored():
            queryset = original(request, *args, **kwargs)
        if answer := _answering.get():
            answer.narrowed.add(queryset.model)
        return narrowed(queryset, request)

    return get_narrowed


def _narrowing_the_rest(original: Callable[..., Any]) -> Callable[..., Any]:
    """Narrow what is paginated beside those lists: snippets, redirects, a site's own."""

    def paginated(self: Any, queryset: Any, pagination: Any, request: Any, **params: Any) -> Any:
        answer = _answering.get()
        if answer and isinstance(queryset, QuerySet) and queryset.model not in answer.narrowed:
            queryset = narrowed(queryset, request)
        return original(self, queryset, pagination=pagination, request=request, **params)

    return paginated


def _close_relatives() -> None:
    """Let no filter start from a page that is not told of; Wagtail 8.1 looks it up among all pages.

    Its module may not be loaded before the site is: it builds the schemas of every model.
    """
    filters = getattr(sys.modules.get("wagtail.api.v3.routers.pages"), "PageFilterSchema", None)
    get_page = getattr(filters, "get_page", None)
    if get_page is None or hasattr(get_page, _TOLD):
        return

    def get_told_page(page_id: Any, *args: Any, **kwargs: Any) -> Any:
        page, answer = get_page(page_id, *args, **kwargs), _answering.get()
        left = what_is_left(answer.request, page) if answer else None
        if left is not None and not left.is_teaser:
            raise page_model().DoesNotExist
        return page

    setattr(get_told_page, _TOLD, True)
    setattr(filters, "get_page", staticmethod(get_told_page))  # noqa: B010


def _answered(original: Callable[..., Any]) -> Callable[..., Any]:
    """Remember whom an operation of Wagtail answers, and let no cache keep the answer."""

    def run(self: Any, request: Any, **kwargs: Any) -> Any:
        if not conf.gate_api or not self.view_func.__module__.startswith("wagtail."):
            return original(self, request, **kwargs)
        _close_relatives()
        token = _answering.set(_Answer(request))
        try:
            with reading(request):
                response = original(self, request, **kwargs)
        finally:
            _answering.reset(token)
        return forbid_storing(response) if was_touched(request) or gates_stand() else response

    return run


def _from_what_is_open(original: Callable[..., Any]) -> Callable[..., Any]:
    """Give no value to a site's own field where the way to it leads through something closed."""

    def get_attribute(self: Any, instance: Any) -> Any:
        answer = _answering.get()
        if answer and leads_through_closed(answer.request, instance, self.source_attrs):
            return None
        return original(self, instance)

    return get_attribute
