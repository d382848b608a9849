"""The gate before every page that Wagtail serves, sub-routes included."""

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse
from wagtail import views as wagtail_views

from ..access.decision import check_access
from ..conf import now
from ..domain.access import AccessDecision
from .headers import forbid_storing
from .missing import never_stored_if_missing
from .responses import deny
from .wrapping import wrap_view

#: Where a request keeps the answer between the two hooks.
_ANSWER = "_licensing_answer"


def before_serve(page: Any, request: Any, args: Any, kwargs: Any) -> HttpResponse | None:
    """Answer a request for a page that stays closed, or return None and let Wagtail go on.

    Comes before every other hook, since the first answer wins.
    """
    return _answer(page, request)


def on_serve(serve: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap serving: check again when a page comes without having passed :func:`before_serve`, and
    keep every answer behind a gate out of caches."""

    def gated_serve(page: Any, request: Any, args: Any, kwargs: Any) -> Any:
        decision = _known(page, request)
        if decision is None:
            if (response := _answer(page, request)) is not None:
                return response
            decision = _known(page, request)
        response = serve(page, request, args, kwargs)
        return (
            response if decision is None or not decision.consulted_a_gate else forbid_storing(response)
        )

    return gated_serve


def close_pages() -> None:
    """Keep the 404 of a hidden page out of caches; called once, when we are ready."""
    wrap_view(wagtail_views, "serve", never_stored_if_missing, urls="wagtail.urls")


def _known(page: Any, request: Any) -> AccessDecision | None:
    page_id, decision = getattr(request, _ANSWER, (None, None))
    return decision if page_id == page.pk else None


def _answer(page: Any, request: Any) -> HttpResponse | None:
    at = now()
    looked_at_session = _session_accessed(request)
    # A lazy user stays unloaded when no gate stands before the page.
    decision = check_access(getattr(request, "user", None), page, at)
    if decision.allowed:
        setattr(request, _ANSWER, (page.pk, decision))
        return None
    if request.method == "OPTIONS":
        # What methods there are is no secret, and nothing of the page is in the answer.
        return forbid_storing(HttpResponse(headers={"Allow": "GET, HEAD, OPTIONS"}))
    try:
        return deny(request, page, decision, at=at)
    except Http404:
        _restore_session(request, looked_at_session)
        raise


def _session_accessed(request: Any) -> bool | None:
    session = getattr(request, "session", None)
    return None if session is None else bool(session.accessed)


def _restore_session(request: Any, accessed: bool | None) -> None:
    """Let a hidden page answer like one that does not exist, without ``Vary: Cookie``.

    The session was looked at only to decide.
    """
    if accessed is False and not request.session.modified:
        request.session.accessed = False
