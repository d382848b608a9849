"""Checks of what may keep an answer for somebody else: W013."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Warning

OURS = "wagtail_licensing.middleware.LicensingMiddleware"

#: How the middleware is called that stores answers: Django's, and that of page caches like it.
_STORING = ("UpdateCacheMiddleware", "CacheMiddleware")


def check_middleware(**kwargs: Any) -> list[CheckMessage]:
    """Find out whether a page cache is told what it must not store, by all views of the site."""
    middleware = list(settings.MIDDLEWARE)
    storing = [place for place, path in enumerate(middleware) if path.rpartition(".")[2] in _STORING]
    if not storing or (OURS in middleware and middleware.index(OURS) > max(storing)):
        return []
    return [
        Warning(
            f"{middleware[max(storing)]} is not told which answers of your own views it must not keep.",
            hint=f'List "{OURS}" in MIDDLEWARE, below it and above everything that may ask a gate.',
            id="wagtail_licensing.W013",
        )
    ]


CHECKS = (check_middleware,)
