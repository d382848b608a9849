"""Check and convert request parameters as Stripe does, from the OpenAPI description."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from .errors import StripeError, invalid
from .reference import openapi
from .supplement import SUPPLEMENT

Json = dict[str, Any]

CLEARABLE = {"email", "name", "phone", "description", "nickname"}
"""Strings that Stripe lets a caller clear with an empty value though the description does not say so."""

INTEGER = re.compile(r"^-?\d{1,18}$")
ANYTHING: Json = {
    "type": "object",
    "properties": {"expand": {"type": "array", "items": {"type": "string"}}},
}


@cache
def schema_for(method: str, pattern: str) -> Json:
    """The closed object schema of an operation's parameters (query or form)."""
    supplement = SUPPLEMENT.get((method, pattern))
    if supplement is not None:
        return {"type": "object", "properties": {**ANYTHING["properties"], **supplement}}
    operation = openapi()["paths"].get(pattern, {}).get(method.lower())
    if operation is None:
        return ANYTHING
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/x-www-form-urlencoded", {}).get("schema", {})
    query = [each for each in operation.get("parameters", ()) if each["in"] == "query"]
    return {
        "type": "object",
        "properties": {
            **ANYTHING["properties"],
            **{each["name"]: each["schema"] for each in query},
            **body.get("properties", {}),
        },
        "required": [
            *(each["name"] for each in query if each.get("required")),
            *body.get("required", ()),
        ],
    }


def check(method: str, pattern: str, raw: Json) -> Json:
    """Typed parameters of one request. Raises Stripe's error for the first thing that is wrong."""
    return check_object(schema_for(method, pattern), raw, "")


def check_value(schema: Json, value: Any, name: str) -> Any:
    if "anyOf" in schema:
        return check_any(schema["anyOf"], value, name)
    kind = schema.get("type")
    if kind == "object":
        return check_object(schema, value, name)
    if kind == "array":
        return check_array(schema, value, name)
    if not isinstance(value, str):
        raise invalid(f"Invalid {kind}: {kind_of(value)} given for '{name}'", param=name)
    return check_scalar(schema, value, name)


def check_any(choices: list[Json], value: Any, name: str) -> Any:
    error: StripeError | None = None
    for choice in sorted(choices, key=lambda choice: not matches(choice, value)):
        try:
            return check_value(choice, value, name)
        except StripeError as refused:
            error = error or refused
    raise error or invalid(f"Invalid value for '{name}'", param=name)


def matches(choice: Json, value: Any) -> bool:
    if isinstance(value, dict):
        return choice.get("type") == "object"
    if isinstance(value, list):
        return choice.get("type") == "array"
    if value == "":
        return "" in choice.get("enum", ())
    if choice.get("type") in {"integer", "number"}:
        return bool(INTEGER.match(value))
    return choice.get("type") in {"string", "boolean"} and choice.get("enum") != [""]


def check_object(schema: Json, value: Any, name: str) -> Json:
    if not isinstance(value, dict):
        raise invalid("Invalid object", param=name)
    if "properties" not in schema:
        return check_map(schema, value, name)
    properties = schema["properties"]
    unknown = [inner(name, key) for key in value if key not in properties]
    if unknown:
        plural = "s" if len(unknown) > 1 else ""
        raise invalid(
            f"Received unknown parameter{plural}: {', '.join(unknown)}",
            param=unknown[0],
            code="parameter_unknown",
        )
    for key in schema.get("required", ()):
        if key not in value:
            missing = inner(name, key)
            raise invalid(f"Missing required param: {missing}.", param=missing, code="parameter_missing")
    return {key: check_value(properties[key], each, inner(name, key)) for key, each in value.items()}


def check_map(schema: Json, value: Json, name: str) -> Json:
    """Free keys: `metadata` and per-currency options."""
    values = schema.get("additionalProperties")
    if not isinstance(values, dict):
        return value
    if len(value) > 50:
        raise invalid("You can specify up to 50 metadata keys.", param=name)
    for key, each in value.items():
        if values.get("type") == "string" and len(key) > 40:
            raise invalid("Metadata keys can be up to 40 characters long.", param=inner(name, key))
        if isinstance(each, str) and len(each) > 500:
            raise invalid(
                f"Metadata values can have up to 500 characters, but you passed in a value that is "
                f"{len(each)} characters.",
                param=inner(name, key),
            )
    if values.get("type") == "string" and all(isinstance(each, str) for each in value.values()):
        return dict(value)
    return {key: check_value(values, each, inner(name, key)) for key, each in value.items()}


def check_array(schema: Json, value: Any, name: str) -> list[Any]:
    if not isinstance(value, list):
        raise invalid("Invalid array", param=name)
    return [check_value(schema["items"], each, f"{name}[{at}]") for at, each in enumerate(value)]


def check_scalar(schema: Json, value: str, name: str) -> Any:
    kind = schema["type"]
    if kind == "integer":
        if not INTEGER.match(value):
            raise invalid(f"Invalid integer: {value}", param=name, code="parameter_invalid_integer")
        return int(value)
    if kind == "boolean":
        if value not in {"true", "false"}:
            raise invalid(f"Invalid boolean: {value}", param=name)
        return value == "true"
    if kind == "number":
        return check_number(value, name)
    return check_string(schema, value, name)


def check_number(value: str, name: str) -> float:
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise invalid(f"Invalid decimal: {value}", param=name)
    return float(number)


def check_string(schema: Json, value: str, name: str) -> str:
    choices = schema.get("enum", [""])
    if value == "" and ("enum" not in schema or "" not in choices) and name not in CLEARABLE:
        raise invalid(
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a "
            f"parameter; however '{name}' cannot be unset. You should remove '{name}' from your request "
            "or supply a non-empty value.",
            param=name,
            code="parameter_invalid_empty",
        )
    if schema.get("format") == "decimal":
        check_number(value, name)
    if choices != [""] and value not in choices:
        raise invalid(f"Invalid {name}: must be one of {one_of(choices)}", param=name)
    if len(value) > 5000:
        raise invalid("Invalid string: it is longer than 5000 characters.", param=name)
    return value


def one_of(choices: list[str]) -> str:
    named = [choice for choice in choices if choice]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])}, or {named[-1]}"


def inner(name: str, key: str) -> str:
    return f"{name}[{key}]" if name else key


def kind_of(value: Any) -> str:
    return "hash" if isinstance(value, dict) else "array"
