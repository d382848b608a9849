"""Buying: to Stripe's hosted page and back."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.http import urlencode
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
    confirm_checkout,
    start_checkout,
)
from ..conf import now
from ..models import CheckoutIntent, ProductPrice
from ..models.checkout import IntentState
from .holdings import held_products, holdings_of
from .plans import render_plans
from .responses import SeeOther, go_on, member_only, private, safe_path, sign_in_url, tell, unavailable


def _plans_url(return_path: str) -> str:
    url = reverse("wagtail_licensing:plans")
    return f"{url}?{urlencode({'next': return_path})}" if return_path else url


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_POST
@private
@csrf_protect
def buy(request: HttpRequest, price_id: int) -> HttpResponse:
    """Start a checkout of the price and send the browser to Stripe's page.

    POST ``quantity`` (seats, for products sold per seat) and ``next`` (a path of this site, where
    the purchase leads back to). Who is not signed in signs in first and comes back to the offers.
    """
    return_path = safe_path(request, request.POST.get("next"))
    if not request.user.is_authenticated:
        return SeeOther(sign_in_url(return_path or reverse("wagtail_licensing:plans")))
    price = get_object_or_404(ProductPrice.objects.select_related("product"), pk=price_id)
    typed = request.POST.get("quantity", "1").strip()
    quantity = _seats(typed) if price.product.per_seat else 1
    if quantity is None:
        message = _("Please give the number of seats: a whole number from 1 to %(most)s.")
        errors = {price.product_id: (typed[:20], message % {"most": MAX_QUANTITY})}
        return render_plans(request, return_path=return_path, errors=errors, status=400)
    return _start(request, price=price, quantity=quantity, return_path=return_path)


def _seats(typed: str) -> int | None:
    if not typed.isascii() or not typed.isdigit() or len(typed) > 6:
        return None
    seats = int(typed)
    return seats if 1 <= seats <= MAX_QUANTITY else None


def _start(
    request: HttpRequest, *, price: ProductPrice, quantity: int, return_path: str
) -> HttpResponse:
    plans_url = _plans_url(return_path)
    cancelled = reverse("wagtail_licensing:checkout_cancelled")
    query = f"?{urlencode({'next': return_path})}" if return_path else ""
    try:
        intent = start_checkout(
            user=request.user,
            price=price,
            quantity=quantity,
            return_path=return_path,
            success_url=_success_url(request),
            cancel_url=request.build_absolute_uri(cancelled + query),
            at=now(),
        )
    except AlreadyLicensed:
        return _already_licensed(request, price)
    except BillingUnavailable:
        return unavailable(request, back=plans_url)
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
    return SeeOther(intent.session_url)


def _success_url(request: HttpRequest) -> str:
    path = reverse("wagtail_licensing:checkout_return", args=["NONCE"])
    return request.build_absolute_uri(path).replace("NONCE", "{nonce}")


def _already_licensed(request: HttpRequest, price: ProductPrice) -> HttpResponse:
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
    links = [(_plans_url(return_path), _("Choose again"))]
    if return_path:
        links.append((return_path, _("Back to where you were")))
    return tell(
        request,
        heading=_("Nothing was bought"),
        text=_("You left the checkout before paying. Nothing was charged."),
        status=200,
        links=links,
    )


class Stage(StrEnum):
    """Where the return page stands."""

    CONFIRMING = "confirming"
    READY = "ready"
    DELAYED = "delayed"
    FAILED = "failed"
    EXPIRED = "expired"
    SLOW = "slow"


#: Seconds between two looks at the checkout: quick at first, over after a minute.
LOOKS = (1, 2, 2, 5, 5, 5, 10, 10, 10, 10)
#: After so many looks, a checkout that is done and not paid waits for a bank.
PATIENT_LOOKS = 4
#: Seconds on the page that says that all is done, before it leads on by itself.
LINGER = 4


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_safe
@member_only
def checkout_return(request: HttpRequest, nonce: str) -> HttpResponse:
    """Show how a checkout of this person stands, and wait for it by reloading, at most a minute.

    Anybody else's checkout, or none: 404. ``?look=`` counts the reloads; nothing else in the query
    matters, and what Stripe puts there is not read.
    """
    at = now()
    if "\0" in nonce:  # PostgreSQL knows no such text
        raise Http404
    try:
        intent = confirm_checkout(user=request.user, nonce=nonce, at=at)
    except CheckoutIntent.DoesNotExist:
        raise Http404 from None
    look = _look(request.GET.get("look"))
    stage = _stage(intent, look=look, entitled=_entitled(request.user, intent, at))
    return_path = safe_path(request, intent.return_path)
    here = request.path
    context = {
        "stage": stage.value,
        "product": intent.price.product,
        "reference": intent.nonce[:8],
        "continue_url": return_path or reverse("wagtail_licensing:account"),
        "has_return_path": bool(return_path),
        "plans_url": _plans_url(return_path),
        "account_url": reverse("wagtail_licensing:account"),
        "again_url": here,
    }
    response = render(request, "wagtail_licensing/checkout_return.html", context)
    if stage is Stage.CONFIRMING:
        return go_on(response, url=f"{here}?look={look + 1}", seconds=LOOKS[look])
    if stage is Stage.READY:
        return go_on(response, url=context["continue_url"], seconds=LINGER)
    return response


def _look(typed: str | None) -> int:
    if typed and typed.isascii() and typed.isdigit() and len(typed) < 4:
        return min(int(typed), len(LOOKS))
    return 0


def _entitled(user: Any, intent: CheckoutIntent, at: datetime) -> bool:
    return intent.price.product_id in held_products(holdings_of(user), at).open


def _stage(intent: CheckoutIntent, *, look: int, entitled: bool) -> Stage:
    if intent.state == IntentState.FAILED:
        return Stage.FAILED
    if intent.state == IntentState.EXPIRED:
        return Stage.EXPIRED
    if intent.state == IntentState.COMPLETED and entitled:
        return Stage.READY
    if intent.payment_status in {"unpaid", "processing"} and look >= PATIENT_LOOKS:
        return Stage.DELAYED
    return Stage.SLOW if look >= len(LOOKS) else Stage.CONFIRMING
