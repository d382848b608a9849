"""What a schema of Wagtail's API v3 shows of an object that its reader may not open."""

from typing import Annotated, Any, get_args

import pydantic_core
from django.db.models import Model
from django.http import Http404
from django.utils.translation import gettext
from pydantic import TypeAdapter

from ..conf import conf
from .api_lists import NARROWED, is_redirect
from .redaction import Left, type_label, what_is_left
from .redirects import leads_to_hidden

#: Stands for a field that an answer leaves out; None before pydantic 2.12.
_MISSING: Any = getattr(pydantic_core, "MISSING", None)

_MARK = "reads_through_gates_of_licensing"


def read_through_gates() -> None:
    """Put a class of ours where Ninja reads an object for a schema; once.

    Registering schemas for single fields would come too late or too early: Wagtail builds its own
    while applications get ready, in their order.
    """
    from ninja import schema
    from wagtail.api.v3.schemas.base import BaseMetaSchema, BaseSchema

    original: Any = schema.DjangoGetter
    if hasattr(original, _MARK):
        return

    class GatedGetter(original):
        reads_through_gates_of_licensing = True

        def __new__(cls, obj: Any, schema_cls: Any, context: Any = None) -> Any:
            request = (context or {}).get("request")
            if conf.gate_api and request is not None and isinstance(obj, Model):
                _refuse_hidden_redirect(request, obj)
                # What an object says of itself under "meta" is asked for when the object is open.
                if issubclass(schema_cls, BaseSchema) and not issubclass(schema_cls, BaseMetaSchema):
                    left = what_is_left(request, obj)
                    if left is not None:
                        return _shown(original, obj, schema_cls, context, left)
            return super().__new__(cls)

    schema.DjangoGetter = GatedGetter  # type: ignore[misc]


def _shown(getter_class: Any, obj: Any, schema_cls: Any, context: Any, left: Left) -> Any:
    """Return an instance of ``schema_cls`` with what is left and nothing else."""
    meta_cls = schema_cls.model_fields["meta"].annotation
    values: dict[str, Any] = {
        name: obj.pk for name in ("id", obj._meta.pk.name) if name in schema_cls.model_fields
    }
    if not left.is_teaser:
        return _only(schema_cls, **values, meta=_only(meta_cls, type=_type(meta_cls, obj)))
    getter = getter_class(obj, schema_cls, context)
    for name in left.names & set(schema_cls.model_fields):
        values[name] = _validated(schema_cls, name, getattr(getter, name), context)
    meta = meta_cls.model_validate(obj, context=context)
    if "warnings" in meta_cls.model_fields:
        meta.warnings = [gettext("Only the public fields of this page are shown.")]
    return _only(schema_cls, **values, meta=meta)


def _only(schema_cls: Any, **values: Any) -> Any:
    """Return an instance with ``values``, unvalidated, in which every other field is absent.

    Validation would ask for what is not shown, and a default would pass for a value.
    """
    instance = schema_cls.model_construct(**values)
    for name in set(schema_cls.model_fields) - set(values):
        if _MISSING is None:
            instance.__dict__.pop(name, None)
        else:
            instance.__dict__[name] = _MISSING
    return instance


def _type(meta_cls: Any, obj: Any) -> str:
    """Return the type of an object as its schema says it: that of a key to a page is the base page."""
    said = get_args(meta_cls.model_fields["type"].annotation)
    return str(said[0]) if said and isinstance(said[0], str) else type_label(obj)


def _validated(schema_cls: Any, name: str, value: Any, context: Any) -> Any:
    field = schema_cls.model_fields[name]
    annotation: Any = field.annotation
    for metadata in field.metadata:
        annotation = Annotated[annotation, metadata]
    adapter: Any = TypeAdapter(annotation)
    return adapter.validate_python(value, from_attributes=True, context=context)


def _refuse_hidden_redirect(request: Any, obj: Any) -> None:
    if request.method != "GET" or not is_redirect(type(obj)) or getattr(request, NARROWED, False):
        return
    if leads_to_hidden(request, obj):
        raise Http404
