"""No redirect tells of a page that is hidden from the visitor: it answers as if it were not there."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.apps import apps
from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404
from wagtail.models import Site

from ..access.decision import anything_hidden, is_hidden
from ..access.listings import only_listable
from ..compat import page_model
from ..domain.access import AccessReason
from .headers import never_stored_if_touched
from .redaction import is_hidden_page
from .request_reader import decide_for, visitor_of
from .wrapping import wrap


def close_redirects() -> None:
    """Wrap the middleware of Wagtail's redirects, if the site has them; called once, when we are
    ready."""
    if not apps.is_installed("wagtail.contrib.redirects"):
        return
    from wagtail.contrib.redirects import middleware

    wrap(middleware, "get_redirect", _without_hidden)
    wrap(middleware.RedirectMiddleware, "process_response", _never_stored_if_asked)


def _without_hidden(get_redirect: Callable[..., Any]) -> Callable[..., Any]:
    def found(request: Any, path: str) -> Any:
        redirect = get_redirect(request, path)
        if redirect is None or not anything_hidden():
            return redirect
        page = redirect.redirect_page or _page_at(request, redirect.redirect_link)
        if page is None:
            return redirect
        decision = decide_for(request, page)
        unknown = decision.reason is AccessReason.ERROR
        return None if unknown or is_hidden(decision) else redirect

    return found


def _never_stored_if_asked(process_response: Callable[..., Any]) -> Callable[..., Any]:
    def processed(self: Any, request: Any, response: Any) -> Any:
        return never_stored_if_touched(request, process_response(self, request, response))

    return processed


def _page_at(request: Any, link: str) -> Any:
    """Return the page of this site that an address leads to, or None."""
    address = urlsplit(link)
    site = Site.find_for_request(request)
    if (
        not link
        or site is None
        or (address.netloc and address.netloc.lower() != request.get_host().lower())
    ):
        return None
    parts = [part for part in address.path.split("/") if part]
    try:
        route = site.root_page.localized.specific.route(request, parts)
    except Http404:
        return None
    return route[0]


#: Addresses that are looked up by one query.
_AT_ONCE = 500


def leads_to_hidden(request: Any, redirect: Any) -> bool:
    """Tell whether the person behind ``request`` must not know of the page that ``redirect`` leads to.

    For a redirect to an address at most four queries, none where nothing is hidden.
    """
    if redirect.redirect_page is not None:
        return is_hidden_page(request, redirect.redirect_page)
    if not anything_hidden():
        return False
    listable = only_listable(page_model()._default_manager.all(), visitor_of(request))
    return bool(links_to_hidden([redirect.redirect_link], listable, host=host_of(request)))


def host_of(request: Any) -> str:
    """Return the host that ``request`` was sent to, or "" without one."""
    return str(request.get_host()) if hasattr(request, "get_host") else ""


def links_to_hidden(links: Iterable[str], listable: QuerySet[Any], *, host: str = "") -> set[str]:
    """Return those of ``links`` (paths, or addresses with a host) that lead to a page which is not in
    ``listable``; a sub-route leads to its page.

    ``host`` is that of the request: it is one of ours beside those of the sites. Two queries for every
    500 addresses; nothing is routed.
    """
    places = {link: place for link in links if (place := _places(link, host))}
    wanted = sorted({path for paths in places.values() for path in paths})
    there: set[str] = set()
    shown: set[str] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        pages = page_model()._default_manager.live().filter(url_path__in=some)
        there.update(pages.values_list("url_path", flat=True))
        shown.update(listable.order_by().filter(url_path__in=some).values_list("url_path", flat=True))
    return {link for link, paths in places.items() if _is_hidden(paths, there, shown)}


def _is_hidden(paths: dict[str, int], there: set[str], shown: set[str]) -> bool:
    """Tell whether the page that lies deepest on the way, on any site, is not shown."""
    found: dict[int, list[str]] = defaultdict(list)
    for path, depth in paths.items():
        if path in there:
            found[depth].append(path)
    return bool(found) and any(path not in shown for path in found[max(found)])


def _places(link: str, host: str) -> dict[str, int]:
    """Return the paths in the page tree that an address may lead to or through, each with how many of
    its parts are used up there."""
    address = urlsplit(link)
    name = (address.hostname or "").lower()
    parts = [part for part in address.path.split("/") if part]
    if not address.path.startswith("/"):
        return {}
    places: dict[str, int] = {}
    ours = not name or name == host.partition(":")[0].lower()
    for root in Site.get_site_root_paths():
        if ours or name == (urlsplit(root.root_url or "").hostname or "").lower():
            for skipped in _skippable(parts):
                for depth in range(skipped, len(parts) + 1):
                    inside = "".join(f"{part}/" for part in parts[skipped:depth])
                    places[root.root_path + inside] = depth
    return places


def _skippable(parts: list[str]) -> Iterator[int]:
    """Return how many parts at the beginning may stand for no page: a language may."""
    yield 0
    if parts and parts[0] in dict(settings.LANGUAGES):
        yield 1
