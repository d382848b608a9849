"""The gate before every page that Wagtail serves, sub-routes included."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from wagtail import views as wagtail_views

from ..access.decision import check_access, is_hidden
from ..conf import now
from .answers import keep_decision, known_decision
from .floor import floor_is_passed, pass_floor
from .headers import forbid_storing, never_stored_if_touched, touch
from .meter import read_on_meter
from .missing import never_stored_if_missing
from .personas import answer_as
from .responses import deny
from .view_as import enter, with_bar
from .wrapping import wrap_view


def before_serve(page: Any, request: Any, args: Any, kwargs: Any) -> HttpResponse | None:
    """Answer a request for a page that stays closed, or return None and let Wagtail go on.

    Comes before every other hook, since the first answer wins.
    """
    answer = _answer(page, request)
    return None if answer is None else with_bar(request, answer)


def on_serve(serve: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap serving: check again when a page comes without having passed :func:`before_serve`, and
    keep every answer behind a gate out of caches."""

    def gated_serve(page: Any, request: Any, args: Any, kwargs: Any) -> Any:
        decision = known_decision(page, request)
        if decision is None:
            if (response := _answer(page, request)) is not None:
                return response
            decision = known_decision(page, request)
        if decision is not None and decision.consulted_a_gate:
            pass_floor(request)
        response = never_stored_if_touched(request, serve(page, request, args, kwargs))
        return with_bar(request, response)

    return gated_serve


def after_core(serve: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap serving once more, inside of Wagtail's own look at restrictions, which ends here."""

    def served(page: Any, request: Any, args: Any, kwargs: Any) -> Any:
        floor_is_passed(request)
        return serve(page, request, args, kwargs)

    return served


def close_pages() -> None:
    """Keep the 404 of a hidden page out of caches; called once, when we are ready."""
    wrap_view(wagtail_views, "serve", never_stored_if_missing, urls="wagtail.urls")


def _answer(page: Any, request: Any) -> HttpResponse | None:
    at = now()
    if enter(page, request) and (answer := answer_as(page, request, at=at)) is not None:
        return answer
    # A lazy user stays unloaded when no gate stands before the page.
    user = getattr(request, "user", None)
    decision = check_access(user, page, at)
    if not decision.allowed:
        counts = request.method == "GET" and not _is_prefetch(request)
        metered = read_on_meter(page=page, user=user, decision=decision, at=at, count=counts)
        decision = metered or decision
    if decision.allowed:
        keep_decision(page, request, decision)
        if decision.consulted_a_gate:
            # Here and not around serving: another hook may answer in its place.
            touch(request)
        return None
    if request.method == "OPTIONS" and not is_hidden(decision):
        # What methods there are is no secret, and nothing of the page is in the answer.
        return forbid_storing(HttpResponse(headers={"Allow": "GET, HEAD, OPTIONS"}))
    return deny(request, page, decision, at=at)


def _is_prefetch(request: Any) -> bool:
    """Tell whether a browser fetches the page without anybody having asked to read it."""
    purpose = request.headers.get("Sec-Purpose", "") or request.headers.get("Purpose", "")
    return "prefetch" in purpose.lower()
