"""The one reader of a request: what its user holds is read once, for everything that asks."""

from contextlib import suppress
from typing import Any

from django.contrib.auth.models import AnonymousUser

from ..access.reader import Reader
from ..domain.access import AccessDecision
from .headers import touch

#: Where a request keeps its reader.
_READER = "_licensing_reader"


def request_reader(request: Any) -> Reader:
    """Return the reader of ``request``, for any number of targets; without a request that of a visitor.

    A user that was put in place of the first one, as an API does with a token, has a new reader.
    """
    user = visitor_of(request)
    request = getattr(request, "_request", request)
    reader: Reader | None = getattr(request, _READER, None)
    if reader is None or reader.user is not user:
        reader = Reader(user, many=True)
        if request is not None:
            with suppress(AttributeError):  # what stands for a request may take no attributes
                setattr(request, _READER, reader)
    return reader


def visitor_of(request: Any) -> Any:
    """Return the user of ``request``; nobody, without a request or a user in it. No query."""
    user = getattr(request, "user", None)
    return AnonymousUser() if user is None else user


def decide_for(request: Any, target: Any) -> AccessDecision:
    """Decide about ``target`` for the visitor of ``request``, whose answer then is stored nowhere,
    unless no gate stands there. Queries as for ``check_many``, once per request."""
    decision = request_reader(request).check(target)
    if decision.consulted_a_gate:
        touch(request)
    return decision
