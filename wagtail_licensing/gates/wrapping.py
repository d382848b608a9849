"""Put a gate around a function of Wagtail that no hook reaches."""

from collections.abc import Callable
from functools import wraps
from typing import Any

_MARK = "wrapped_by_wagtail_licensing"


def wrap(owner: Any, name: str, wrapper: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Replace the callable ``name`` of ``owner`` by ``wrapper(original)``, once."""
    original = getattr(owner, name)
    if getattr(original, _MARK, False):
        return
    wrapped = wraps(original)(wrapper(original))
    setattr(wrapped, _MARK, True)
    setattr(owner, name, wrapped)
