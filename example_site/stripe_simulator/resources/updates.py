"""What every create and update has in common."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from example_site.stripe_simulator.errors import invalid
from example_site.stripe_simulator.store import Json


def merge_metadata(current: Json | None, given: Any) -> Json:
    """Stripe's rule: keys are merged, an empty value removes its key, an empty string removes all."""
    if given == "" or given is None:
        return {} if given == "" else dict(current or {})
    merged = {**(current or {}), **given}
    return {key: value for key, value in merged.items() if value != ""}


def assign(obj: Json, params: Json, *names: str) -> None:
    """Copy the given *names*; an empty string becomes null."""
    for name in names:
        if name in params:
            obj[name] = None if params[name] == "" else params[name]


def update(obj: Json, params: Json, *names: str) -> None:
    assign(obj, params, *names)
    if "metadata" in params:
        obj["metadata"] = merge_metadata(obj["metadata"], params["metadata"])


def check_url(value: str | None, param: str) -> None:
    if value is not None and not is_url(value):
        raise invalid("Not a valid URL", param=param, code="url_invalid")


def is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def need(params: Json, name: str) -> Any:
    if name not in params:
        raise invalid(f"Missing required param: {name}.", param=name, code="parameter_missing")
    return params[name]
