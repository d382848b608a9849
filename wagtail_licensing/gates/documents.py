"""The gate before every document that Wagtail serves."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from wagtail.documents.views import serve as wagtail_serve

from ..access.decision import check_access
from ..conf import conf, now
from .headers import forbid_storing
from .missing import never_stored_if_missing
from .responses import deny
from .wrapping import wrap_view

#: Set on a request whose document has passed a gate.
_PASSED = "_licensing_document_passed"


def before_serve_document(document: Any, request: Any) -> HttpResponse | None:
    """Answer a request for a document that stays closed, or return None and let Wagtail go on.

    A denial comes before any ``ETag`` or range is looked at, and is never a success, so that no
    player or downloader takes the paywall for the file.
    """
    at = now()
    decision = check_access(getattr(request, "user", None), document, at)
    if not decision.allowed:
        return deny(request, document, decision, at=at, status=_status())
    if decision.consulted_a_gate:
        setattr(request, _PASSED, True)
    return None


def close_documents() -> None:
    """Keep what is served from behind a gate out of caches; called once, when we are ready.

    A hook cannot change an answer that comes after it, so that Wagtail's view is wrapped.
    """
    wrap_view(wagtail_serve, "serve", _never_stored, urls="wagtail.documents.urls")


def _never_stored(serve: Callable[..., Any]) -> Callable[..., Any]:
    serve = never_stored_if_missing(serve)

    def served(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = serve(request, *args, **kwargs)
        return forbid_storing(response) if getattr(request, _PASSED, False) else response

    return served


def _status() -> int:
    return conf.denied_status if conf.denied_status >= 400 else 403
