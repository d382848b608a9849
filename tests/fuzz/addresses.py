"""Every address of ours, discovered from the URL configuration."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver


def patterns_below(prefix: str) -> Iterator[str]:
    """Yield the route of every view whose address begins with ``prefix``."""
    yield from (route for route, _ in _walk(get_resolver(), "") if route.startswith(prefix))


def _walk(resolver: URLResolver, before: str) -> Iterator[tuple[str, URLPattern]]:
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _walk(entry, route)
        else:
            yield route, entry
