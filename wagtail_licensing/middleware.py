"""Middleware: says on every answer for which a gate was consulted that no cache may keep it."""

from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction

from .gates.caches import touched, watching_request
from .gates.headers import never_stored_if_touched

__all__ = ["LicensingMiddleware"]


class LicensingMiddleware:
    """Marks the answers of any view that depend on who asks: ``Cache-Control: private, no-store``.

    What Wagtail serves is marked without it. It covers the views of a site that ask
    ``check_access``, ``only_accessible``, ``has_perm`` or our template tags themselves. List it
    below Django's ``UpdateCacheMiddleware``, or that of another page cache, and above everything
    that may ask. Works for synchronous and asynchronous sites. No query.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: Any) -> Any:
        """Answer ``request``."""
        if iscoroutinefunction(self):
            return self._answer(request)
        with watching_request(request):
            response = self.get_response(request)
        return _marked(request, response)

    async def _answer(self, request: Any) -> Any:
        with watching_request(request):
            response = await self.get_response(request)
        return _marked(request, response)


def _marked(request: Any, response: Any) -> Any:
    return never_stored_if_touched(request, response) if touched(request) else response
