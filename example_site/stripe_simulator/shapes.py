"""Blank objects: every field that Stripe sends, with an empty value of the right type."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from .reference import fixture, object_schema

Json = dict[str, Any]


def blank(kind: str, **fields: Any) -> Json:
    """An empty object of *kind* with *fields* filled in. Fields outside the shape are a mistake."""
    obj = copy.deepcopy(template(kind))
    obj.update(fields)
    obj["object"] = kind
    if "livemode" in obj:
        obj["livemode"] = False
    return obj


@cache
def template(kind: str) -> Json:
    """The top-level fields of the fixture and all required ones, emptied after the schema."""
    schema = object_schema(kind)
    if schema is None:
        return dict.fromkeys(fixture(kind))
    properties = schema["properties"]
    names = [name for name in fixture(kind) if name in properties]
    names += [name for name in schema.get("required", ()) if name not in names]
    return {name: empty(properties[name]) for name in sorted(names)}


def empty(schema: Json) -> Any:
    if schema.get("nullable"):
        return None
    if "anyOf" in schema:
        return empty(schema["anyOf"][0])
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "object":
        required = schema.get("required", ())
        return {name: empty(schema["properties"][name]) for name in required}
    return {"array": [], "boolean": False, "integer": 0, "number": 0}.get(schema.get("type", ""), "")
