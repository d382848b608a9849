"""What a person is written about: the way out in a reminder, and the choice in the account."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from ..conf import now
from ..notices.people import set_reminders, user_id_in, wants_reminders
from .account import account_page
from .responses import SeeOther, member_only, private, tell


@require_http_methods(["GET", "HEAD", "POST"])
@member_only
@csrf_protect
def preferences(request: HttpRequest) -> HttpResponse:
    """Show and change whether the person is reminded before a license ends or renews."""
    if request.method == "POST":
        wanted = request.POST.get("reminders") == "on"
        set_reminders(user_id=cast("int", request.user.pk), wanted=wanted, at=now())
        return SeeOther(f"{reverse('wagtail_licensing:account_mail')}?saved=1")
    context = {"reminders": wants_reminders(request.user), "saved": "saved" in request.GET}
    return account_page(request, "mail", context)


@csrf_exempt  # A mail program posts here by itself (RFC 8058); the signed token is what it may do.
@require_http_methods(["GET", "HEAD", "POST"])
@private
def no_reminders(request: HttpRequest, token: str) -> HttpResponse:
    """Send a person no more reminders. A look changes nothing; mail scanners follow every link."""
    user_id = user_id_in(token)
    if user_id is None:
        raise Http404("the token is none of ours")
    if request.method != "POST":
        response = render(request, "wagtail_licensing/no_reminders.html", {})
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
    set_reminders(user_id=user_id, wanted=False, at=now())
    return tell(
        request,
        heading=_("You get no more reminders"),
        text=_("You are still written to about payments and the end of access."),
        status=200,
        links=[(reverse("wagtail_licensing:account_mail"), _("Choose what you are written about"))],
    )
