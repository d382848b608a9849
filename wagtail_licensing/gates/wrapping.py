"""Put a gate around a function of Wagtail that no hook reaches."""

import sys
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


def wrap_view(
    owner: Any, name: str, wrapper: Callable[[Callable[..., Any]], Callable[..., Any]], *, urls: str
) -> None:
    """Wrap a view, and with it the addresses in the module ``urls`` that lead there already."""
    original = getattr(owner, name)
    wrap(owner, name, wrapper)
    module = sys.modules.get(urls)
    for pattern in module.urlpatterns if module else ():
        if pattern.callback is original:
            pattern.callback = getattr(owner, name)
