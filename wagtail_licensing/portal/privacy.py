"""A person's own data: a copy of it, and the end of the account."""

from datetime import datetime
from typing import Any

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ..billing.stop import running_subscriptions
from ..conf import now
from ..models import LicenseSeat
from ..models.licenses import SeatState
from ..models.privacy import DeletionBilling, DeletionState
from ..privacy.delete import (
    DeletionRefused,
    request_deletion,
    waiting_deletion,
    withdraw_deletion,
)
from ..privacy.export import export_zip
from ..privacy.refusals import reasons_against
from ..tasks import ring_deletion
from .account import account_page
from .holdings import holdings_of
from .responses import SeeOther, member_only, tell


@require_safe
@member_only
def privacy(request: HttpRequest) -> HttpResponse:
    """Offer a copy of the data and the end of the account, with what that means for this person."""
    return _page(request)


def _page(request: HttpRequest, *, error: str = "", status: int = 200) -> HttpResponse:
    at = now()
    context = {
        "waiting": waiting_deletion(request.user),
        "reasons": reasons_against(request.user),
        "running": running_subscriptions(request.user).count(),
        "losses": _losses(request.user, at),
        "error": error,
    }
    response = account_page(request, "privacy", context)
    response.status_code = status
    return response


def _losses(user: Any, at: datetime) -> list[str]:
    """Say what goes with the account, for this person."""
    open_now = [row for row in holdings_of(user) if row.entitles(at)]
    losses = [
        ngettext(
            "%(count)s license that opens something now",
            "%(count)s licenses that open something now",
            len(open_now),
        )
        % {"count": len(open_now)}
    ]
    others = (
        LicenseSeat.objects.filter(license__user=user, state=SeatState.ASSIGNED)
        .exclude(user=user)
        .count()
    )
    if others:
        losses.append(
            ngettext(
                "the seat of %(count)s person who uses a license of yours",
                "the seats of %(count)s people who use a license of yours",
                others,
            )
            % {"count": others}
        )
    return losses if open_now or others else []


@require_POST
@member_only
@csrf_protect
def export(request: HttpRequest) -> HttpResponse:
    """Send the person a copy of what is known about them: a zip with JSON and a page to read."""
    response = HttpResponse(export_zip(user=request.user, at=now()), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_POST
@member_only
@csrf_protect
def delete(request: HttpRequest) -> HttpResponse:
    """Delete the account: at once, or when what is paid has run out.

    POST ``billing`` (``period_end`` or ``at_once``), ``password`` (of who has one) and ``sure``.
    """
    billing = request.POST.get("billing", "")
    error = _what_is_missing(request, billing)
    if error:
        return _page(request, error=error, status=400)
    try:
        deletion = request_deletion(
            user=request.user, billing=billing, at=now(), requested_by=request.user
        )
    except DeletionRefused as refused:
        return _page(request, error=" ".join(refused.reasons), status=409)
    ring_deletion(deletion.pk)
    deletion.refresh_from_db()
    if deletion.state == DeletionState.DONE:
        logout(request)
        return tell(
            request,
            heading=_("Your account is deleted"),
            text=_("Nothing more is charged, and nothing here names you any more."),
            status=200,
            links=[("/", _("Go to the first page"))],
        )
    return SeeOther(reverse("wagtail_licensing:account_privacy"))


def _what_is_missing(request: HttpRequest, billing: str) -> str:
    user: Any = request.user
    if billing not in DeletionBilling.values:
        return _("Choose what becomes of what you have paid for.")
    if user.has_usable_password() and not user.check_password(request.POST.get("password", "")):
        return _("This is not your password.")
    if request.POST.get("sure") != "on":
        return _("Confirm that the account is to be deleted.")
    return ""


@require_POST
@member_only
@csrf_protect
def keep(request: HttpRequest) -> HttpResponse:
    """Keep an account whose deletion waits."""
    withdraw_deletion(user=request.user)
    return SeeOther(reverse("wagtail_licensing:account_privacy"))
