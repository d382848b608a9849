"""The gate before every document that Wagtail serves, and the sending of those behind one."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from wagtail.documents.models import document_served
from wagtail.documents.views import serve as wagtail_serve

from ..access.decision import check_access
from ..conf import now
from ..domain.access import AccessDecision, AccessReason
from .files.addresses import close_addresses
from .files.counting import DownloadRefused, count_download, forget_download
from .files.images import close_images
from .files.media import close_media
from .files.sending import NOTHING_RUNS, send_file
from .files.serving import denied_status
from .files.signing import signed_address, signs_addresses
from .files.streams import close_unsent, noticed_if_nothing_comes
from .headers import forbid_storing
from .missing import never_stored_if_missing
from .responses import deny
from .wrapping import wrap_view

#: Set on a request whose document has passed a gate: the decision.
_PASSED = "_licensing_document_passed"

#: Set on a request that comes with a decision: the id of the document, and the decision.
_DECIDED = "_licensing_document_decided"

#: Set on a request whose document we send: the answer.
_SENT = "_licensing_document_sent"


def before_serve_document(document: Any, request: Any) -> HttpResponse | None:
    """Answer a request for a document that stays closed, or return None and let Wagtail go on.

    A denial comes before any ``ETag`` or range is looked at, and is never a success, so that no
    player or downloader takes the paywall for the file.
    """
    at = now()
    document_id, decision = getattr(request, _DECIDED, (None, None))
    if document_id != document.pk or decision is None:
        decision = check_access(getattr(request, "user", None), document, at)
    if not decision.allowed:
        return deny(request, document, decision, at=at, status=denied_status())
    if decision.consulted_a_gate:
        setattr(request, _PASSED, decision)
    return None


def serve_decided(request: Any, document: Any, decision: AccessDecision) -> Any:
    """Let Wagtail serve ``document``, all hooks included, by a decision made already for the user of
    ``request``."""
    setattr(request, _DECIDED, (document.pk, decision))
    return wagtail_serve.serve(request, str(document.pk), document.filename)


def send_document(document: Any, request: Any) -> HttpResponse | None:
    """Send a document that has passed its gate and every other hook; None for one without a gate.

    Comes after every other hook, in place of Wagtail's own sending, which knows neither parts of
    files nor short-lived addresses. Where documents are served by a redirect, it leads to an address
    that its storage signs for a minute; a storage that cannot sign never gives its address away.
    """
    decision = getattr(request, _PASSED, None)
    if decision is None:
        return None
    setattr(request, _SENT, _counted(document, request, decision))
    # Wagtail takes no streaming answer from a hook: the view around it puts ours in place of this one.
    return HttpResponse(status=204)


#: Answers that send a file or a part of it, or lead to where it is sent.
_SENDS = frozenset({200, 206, 302})


def _counted(document: Any, request: Any, decision: AccessDecision) -> Any:
    response = _sent(document, request)
    download = None
    if request.method == "GET" and response.status_code in _SENDS and _is_logged(request, decision):
        at = now()
        try:
            download = count_download(document=document, user=request.user, decision=decision, at=at)
        except DownloadRefused as refusal:
            close_unsent(response)
            return deny(request, document, refusal.decision, at=at, status=denied_status())
    if download is not None:
        noticed_if_nothing_comes(response, partial(forget_download, download))
    document_served.send(sender=type(document), instance=document, request=request)
    return response


def _is_logged(request: Any, decision: AccessDecision) -> bool:
    """Tell whether a download is written down: not where a file is free, and not for nobody."""
    user = getattr(request, "user", None)
    is_free = decision.reason is AccessReason.OPEN_TO_ALL
    return not is_free and getattr(user, "pk", None) is not None


def _sent(document: Any, request: Any) -> Any:
    file = document.file
    if request.method == "GET" and _redirects(file.storage) and signs_addresses(file.storage):
        return HttpResponseRedirect(signed_address(file))
    blocks = getattr(settings, "WAGTAILDOCS_BLOCK_EMBEDDED_CONTENT", True)
    return send_file(
        request,
        file,
        filename=document.filename,
        content_type=document.content_type,
        attachment=document.content_disposition != "inline",
        policy=NOTHING_RUNS if blocks else "",
    )


def close_documents() -> None:
    """Close the addresses of files and the views that send them; called once, when we are ready.

    A hook cannot change an answer that comes after it, so that Wagtail's view is wrapped.
    """
    close_addresses()
    close_images()
    close_media()
    wrap_view(wagtail_serve, "serve", _never_stored, urls="wagtail.documents.urls")


def _never_stored(serve: Callable[..., Any]) -> Callable[..., Any]:
    serve = never_stored_if_missing(serve)

    def served(request: Any, *args: Any, **kwargs: Any) -> Any:
        response = serve(request, *args, **kwargs)
        response = getattr(request, _SENT, response)
        return forbid_storing(response) if getattr(request, _PASSED, None) else response

    return served


def _redirects(storage: Any) -> bool:
    """Tell whether Wagtail would serve documents of ``storage`` by a redirect."""
    method = getattr(settings, "WAGTAILDOCS_SERVE_METHOD", None)
    if method is not None:
        return method in ("redirect", "direct")
    try:
        storage.path("")
    except NotImplementedError:
        return True
    except Exception:  # noqa: BLE001 - it has paths, if not this one
        return False
    return False
