"""Buying: to Stripe's hosted page, or back without having paid."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ..billing.checkout import (
    MAX_QUANTITY,
    AlreadyLicensed,
    BillingUnavailable,
    CheckoutRefused,
    PaymentUnderWay,
    TooManyAttempts,
    TrialUsed,
    start_checkout,
)
from ..billing.guest_checkout import start_guest_checkout
from ..conf import conf, now
from ..domain.teams import may_buy
from ..models import CheckoutIntent, Organization, ProductPrice
from ..models.checkout import IntentState
from .buyers import buying_for, plans_url_to
from .guests import is_guests_own, remember_guest
from .limits import may_ask
from .plans import render_plans
from .responses import (
    SeeOther,
    private,
    safe_path,
    sign_in_url,
    tell,
    too_many,
    unavailable,
)


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_POST
@private
@csrf_protect
def buy(request: HttpRequest, price_id: int) -> HttpResponse:
    """Start a checkout of the price and send the browser to Stripe's page.

    POST ``quantity`` (seats, for products sold per seat), ``trial`` (the button spoke of one),
    ``next`` (a path of this site, where the purchase leads back to) and ``for`` (the slug of the
    organization that buys; one for which the person may not buy: 404). Who is not
    signed in buys as a guest where the site allows it, and otherwise, for a trial or for an
    organization, signs in first and comes back to the offers.
    """
    return_path = safe_path(request, request.POST.get("next"))
    guest, wanted = not request.user.is_authenticated, request.POST.get("for")
    if guest and (not conf.guest_checkout or request.POST.get("trial") or wanted):
        return SeeOther(sign_in_url(return_path or reverse("wagtail_licensing:plans")))
    organization = buying_for(request, wanted)
    price = get_object_or_404(ProductPrice.objects.select_related("product"), pk=price_id)
    typed = request.POST.get("quantity", "1").strip()
    quantity = _seats(typed) if price.product.per_seat else 1
    if quantity is None:
        message = _("Please give the number of seats: a whole number from 1 to %(most)s.")
        errors = {price.product_id: (typed[:20], message % {"most": MAX_QUANTITY})}
        return render_plans(
            request, return_path=return_path, organization=organization, errors=errors, status=400
        )
    at = now()
    if guest and not may_ask(request, what="checkout", at=at):
        return too_many(request, at=at)
    return _start(
        request,
        price=price,
        quantity=quantity,
        return_path=return_path,
        organization=organization,
        at=at,
    )


def _seats(typed: str) -> int | None:
    if not typed.isascii() or not typed.isdigit() or len(typed) > 6:
        return None
    seats = int(typed)
    return seats if 1 <= seats <= MAX_QUANTITY else None


def _start(
    request: HttpRequest,
    *,
    price: ProductPrice,
    quantity: int,
    return_path: str,
    organization: Organization | None,
    at: datetime,
) -> HttpResponse:
    plans_url = plans_url_to(return_path, organization)
    cancelled = reverse("wagtail_licensing:checkout_cancelled")
    query = f"?{urlencode({'next': return_path})}&checkout=" if return_path else "?checkout="
    wish: dict[str, Any] = {
        "price": price,
        "quantity": quantity,
        "expects_trial": bool(request.POST.get("trial")),
        "return_path": return_path,
        "success_url": success_url(request),
        "cancel_url": request.build_absolute_uri(cancelled + query) + "{nonce}",
        "at": at,
    }
    try:
        if request.user.is_authenticated:
            intent = start_checkout(
                user=request.user, organization=organization, language=get_language() or "", **wish
            )
        else:
            intent = start_guest_checkout(language=get_language() or "", **wish)
            remember_guest(request, intent.nonce)
    except CheckoutRefused as refused:
        return refusal(request, refused, price=price, plans_url=plans_url, organization=organization)
    return SeeOther(intent.session_url)


def refusal(
    request: HttpRequest,
    refused: CheckoutRefused,
    *,
    price: ProductPrice,
    plans_url: str,
    organization: Organization | None = None,
) -> HttpResponse:
    """Say why a purchase does not start, and that nothing was charged."""
    try:
        raise refused
    except AlreadyLicensed:
        return _already_licensed(request, price, organization)
    except BillingUnavailable:
        return unavailable(request, back=plans_url)
    except TrialUsed as refused:
        return tell(
            request,
            heading=_("There is no second trial"),
            text=f"{refused} {_('Nothing was charged now.')}",
            status=409,
            links=[(plans_url, _("See what is on offer"))],
        )
    except (PaymentUnderWay, TooManyAttempts) as refused:
        return tell(
            request,
            heading=_("This cannot be bought right now"),
            text=f"{refused} {_('Nothing was charged now.')}",
            status=409,
            links=[(reverse("wagtail_licensing:account"), _("Go to your account"))],
        )
    except CheckoutRefused:
        return tell(
            request,
            heading=_("This is not for sale any more"),
            text=_("Nothing was charged. Please have a look at what is on offer now."),
            status=404,
            links=[(plans_url, _("See what is on offer"))],
        )


def success_url(request: HttpRequest) -> str:
    path = reverse("wagtail_licensing:checkout_return", args=["NONCE"])
    return request.build_absolute_uri(path).replace("NONCE", "{nonce}")


def _already_licensed(
    request: HttpRequest, price: ProductPrice, organization: Organization | None
) -> HttpResponse:
    if organization is not None:
        about = {"organization": organization.name, "product": price.product.name}
        billing = reverse("wagtail_licensing:organization_billing", args=[organization.slug])
        return tell(
            request,
            heading=_("%(organization)s has %(product)s already") % about,
            text=_("Nothing was charged. Add seats or change the plan in the billing of the team."),
            status=409,
            links=[(billing, _("Go to the billing of the team"))],
        )
    return tell(
        request,
        heading=_("You have %(product)s already") % {"product": price.product.name},
        text=_("Nothing was charged. You can see and change what you have in your account."),
        status=409,
        links=[(reverse("wagtail_licensing:account"), _("Go to your account"))],
    )


@require_safe
@private
def checkout_cancelled(request: HttpRequest) -> HttpResponse:
    """Say that nothing was bought, and lead back. Changes nothing."""
    return_path = safe_path(request, request.GET.get("next"))
    intent = open_intent_of(request, request.GET.get("checkout", ""))
    organization = intent.organization if intent is not None else None
    links = [(plans_url_to(return_path, organization), _("Choose again"))]
    if intent is not None:
        resume_url = reverse("wagtail_licensing:resume_checkout", args=[intent.nonce])
        links.insert(0, (resume_url, _("Go on paying")))
    if return_path:
        links.append((return_path, _("Back to where you were")))
    return tell(
        request,
        heading=_("Nothing was bought"),
        text=_("You left the checkout before paying. Nothing was charged."),
        status=200,
        links=links,
    )


def open_intent_of(request: HttpRequest, nonce: str) -> CheckoutIntent | None:
    """Return a checkout of this person (or, for a guest, this browser) that can still be paid.

    One for an organization is theirs for as long as they may buy for it.
    """
    if not nonce or len(nonce) > 64 or "\0" in nonce:
        return None
    intents = CheckoutIntent.objects.filter(
        nonce=nonce,
        state=IntentState.OPEN,
        payment_status__in=["", "unpaid"],
        expires_at__gt=now(),
        session_url__gt="",
    )
    if is_guests_own(request, nonce):
        return intents.filter(user=None).first()
    person: Any = request.user
    if not person.is_authenticated:
        return None
    intent = intents.select_related("organization").filter(user=person).first()
    if intent is not None and intent.organization is not None:
        return intent if may_buy(intent.organization.role_of(person)) else None
    return intent


@require_safe
@private
def resume_checkout(request: HttpRequest, nonce: str) -> HttpResponse:
    """Lead back to Stripe's page of a checkout that was left, as long as it can be paid; else to the
    plans. A visitor signs in first. Stripe is not asked."""
    if not request.user.is_authenticated and not is_guests_own(request, nonce):
        return SeeOther(sign_in_url(request.get_full_path()))
    intent = open_intent_of(request, nonce)
    return SeeOther(intent.session_url if intent is not None else plans_url_to(""))
