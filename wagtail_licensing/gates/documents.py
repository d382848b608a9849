"""The gate before every document that Wagtail serves."""

from typing import Any

from django.http import HttpResponse
from wagtail.documents.views.serve import serve

from ..access.decision import check_access
from ..conf import conf, now
from .headers import forbid_storing
from .responses import deny

#: Set on a request whose document has passed the gate and is being served.
_PASSED = "_licensing_document_passed"


def before_serve_document(document: Any, request: Any) -> HttpResponse | None:
    """Answer a request for a gated document, or return None for one without a gate.

    A denial comes before any ``ETag`` or range is looked at, and is never a success, so that no
    player or downloader takes the paywall for the file. An open gated document is served through
    Wagtail's own view from here, with every other hook, because its answer must not be cached and
    a hook cannot change an answer that comes after it.
    """
    if getattr(request, _PASSED, None) == document.pk:
        return None
    at = now()
    decision = check_access(getattr(request, "user", None), document, at)
    if not decision.allowed:
        return deny(request, document, decision, at=at, status=_status())
    if not decision.consulted_a_gate:
        return None
    setattr(request, _PASSED, document.pk)
    try:
        return as_hook_answer(forbid_storing(serve(request, document.pk, document.filename)))
    finally:
        delattr(request, _PASSED)


def as_hook_answer(response: Any) -> Any:
    """Return ``response`` as one that Wagtail takes for the answer of a hook.

    It accepts an ``HttpResponse`` alone, which a streamed file is not: it would drop the answer and
    serve the file a second time, without what we said to caches. The class is extended in place, so
    that the stream stays a stream.
    """
    if not isinstance(response, HttpResponse):
        kind = type(response)
        response.__class__ = type(kind.__name__, (kind, HttpResponse), {})
    return response


def _status() -> int:
    return conf.denied_status if conf.denied_status >= 400 else 403
