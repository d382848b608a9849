"""The answer to somebody who may not open a target: the same for pages, documents and views."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from ..access.decision import without_access
from ..conf import conf
from ..domain.access import AccessDecision, AccessReason
from ..models.gates import WithoutAccess
from ..signals import access_denied
from .headers import forbid_storing
from .paywall import paywall_context, sign_in_url

#: Seconds after which a browser may try again when a decision failed.
RETRY_AFTER = 30


def deny(
    request: Any, target: Any, decision: AccessDecision, *, at: datetime, status: int | None = None
) -> HttpResponse:
    """Return the answer to a denied request; no cache may keep it.

    A failed decision is 503. Otherwise the gate says what is shown: "not found" raises
    ``Http404``, "login" leads an anonymous visitor to the sign-in page and shows everybody else the
    paywall, so that nobody is sent in circles. ``status`` of the paywall: the setting, by default.
    Whose downloads are used up knows that the file is there, and is told.
    """
    _announce(request, target, decision)
    if decision.reason is AccessReason.ERROR:
        return forbid_storing(unavailable())
    mode = without_access(decision)
    if mode == WithoutAccess.NOT_FOUND and decision.reason is not AccessReason.DOWNLOADS_USED_UP:
        raise Http404
    if mode == WithoutAccess.LOGIN and decision.reason is AccessReason.SIGN_IN_REQUIRED:
        return forbid_storing(HttpResponseRedirect(sign_in_url(request)))
    return forbid_storing(paywall_response(request, target, decision, at, status or conf.denied_status))


def paywall_response(
    request: Any, target: Any, decision: AccessDecision, at: datetime, status: int
) -> HttpResponse:
    """Return the paywall of ``target``: what may be shown of it, and what opens it."""
    context = paywall_context(request, decision, target, at=at)
    response = render(request, conf.paywall_template, context, status=status)
    if request.method == "HEAD":
        response.content = b""
    return response


def unavailable() -> HttpResponse:
    """Return the answer when nobody can tell: 503, to be tried again."""
    # Plain text: what broke the decision may break a template too.
    text = gettext("We cannot tell at the moment whether this is open to you. Please try again soon.")
    response = HttpResponse(text, content_type="text/plain; charset=utf-8", status=503)
    response["Retry-After"] = str(RETRY_AFTER)
    return response


def _announce(request: Any, target: Any, decision: AccessDecision) -> None:
    failed = decision.reason is AccessReason.ERROR
    user_id = None if failed else getattr(request.user, "pk", None)
    access_denied.send_robust(sender=AccessDecision, user_id=user_id, target=target, decision=decision)
