"""Close GraphQL: what a visitor may not open is null, and in no list, whichever field leads to it.

Made for wagtail-grapple. Every value of an answer passes one method of graphql-core before a field
of it is looked at, so that the schemas of a site are closed with those of grapple.
"""

import sys
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from copy import copy
from typing import Any

from django.apps import apps
from django.db.models import Manager, Model, QuerySet
from wagtail.blocks import StreamValue

from ..conf import conf
from .api_lists import gates_stand, is_redirect, narrowed
from .blocks_in_apis import shown_for, without_closed
from .headers import forbid_storing, was_touched
from .redaction import what_is_left
from .redirects import leads_to_hidden
from .rich_text import reading
from .wrapping import wrap

#: Functions of grapple that filter, search, count and slice what a field lists.
_LISTS = ("resolve_queryset", "resolve_paginated_queryset")

#: The context of the operation that is executed at the moment, in a tuple; usually a request.
_executing: ContextVar[tuple[Any] | None] = ContextVar("licensing_graphql", default=None)


def close_graphql() -> None:
    """Wrap what puts answers together, where grapple or graphene is installed; called once."""
    if not any(apps.is_installed(name) for name in ("grapple", "graphene_django")):
        return
    from graphene_django.views import GraphQLView
    from graphql.execution import ExecutionContext

    wrap(ExecutionContext, "execute_operation", _remembered)
    wrap(ExecutionContext, "complete_value", _closed_is_null)
    wrap(GraphQLView, "dispatch", _never_stored)
    if not apps.is_installed("grapple"):
        return
    _close_lists()
    application = apps.get_app_config("grapple")
    get_ready = application.ready

    def ready() -> None:
        get_ready()
        _close_lists()

    application.ready = ready  # type: ignore[method-assign]


def _close_lists() -> None:
    # They are imported by name into every module that lists something.
    for name, module in list(sys.modules.items()):
        if name.startswith("grapple"):
            for function in _LISTS:
                if hasattr(module, function):
                    wrap(module, function, _narrowed)
            if hasattr(module, "serialize_struct_obj"):
                wrap(module, "serialize_struct_obj", _of_what_is_open)


def _remembered(original: Callable[..., Any]) -> Callable[..., Any]:
    def execute_operation(self: Any, *args: Any, **kwargs: Any) -> Any:
        token = _executing.set((self.context_value,))
        try:
            with reading(_request_of(self.context_value)):
                return original(self, *args, **kwargs)
        finally:
            _executing.reset(token)

    return execute_operation


def _closed_is_null(original: Callable[..., Any]) -> Callable[..., Any]:
    def complete_value(
        self: Any, return_type: Any, field_nodes: Any, info: Any, path: Any, result: Any
    ) -> Any:
        if conf.gate_api:
            result = _without_closed(result, return_type, _request_of(info.context))
        return original(self, return_type, field_nodes, info, path, result)

    return complete_value


def _without_closed(result: Any, return_type: Any, request: Any) -> Any:
    from graphql import get_nullable_type, is_leaf_type, is_list_type

    result = _shown_block(shown_for(result, request), request)
    nullable = get_nullable_type(return_type)
    if is_leaf_type(nullable):
        return _as_text(result, request)
    if isinstance(result, Model):
        return None if _is_closed(result, request) else result
    if not is_list_type(nullable):
        return result
    if isinstance(result, Manager):
        result = result.all()
    if isinstance(result, (list, tuple, QuerySet)):
        return [item for item in result if not _is_closed(item, request)]
    return result


def _shown_block(block: Any, request: Any) -> Any:
    """Give of a block in a stream what the visitor may see of its value."""
    if not hasattr(getattr(block, "value", None), "shown_for"):
        return block
    shown = copy(block)
    shown.value = shown_for(block.value, request)
    return shown


def _as_text(value: Any, request: Any) -> Any:
    """Give the id in place of a closed object: as a text it would say its title."""
    if isinstance(value, Model):
        return value.pk if _is_closed(value, request) else value
    if isinstance(value, StreamValue):
        return without_closed(value, request)
    if isinstance(value, dict):
        return {name: _as_text(part, request) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_text(part, request) for part in value]
    return value


def _is_closed(value: Any, request: Any) -> bool:
    if not isinstance(value, Model):
        return False
    if is_redirect(type(value)):
        return leads_to_hidden(request, value)
    return what_is_left(request, value) is not None


def _narrowed(original: Callable[..., Any]) -> Callable[..., Any]:
    def resolved(queryset: Any, info: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(queryset, Manager):
            queryset = queryset.all()
        if conf.gate_api and isinstance(queryset, QuerySet) and not queryset.query.is_sliced:
            queryset = narrowed(queryset, _request_of(info.context), teasers=False)
        return original(queryset, info, *args, **kwargs)

    return resolved


def _of_what_is_open(original: Callable[..., Any]) -> Callable[..., Any]:
    """Write a struct out without what is closed in it: a file would give its address."""

    def serialized(value: Any, *args: Any, **kwargs: Any) -> Any:
        context = _executing.get()
        if conf.gate_api and context is not None:
            value = without_closed(value, _request_of(context[0]))
        return original(value, *args, **kwargs)

    return serialized


def _never_stored(original: Callable[..., Any]) -> Callable[..., Any]:
    def dispatch(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        response = original(self, request, *args, **kwargs)
        gated = was_touched(request) or (conf.gate_api and gates_stand())
        return forbid_storing(response) if gated else response

    return dispatch


def _request_of(context: Any) -> Any:
    return context.get("request") if isinstance(context, Mapping) else context
