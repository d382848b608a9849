"""Stripe's webhook: check the signature, keep the event, ring, answer.

The answer says as little as possible: which check failed is nobody's business.
"""

import logging

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from . import tasks
from .billing import inbox
from .billing.signature import InvalidBody, InvalidSignature
from .conf import conf, now

logger = logging.getLogger(__name__)


@transaction.non_atomic_requests
@csrf_exempt
@login_not_required
@require_POST
def stripe_webhook(request: HttpRequest, account: str) -> HttpResponse:
    """Accept one event of Stripe's for ``account``.

    200: kept, or none of our business. 400: not from Stripe. 404: no such account. 413: too long.
    503: no secret is set, or the database is away; Stripe tries again.
    """
    if account != conf.stripe_account:
        return _answer(404, "unknown account")
    if not conf.stripe_webhook_secrets:
        logger.critical("An event was refused: WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS is empty")
        return _answer(503, "not configured")
    body = _read_body(request)
    if body is None:
        return _answer(413, "too large")
    signature = request.headers.get("Stripe-Signature", "")
    try:
        target_ids = inbox.receive(body=body, signature=signature, account=account, at=now())
    except (InvalidSignature, InvalidBody):
        return _answer(400, "invalid")
    except DatabaseError:
        logger.exception("An event could not be kept")
        return _answer(503, "try again")
    for target_id in target_ids:
        tasks.ring(target_id)
    return _answer(200, "ok")


def _read_body(request: HttpRequest) -> bytes | None:
    """Return the body, or None when it is too long; a body that cannot be read is empty.

    The length that is claimed is checked before anything is read, and the real one too.
    """
    longest = conf.webhook_max_bytes
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > longest:
            return None
        body = request.read(longest + 1)
    except (ValueError, UnreadablePostError):
        return b""
    return body if len(body) <= longest else None


def _answer(status: int, text: str) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["Cache-Control"] = "no-store"
    return response
