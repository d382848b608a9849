"""Open an invitation, accept it, decline it; and for those who sent it: send again, take back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from ...conf import now
from ...domain.mailboxes import masked
from ...licenses import LicenseError, NoSeatLeft
from ...models import Invitation
from ...teams import (
    NotYours,
    OfferClosed,
    TeamError,
    WrongAddress,
    accept_invitation,
    decline_invitation,
    owns_address,
    resend,
    revoke,
)
from ..missing import not_there
from ..responses import SeeOther, member_only, private, sign_in_url, tell, unreferred
from .rows import name_of


def offer_gone(request: HttpRequest) -> HttpResponse:
    """Say that a link works no more, or never did: one page for every reason, 404."""
    return tell(
        request,
        heading=_("This link does not work any more"),
        text=_(
            "It was used, taken back, or is too old; or a newer mail has a newer link. Ask whoever "
            "sent it to send it again."
        ),
        status=404,
        links=[(reverse("wagtail_licensing:account"), _("Go to your account"))],
    )


@require_http_methods(["GET", "HEAD", "POST"])
@private
@unreferred
@csrf_protect
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Show an invitation; only a POST accepts or declines it, mail scanners follow every link."""
    found = Invitation.with_token(token)
    if found is None or not found.is_open(now()):
        return offer_gone(request)
    if request.method != "POST":
        return invitation_page(request, found, token)
    if not request.user.is_authenticated:
        return SeeOther(sign_in_url(request.path))
    decline = request.POST.get("do") == "decline"
    try:
        if decline:
            decline_invitation(invitation_id=found.pk, user=request.user, at=now())
            return SeeOther(reverse("wagtail_licensing:account"))
        accept_invitation(invitation_id=found.pk, user=request.user, at=now())
    except WrongAddress:
        return invitation_page(request, found, token, status=403)
    except NoSeatLeft:
        words = _("There is no seat free at the moment. Your invitation stays open; ask the sender.")
        return invitation_page(request, found, token, error=words, status=409)
    except (OfferClosed, LicenseError):
        return offer_gone(request)
    return SeeOther(reverse("wagtail_licensing:account"))


def invitation_page(
    request: HttpRequest, found: Invitation, token: str, *, error: str = "", status: int = 200
) -> HttpResponse:
    """Render what somebody is invited to, and what they have to do for it."""
    sender: Any = found.created_by
    context = {
        "invitation": found,
        "sender": name_of(sender) if sender is not None else "",
        "is_for_reader": owns_address(request.user, found.email_key),
        "address": masked(found.email),
        "sign_in_url": sign_in_url(reverse("wagtail_licensing:invitation", args=[token])),
        "error": error,
    }
    return render(request, "wagtail_licensing/invitation.html", context, status=status)


@require_POST
@member_only
@csrf_protect
def manage(request: HttpRequest, invitation_id: int) -> HttpResponse:
    """Send an invitation again, or take it back: what ``do`` says."""
    found = Invitation.objects.filter(pk=invitation_id).first()
    wanted = request.POST.get("do", "")
    if found is None or wanted not in {"resend", "revoke"}:
        return not_there(request)
    work = resend if wanted == "resend" else revoke
    back = _page_of(found)
    try:
        work(invitation_id=found.pk, at=now(), actor=request.user)
    except NotYours:
        return not_there(request)
    except TeamError as error:
        return tell(
            request,
            heading=_("This was not done"),
            text=str(error),
            status=409,
            links=[(back, _("Go back"))],
        )
    return SeeOther(f"{back}?done={'sent' if wanted == 'resend' else 'revoked'}")


def _page_of(found: Invitation) -> str:
    if found.organization is not None:
        return reverse("wagtail_licensing:organization", args=[found.organization.slug])
    reference = found.license.reference if found.license is not None else ""
    return reverse("wagtail_licensing:account_seats", args=[reference])
