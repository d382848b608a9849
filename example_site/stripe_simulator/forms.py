"""Stripe's nested form encoding: `items[0][price]=price_1&expand[]=customer`."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from .errors import invalid

KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
MAX_DEPTH = 8
MAX_FIELDS = 2000


def decode(encoded: str) -> dict[str, Any]:
    """Nested dicts and lists of strings. Raises Stripe's error for keys that do not nest."""
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except (ValueError, UnicodeDecodeError) as error:
        raise invalid("Invalid request: the form could not be decoded as UTF-8.") from error
    tree: dict[str, Any] = {}
    for key, value in pairs:
        place(tree, key, value)
    return {key: fold(value) for key, value in tree.items()}


def place(tree: dict[str, Any], key: str, value: str) -> None:
    match = KEY.match(key)
    if not match:
        raise invalid(f"Invalid request: the parameter name '{key}' is malformed.", param=key)
    path = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
    if len(path) > MAX_DEPTH:
        raise invalid("Invalid request: parameters nest too deeply.", param=key)
    node = tree
    for depth, part in enumerate(path):
        name = part if part or depth == 0 else str(len(node))
        if depth == len(path) - 1:
            if isinstance(node.get(name), dict):
                raise invalid(f"Invalid request: conflicting values for '{key}'.", param=key)
            node[name] = value
            return
        child = node.setdefault(name, {})
        if not isinstance(child, dict):
            raise invalid(f"Invalid request: conflicting values for '{key}'.", param=key)
        node = child


def fold(value: Any) -> Any:
    """Turn dicts whose keys are all numbers into lists, in the order of the numbers."""
    if not isinstance(value, dict):
        return value
    folded = {key: fold(child) for key, child in value.items()}
    if folded and all(key.isascii() and key.isdigit() for key in folded):
        return [folded[key] for key in sorted(folded, key=int)]
    return folded
