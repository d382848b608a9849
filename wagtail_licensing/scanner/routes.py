"""The addresses of a site, read from its URLconf."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import LocalePrefixPattern, Resolver404, URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern
from django.utils.regex_helper import normalize

_ARGUMENT = re.compile(r"<(?:[^>:]+:)?([^>]+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern of the URLconf. ``template`` is its path with ``%(name)s`` for each argument."""

    template: str
    arguments: tuple[str, ...]
    view: Any
    name: str
    namespaces: tuple[str, ...]

    @property
    def shown(self) -> str:
        """The pattern for people, with ``<name>`` for each argument."""
        return self.template % {argument: f"<{argument}>" for argument in self.arguments}

    @property
    def module(self) -> str:
        """The module of the view."""
        return str(getattr(getattr(self.view, "view_class", None) or self.view, "__module__", ""))

    @property
    def view_class(self) -> Any:
        """The class of the view, or None: of Django's generic views or REST framework's."""
        return getattr(self.view, "view_class", None) or getattr(self.view, "cls", None)

    def fill(self, values: Mapping[str, Any]) -> str | None:
        """Return the path with ``values`` for the arguments; None where one is missing, or where the
        address leads somewhere else."""
        if any(argument not in values for argument in self.arguments):
            return None
        path = self.template % values
        try:
            found = resolve(path)
        except Resolver404:
            return None
        return path if found.func is self.view or self._is_named(found) else None

    def _is_named(self, found: Any) -> bool:
        """Tell whether this is the pattern that was found: some packages wrap a view each time anew."""
        return bool(self.name) and (self.name, list(self.namespaces)) == (
            found.url_name,
            found.namespaces,
        )


def routes() -> list[Route]:
    """Return every pattern of the site's URLconf, in its order."""
    return list(_walk(get_resolver().url_patterns, "/", (), ()))


def _walk(
    patterns: Any, prefix: str, arguments: tuple[str, ...], namespaces: tuple[str, ...]
) -> Iterator[Route]:
    for entry in patterns:
        template, own = _template(entry.pattern)
        path = prefix + template
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry.url_patterns, path, arguments + own, inner)
        elif isinstance(entry, URLPattern):
            yield Route(path, arguments + own, entry.callback, entry.name or "", namespaces)


def _template(pattern: Any) -> tuple[str, tuple[str, ...]]:
    if isinstance(pattern, LocalePrefixPattern):
        return pattern.language_prefix, ()
    if isinstance(pattern, RoutePattern):
        route = str(pattern).replace("%", "%%")
        return _ARGUMENT.sub(r"%(\1)s", route), tuple(_ARGUMENT.findall(route))
    text, names = normalize(pattern.regex.pattern)[0]
    return text, tuple(names)
