"""What is not there, and what is hidden, answer alike: a 404 that no cache keeps.

A 404 that a cache kept would be shown to a member. Were only the hidden page marked, the mark
would tell that it is there; so every 404 is marked as long as something is hidden.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.handlers.exception import response_for_exception
from django.http import Http404

from ..access.decision import anything_hidden
from .headers import forbid_storing, never_stored_if_touched


def never_stored_if_missing(serve: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap a view so that its 404 is kept by no cache while something is hidden, nor any answer for
    which a gate was consulted, whichever hook gave it."""

    @wraps(serve)
    def served(request: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return never_stored_if_touched(request, serve(request, *args, **kwargs))
        except Http404 as missing:
            if not anything_hidden():
                raise
            return answer_missing(request, missing)

    return served


def answer_missing(request: Any, missing: Http404) -> Any:
    """Return the site's 404, kept by no cache."""
    return forbid_storing(response_for_exception(request, missing))
