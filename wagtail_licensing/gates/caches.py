"""Keep Django's caches from giving to one visitor what was made for another.

Answers: whatever a gate was consulted for is stored by no cache middleware, also if the view is not
one of Wagtail's. Fragments: a ``{% cache %}`` in which, or before which, a gate was consulted is
rendered and not stored.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from typing import Any

from django.core.handlers import exception
from django.middleware import cache
from django.template.base import NodeList
from django.templatetags.cache import CacheNode

from ..access.watching import Watch, start_watching, watching
from .headers import never_stored_if_touched, touch, was_touched
from .wrapping import wrap

#: Where a request keeps what is seen by the watch that began with it.
_WATCH = "_licensing_watch"


def close_caches() -> None:
    """Wrap Django's cache middleware, its ``{% cache %}``, on which Wagtail's tags build, and its
    answers to errors; called once, when we are ready."""
    wrap(cache.FetchFromCacheMiddleware, "process_request", _watched)
    wrap(cache.UpdateCacheMiddleware, "process_response", _unless_touched)
    wrap(CacheNode, "render", _unless_consulted)
    wrap(exception, "response_for_exception", _marked_if_touched)


@contextmanager
def watching_request(request: Any) -> Iterator[None]:
    """Watch inside whether a gate is consulted for ``request``; :func:`touched` tells."""
    with watching() as watch:
        setattr(request, _WATCH, watch)
        yield


def touched(request: Any) -> bool:
    """Tell whether the answer to ``request`` depends on who asks, as far as it is put together."""
    watch: Watch | None = getattr(request, _WATCH, None)
    if watch is not None and watch.consulted:
        touch(request)
    return was_touched(request)


def _watched(process_request: Callable[..., Any]) -> Callable[..., Any]:
    def watched(self: Any, request: Any) -> Any:
        if not hasattr(request, _WATCH):
            setattr(request, _WATCH, start_watching())
        return process_request(self, request)

    return watched


def _unless_touched(process_response: Callable[..., Any]) -> Callable[..., Any]:
    def processed(self: Any, request: Any, response: Any) -> Any:
        if touched(request):
            return never_stored_if_touched(request, response)
        return process_response(self, request, response)

    return processed


def _marked_if_touched(respond: Callable[..., Any]) -> Callable[..., Any]:
    """What fails behind a gate was seen by one person: its 404 or 500 is kept for nobody else."""

    def response_for_exception(request: Any, exc: Exception) -> Any:
        response = respond(request, exc)
        return never_stored_if_touched(request, response) if touched(request) else response

    return response_for_exception


class _NotStoredError(BaseException):
    """Carries what was rendered past the place where it would have been stored.

    No error, and none that careless code between here and there may take for one.
    """

    def __init__(self, text: str) -> None:
        self.text = text


class _Content(NodeList):
    """The content of a fragment, which is only returned where it may be stored."""

    def __init__(self, content: NodeList, watch: Watch) -> None:
        super().__init__(content)
        self._content = content
        self._watch = watch

    def render(self, context: Any) -> Any:
        """Render the content, and raise it when somebody else must not get it."""
        text = self._content.render(context)
        if self._watch.consulted or touched(context.get("request")):
            raise _NotStoredError(text)
        return text


def _unless_consulted(render: Callable[..., Any]) -> Callable[..., Any]:
    def rendered(self: Any, context: Any) -> Any:
        with watching() as watch:
            # A copy: the node is shared by every thread that renders its template.
            node = copy(self)
            node.nodelist = _Content(self.nodelist, watch)
            try:
                return render(node, context)
            except _NotStoredError as fragment:
                return fragment.text

    return rendered
