"""The link that works once: to a gift, to what was bought without an account, to a free license."""

from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ..billing.guests import adopt_customer
from ..conf import now
from ..domain.states import Cause, PendingReason, State
from ..licenses import (
    ChangedBy,
    ClaimedBefore,
    ClaimRefused,
    SentTooOften,
    claim_license,
    send_claim_again,
)
from ..models import LicenseClaim
from .holdings import held_products, holdings_of
from .new_account import has_account, make_account
from .responses import SeeOther, private, safe_path, sign_in_url, tell, unreferred

_MEMBER = Cause.MEMBER


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@private
@unreferred
@csrf_protect
def claim(request: HttpRequest, token: str) -> HttpResponse:
    """Show what the link gives and how to take it; only a POST takes it.

    Reading it changes nothing: programs that look through mails open every link. A signed-in person
    takes it with a button; anybody else signs in, or chooses a password for the address to which the
    link was sent. A link that has expired can be asked for again: the new one goes to that address.
    """
    found = LicenseClaim.with_token(token)
    if found is None or found.license_id is None:
        return _no_link(request)
    if request.user.is_authenticated and found.claimed_by_id == request.user.pk:
        return SeeOther(reverse("wagtail_licensing:account"))
    if not _waits(found):
        return _no_link(request)
    if not found.link_works(now()):
        return _send_again(request, found) if request.method == "POST" else _page(request, found)
    if request.method != "POST":
        return _page(request, found)
    if request.user.is_authenticated:
        return _take(request, found, user=request.user)
    return _take_with_a_new_account(request, found)


def _waits(found: LicenseClaim) -> bool:
    license = found.license
    return (
        license is not None
        and found.claimed_at is None
        and license.state == State.PENDING
        and license.pending_reason == PendingReason.CLAIM
    )


def _page(
    request: HttpRequest, found: LicenseClaim, *, error: str = "", status: int = 200
) -> HttpResponse:
    at = now()
    held = held_products(holdings_of(request.user), at) if request.user.is_authenticated else None
    giver = found.giver
    context = {
        "claim": found,
        "product": found.product,
        "giver": (giver.get_full_name() or giver.get_username()) if giver else "",
        "has_expired": not found.link_works(at),
        "has_account": not request.user.is_authenticated and has_account(found.email),
        "has_it": held is not None and found.product_id in held.open,
        "sign_in_url": sign_in_url(request.path),
        "person": request.user.get_username() if request.user.is_authenticated else "",
        "error": error,
    }
    return render(request, "wagtail_licensing/claim.html", context, status=status)


def _no_link(request: HttpRequest) -> HttpResponse:
    """Say one thing whatever is wrong: nothing is told about links that are not one's own."""
    return tell(
        request,
        heading=_("This link does not work any more"),
        text=_(
            "It was used, or a newer one was sent, or what it led to was taken back. "
            "If it was used by you, sign in to your account."
        ),
        status=410,
        links=[(reverse("wagtail_licensing:account"), _("Go to your account"))],
    )


def _take(request: HttpRequest, found: LicenseClaim, *, user: Any) -> HttpResponse:
    at = now()
    try:
        with transaction.atomic():
            by = ChangedBy(cause=_MEMBER, actor=user)
            license = claim_license(claim_id=found.pk, user=user, at=at, by=by)
            path = adopt_customer(license_id=license.pk, user_id=user.pk)
    except ClaimedBefore:
        return tell(
            request,
            heading=_("You have had this already"),
            text=_("%(product)s is free once for each person.") % {"product": found.product.name},
            status=409,
            links=[(reverse("wagtail_licensing:account"), _("Go to your account"))],
        )
    except ClaimRefused:
        return _no_link(request)
    return SeeOther(safe_path(request, path) or reverse("wagtail_licensing:account"))


def _take_with_a_new_account(request: HttpRequest, found: LicenseClaim) -> HttpResponse:
    try:
        # The account and the license come together, or neither does.
        with transaction.atomic():
            user = make_account(email=found.email, password=request.POST.get("password", ""))
            answer = _take(request, found, user=user)
            if answer.status_code != SeeOther.status_code:
                transaction.set_rollback(True)
                return answer
    except ValidationError as refused:
        return _page(request, found, error=" ".join(refused.messages), status=400)
    login(request, user, backend=_backend())
    return answer


def _backend() -> str:
    backends = list(settings.AUTHENTICATION_BACKENDS)
    usual = "django.contrib.auth.backends.ModelBackend"
    return usual if usual in backends else backends[0]


def _send_again(request: HttpRequest, found: LicenseClaim) -> HttpResponse:
    try:
        send_claim_again(claim_id=found.pk, at=now(), by=ChangedBy(cause=_MEMBER))
    except ClaimRefused:
        return _no_link(request)
    except SentTooOften:
        text = _("A new link was sent a short while ago, or many times. Please try again later.")
        return tell(request, heading=_("No new link now"), text=text, status=429, links=[])
    return tell(
        request,
        heading=_("A new link is on its way"),
        text=_("It goes to the same address as the one that you have just used."),
        status=200,
        links=[],
    )
