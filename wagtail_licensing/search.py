"""Search a list that shows locked pages, without telling what stands in them."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, overload

from django.db.models import QuerySet
from wagtail.search.backends import get_search_backend

from .access.listings import only_accessible, only_listable
from .gates.headers import touch
from .gates.request_reader import visitor_of

__all__ = ["SearchedPages", "autocomplete_listable", "search_listable"]

#: The fields that everybody may search where a page model names none: ``licensing_search_fields``.
PUBLIC_FIELDS = ("title",)


def search_listable(
    pages: QuerySet[Any],
    request: Any,
    query: Any,
    *,
    fields: Sequence[str] | None = None,
    **options: Any,
) -> "SearchedPages":
    """Search ``pages`` for the visitor of ``request``: all text of what the visitor opens, and of
    what is locked only the fields that everybody may read.

    ``pages`` is a queryset of pages, not yet narrowed or sliced. ``fields`` are searched of locked
    pages, by default ``licensing_search_fields`` of their model, by default the title. ``query`` and
    ``options`` (``operator``, ``order_by_relevance``, ``backend``) are those of Wagtail's ``search``.
    Hidden pages are never found. Two searches; the one of locked pages is not made where nothing is.
    """
    return _searched("search", pages, request, query, fields, options)


def autocomplete_listable(
    pages: QuerySet[Any],
    request: Any,
    query: Any,
    *,
    fields: Sequence[str] | None = None,
    **options: Any,
) -> "SearchedPages":
    """Complete a word, as :func:`search_listable` searches."""
    return _searched("autocomplete", pages, request, query, fields, options)


class SearchedPages(Sequence[Any]):
    """What was found: first what the visitor opens, then what is locked. Slices, counts, paginates.

    ``open`` and ``locked`` are the two results of Wagtail's search; None where nothing is locked.
    """

    def __init__(self, open: Any, locked: Any = None) -> None:
        self.open = open
        self.locked = locked

    def __len__(self) -> int:
        return sum(int(results.count()) for results in self._parts)

    def count(self, value: Any = None) -> int:
        """Return how many were found or, of a page, how often it is among them."""
        return len(self) if value is None else sum(page == value for page in self)

    def __iter__(self) -> Iterator[Any]:
        for results in self._parts:
            yield from results

    @overload
    def __getitem__(self, index: int) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: int | slice) -> Any:
        """Return one page or, of a slice without a step, a list of them."""
        if isinstance(index, int):
            return self[: index + 1][index] if index >= 0 else list(self)[index]
        start, stop, step = index.indices(len(self))
        if step != 1:
            raise ValueError("search results are sliced without a step")
        first = int(self.open.count())
        found = list(self.open[start : min(stop, first)]) if start < first else []
        if self.locked is not None and stop > max(start, first):
            found += list(self.locked[max(start - first, 0) : stop - first])
        return found

    def facet(self, field: str) -> "OrderedDict[Any, int]":
        """Return how many were found for each value of a field, most first."""
        counts: Counter[Any] = Counter()
        for results in self._parts:
            counts.update(results.facet(field))
        return OrderedDict(counts.most_common())

    @property
    def _parts(self) -> list[Any]:
        return [self.open] if self.locked is None else [self.open, self.locked]


def _searched(
    method: str,
    pages: QuerySet[Any],
    request: Any,
    query: Any,
    fields: Sequence[str] | None,
    options: dict[str, Any],
) -> SearchedPages:
    user = visitor_of(request)
    accessible = only_accessible(pages, user)
    search: Callable[..., Any] = getattr(accessible, method)
    if accessible is pages:
        return SearchedPages(search(query, **options))
    touch(request)
    locked = only_listable(pages, user).exclude(pk__in=accessible.order_by().values("pk"))
    public: Any = fields or getattr(pages.model, "licensing_search_fields", PUBLIC_FIELDS)
    public = _searchable(public, options.get("backend", "default"))
    return SearchedPages(
        search(query, **options), getattr(locked, method)(query, fields=public, **options)
    )


def _searchable(fields: Sequence[str], backend: str) -> list[str]:
    """Return those of ``fields`` that the backend tells apart: SQLite's knows the title and the rest."""
    if "sqlite" in type(get_search_backend(backend)).__module__:
        return list(PUBLIC_FIELDS)
    return list(fields)
