"""Gifts: buy for somebody else, and see what became of it."""

import re
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ..billing.checkout import CheckoutRefused, NotForSale
from ..billing.eligibility import require_giftable
from ..billing.gift_checkout import GiftWish, start_gift_checkout
from ..conf import now
from ..domain.states import Cause, State
from ..licenses import ChangedBy, ClaimRefused, SentTooOften, send_claim_again
from ..models import LicenseClaim, ProductPrice
from ..models.claims import ClaimKind
from .account import account_page
from .addresses import real_address
from .buyers import plans_url_to
from .checkout import refusal, success_url
from .formats import format_day, format_price
from .responses import SeeOther, member_only, tell

#: Mail programs turn what looks like this into links; a gift leads to this site and nowhere else.
_ADDRESS_OF_A_SITE = re.compile(r"://|www\.|[a-z0-9-]\.[a-z]{2,}/", re.IGNORECASE)

#: A year ahead is far enough for a birthday.
MOST_DAYS_AHEAD = 366


def without_links(text: str) -> None:
    """Refuse text that a mail program would make a link of. Raises ``ValidationError``."""
    if _ADDRESS_OF_A_SITE.search(text):
        raise ValidationError(_("Please leave out addresses of web sites."))


class GiftForm(forms.Form):
    """For whom a gift is, and when to send it."""

    recipient_name = forms.CharField(
        label=gettext_lazy("Name of the recipient"), max_length=120, validators=[without_links]
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail of the recipient"), max_length=254, validators=[real_address]
    )
    message = forms.CharField(
        label=gettext_lazy("Message (optional)"),
        max_length=1000,
        required=False,
        validators=[without_links],
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    send_on = forms.DateField(
        label=gettext_lazy("Send it on (empty: at once)"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_send_on(self) -> date | None:
        """Refuse days that are over, and those far away."""
        day: date | None = self.cleaned_data["send_on"]
        if day is not None and not 0 <= (day - self.today).days <= MOST_DAYS_AHEAD:
            raise ValidationError(_("Choose today or a day within a year."))
        return day

    def wish(self, at: datetime) -> GiftWish:
        """Return what was asked for; a day begins at midnight where the site is."""
        data, day = self.cleaned_data, self.cleaned_data["send_on"]
        zone = timezone.get_default_timezone()
        send_at = timezone.make_aware(datetime.combine(day, time.min), zone) if day else at
        return GiftWish(
            email=data["email"],
            recipient_name=" ".join(data["recipient_name"].split()),
            message=data["message"],
            send_at=max(send_at, at),
        )


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_http_methods(["GET", "HEAD", "POST"])
@member_only
@csrf_protect
def give(request: HttpRequest, price_id: int) -> HttpResponse:
    """Ask for whom a gift is, then send the browser to Stripe's page. What cannot be given: 404."""
    price = get_object_or_404(ProductPrice.objects.select_related("product"), pk=price_id)
    try:
        require_giftable(price)
    except NotForSale:
        raise Http404 from None
    at = now()
    form = GiftForm(
        request.POST if request.method == "POST" else None, today=timezone.localtime(at).date()
    )
    if not form.is_valid():
        context = {
            "form": form,
            "product": price.product,
            "price_label": format_price(price),
            "plans_url": plans_url_to(""),
        }
        status = 400 if request.method == "POST" else 200
        return render(request, "wagtail_licensing/give.html", context, status=status)
    try:
        intent = start_gift_checkout(
            user=request.user,
            price=price,
            wish=form.wish(at),
            language=get_language() or "",
            success_url=success_url(request),
            cancel_url=request.build_absolute_uri(reverse("wagtail_licensing:checkout_cancelled"))
            + "?checkout={nonce}",
            at=at,
        )
    except CheckoutRefused as refused:
        return refusal(request, refused, price=price, plans_url=plans_url_to(""))
    return SeeOther(intent.session_url)


@require_safe
@member_only
def gifts(request: HttpRequest) -> HttpResponse:
    """Show the gifts that the person has bought, and which were accepted."""
    at = now()
    given = LicenseClaim.objects.filter(
        giver_id=request.user.pk, kind=ClaimKind.GIFT, license__isnull=False
    ).select_related("license", "product")
    return account_page(request, "gifts", {"gifts": [_row(claim, at) for claim in given]})


def _row(claim: LicenseClaim, at: datetime) -> dict[str, Any]:
    license = claim.license
    is_over = license is None or license.state in {State.REVOKED, State.EXPIRED}
    waits = not is_over and claim.claimed_at is None
    return {
        "claim": claim,
        "words": _words(claim, at, waits=waits),
        "tone": "good" if claim.claimed_at else "neutral",
        "waits": waits,
    }


def _words(claim: LicenseClaim, at: datetime, *, waits: bool) -> str:
    if claim.claimed_at is not None:
        return _("Accepted on %(day)s") % {"day": format_day(claim.claimed_at)}
    if not waits:
        return _("Taken back")
    if claim.send_at > at:
        return _("Will be sent on %(day)s") % {"day": format_day(claim.send_at)}
    return _("Not accepted yet")


@require_POST
@member_only
@csrf_protect
def send_again(request: HttpRequest, claim_id: int) -> HttpResponse:
    """Send the link to a gift of one's own again, to another address if one is given.

    Links that were sent before stop working. Anybody else's gift: 404.
    """
    claim = get_object_or_404(LicenseClaim, pk=claim_id, giver=request.user, kind=ClaimKind.GIFT)
    typed = request.POST.get("email", "").strip()
    back = [(reverse("wagtail_licensing:account_gifts"), _("Back to your gifts"))]
    try:
        email = forms.EmailField(max_length=254, validators=[real_address]).clean(typed) if typed else ""
        by = ChangedBy(cause=Cause.MEMBER, actor=request.user)
        send_claim_again(claim_id=claim.pk, at=now(), by=by, email=email)
    except ValidationError as refused:
        heading, text, status = _("Nothing was sent"), " ".join(refused.messages), 400
    except SentTooOften:
        heading, status = _("Nothing was sent"), 429
        text = _("The link was sent a short while ago, or many times. Please try again later.")
    except ClaimRefused:
        heading, status = _("Nothing was sent"), 409
        text = _("This gift was accepted already, or was taken back.")
    else:
        return SeeOther(reverse("wagtail_licensing:account_gifts"))
    return tell(request, heading=heading, text=text, status=status, links=back)
