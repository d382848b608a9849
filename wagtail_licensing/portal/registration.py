"""Free licenses on registration: once for each person, and only for an address that was proved."""

from contextlib import suppress
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods

from ..conf import now
from ..domain.states import Cause
from ..licenses import ChangedBy, ClaimedBefore, ClaimRefused, SentTooOften, register_free
from ..models import LicenseProduct
from ..models.products import IssueMode
from .addresses import real_address
from .limits import may_ask
from .responses import private, sign_in_url, tell, too_many


class AddressForm(forms.Form):
    """Where to send the link."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        validators=[real_address],
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@private
@csrf_protect
def register(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask for an address and send the link to a free license there. What is not free: 404.

    A signed-in person's address is the one of the account; it has to be proved like any other. The
    answer is the same whatever is known of an address.
    """
    product = get_object_or_404(
        LicenseProduct, slug=slug, issue_mode=IssueMode.REGISTRATION, is_archived=False
    )
    own = str(getattr(request.user, "email", "") or "") if request.user.is_authenticated else ""
    data: Any = {"email": own} if own else request.POST
    form = AddressForm(data if request.method == "POST" else None)
    if not form.is_valid():
        context = {
            "form": form,
            "product": product,
            "email": own,
            "sign_in_url": "" if request.user.is_authenticated else sign_in_url(request.path),
        }
        status = 400 if request.method == "POST" else 200
        return render(request, "wagtail_licensing/register.html", context, status=status)
    at = now()
    if not may_ask(request, what="registration", at=at):
        return too_many(request, at=at)
    # Who asks for somebody else's address learns nothing of it.
    with suppress(ClaimedBefore, ClaimRefused, SentTooOften):
        register_free(
            product=product,
            email=form.cleaned_data["email"],
            language=(get_language() or "")[:20],
            at=at,
            by=ChangedBy(cause=Cause.MEMBER),
        )
    return tell(
        request,
        heading=_("Please look into your mail"),
        text=_(
            "We sent a link, unless this address has had %(product)s already or was sent one a short "
            "while ago. Your license begins when you open it."
        )
        % {"product": product.name},
        status=200,
        links=[(reverse("wagtail_licensing:account"), _("Go to your account"))],
    )
