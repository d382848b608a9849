"""Close Wagtail's API v2: every endpoint of it, and whatever a site adds to it.

The lists of every endpoint are narrowed to what the visitor opens, whoever wrote the endpoint;
whatever is nested in an answer passes a serializer of Wagtail's, where it is closed once more.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from wagtail.api.v2.utils import BadRequestError

from ..access.floor import floor_ignored
from ..conf import conf
from .api_lists import gates_stand, narrowed
from .headers import forbid_storing, was_touched
from .redaction import META_FIELDS, Left, closed_reference, leads_through_closed, what_is_left
from .rich_text import reading
from .wrapping import wrap

#: The name of the router of Wagtail's own admin, which has permissions of its own.
_ADMIN = "wagtailadmin_api"

#: Where a serializer keeps what it is about.
_INSTANCE = "_licensing_instance"

#: Methods of an endpoint that say what it lists.
_QUERYSETS = ("get_base_queryset", "get_queryset")


def close_api_v2() -> None:
    """Wrap the endpoints and the serializers of the API v2; called once, when we are ready."""
    from wagtail.api.v2 import filters, serializers, views

    wrap(views.BaseAPIViewSet, "__init__", _narrowing)
    wrap(views.BaseAPIViewSet, "finalize_response", _never_stored)
    wrap(filters.SearchFilter, "filter_queryset", _searching)
    wrap(serializers.BaseSerializer, "to_representation", _redacting)
    for module in (serializers, views):
        wrap(module, "get_serializer_class", _redacting_class)


def _narrowing(original: Callable[..., None]) -> Callable[..., None]:
    """Narrow what an endpoint lists and finds, on each instance: subclasses override the methods."""

    def initialized(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        for name in _QUERYSETS:
            if hasattr(self, name):
                setattr(self, name, _narrowed(self, getattr(self, name)))
        self.find_object = _found(self, self.find_object)

    return initialized


def _narrowed(view: Any, get_queryset: Callable[[], Any]) -> Callable[[], Any]:
    kept: list[QuerySet[Any]] = []

    def get_narrowed() -> Any:
        # Wagtail asks several times during a request; what the person holds is read once.
        if kept:
            return kept[0].all()
        if not _is_gated(view.request):
            return get_queryset()
        with floor_ignored():
            queryset = get_queryset()
        if not isinstance(queryset, QuerySet):
            return queryset
        kept.append(narrowed(queryset, view.request))
        return kept[0].all()

    return get_narrowed


def _found(view: Any, find_object: Callable[..., Any]) -> Callable[..., Any]:
    """Find nothing that the endpoint does not list: the answer would tell that it is there."""

    def find(queryset: Any, request: Any) -> Any:
        found = find_object(queryset, request)
        if found is None or not _is_gated(view.request) or not gates_stand():
            return found
        return found if queryset.filter(pk=found.pk).exists() else None

    return find


def _searching(original: Callable[..., Any]) -> Callable[..., Any]:
    """Search first and narrow then, where a search cannot be narrowed by key: the index does not know
    the keys of every model."""

    def filtered(self: Any, request: Any, queryset: Any, view: Any) -> Any:
        try:
            return original(self, request, queryset, view)
        except BadRequestError as error:
            model = getattr(queryset, "model", None)
            field = getattr(error.__cause__, "field_name", None)
            if model is None or field != model._meta.pk.name or not _is_gated(request):
                raise
        found = original(self, request, model._default_manager.all(), view)
        return queryset.filter(pk__in=[one.pk for one in found])

    return filtered


def _never_stored(original: Callable[..., Any]) -> Callable[..., Any]:
    def finalized(self: Any, *args: Any, **kwargs: Any) -> Any:
        response = original(self, *args, **kwargs)
        gated = was_touched(self.request) or (conf.gate_api and gates_stand())
        return forbid_storing(response) if gated else response

    return finalized


def _redacting_class(original: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap the serializers that Wagtail builds, in which a site's base class has the last word."""

    def built(*args: Any, **kwargs: Any) -> Any:
        serializer_class = original(*args, **kwargs)
        wrap(serializer_class, "to_representation", _redacting)
        return serializer_class

    return built


def _redacting(original: Callable[..., Any]) -> Callable[..., Any]:
    """Give of an instance that the visitor may not open what is public, its id and its type."""

    def represented(self: Any, instance: Any) -> Any:
        request = self.context.get("request")
        with reading(request):
            return of_what_is_open(self, instance, request)

    def of_what_is_open(self: Any, instance: Any, request: Any) -> Any:
        if not _is_gated(request):
            return original(self, instance)
        left = what_is_left(request, instance)
        if left is not None and not left.is_teaser:
            return closed_reference(instance)
        _guard_fields(self, request, instance)
        data = original(self, instance)
        return data if left is None else _public(data, left)

    return represented


def _public(data: dict[str, Any], left: Left) -> dict[str, Any]:
    meta = dict(data.get("meta") or {})
    meta = {name: value for name, value in meta.items() if name in META_FIELDS | left.names}
    fields = {name: value for name, value in data.items() if name in left.names}
    identity = {"id": data["id"]} if "id" in data else {}
    return {**identity, "meta": {**meta, "licensing": {"accessible": False}}, **fields}


def _guard_fields(serializer: Any, request: Any, instance: Any) -> None:
    """Let no field say more of a closed object than a serializer of Wagtail's would.

    What is serialized itself passes: some fields are about the whole of it.
    """
    is_guarded = hasattr(serializer, _INSTANCE)
    setattr(serializer, _INSTANCE, instance)
    for field in () if is_guarded else serializer.fields.values():
        _follow_what_is_open(request, field)
        field = getattr(field, "child", None) or getattr(field, "child_relation", None) or field
        # These go on to a serializer, which is wrapped.
        if type(field).__module__ != "wagtail.api.v2.serializers":
            field.to_representation = _guarded(serializer, request, field.to_representation)


def _follow_what_is_open(request: Any, field: Any) -> None:
    """Give no value to a field with a longer way, ``source="page.body"``, through something closed."""
    attributes, original = field.source_attrs, field.get_attribute
    if len(attributes) < 2:
        return

    def get_attribute(instance: Any) -> Any:
        closed = leads_through_closed(request, instance, attributes)
        return None if closed else original(instance)

    field.get_attribute = get_attribute


def _guarded(serializer: Any, request: Any, represent: Callable[..., Any]) -> Callable[..., Any]:
    def represented(value: Any) -> Any:
        is_other = isinstance(value, Model) and value is not getattr(serializer, _INSTANCE)
        if is_other and what_is_left(request, value) is not None:
            return closed_reference(value)
        return represent(value)

    return represented


def _is_gated(request: Any) -> bool:
    router = getattr(request, "wagtailapi_router", None)
    return conf.gate_api and getattr(router, "url_namespace", None) != _ADMIN
