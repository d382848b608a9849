"""The page that a buyer comes back to: it waits for the payment, and says what follows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..billing.checkout import confirm_checkout
from ..billing.guest_checkout import confirm_guest_checkout
from ..conf import now
from ..domain.states import State
from ..domain.teams import may_buy
from ..models import CheckoutIntent, License, LicenseClaim
from ..models.checkout import IntentState
from .buyers import plans_url_to
from .checkout import open_intent_of
from .guests import is_guests_own
from .holdings import held_products, holdings_of
from .responses import go_on, private, safe_path, sign_in_url


class Stage(StrEnum):
    """Where the return page stands."""

    CONFIRMING = "confirming"
    READY = "ready"
    DELAYED = "delayed"
    FAILED = "failed"
    EXPIRED = "expired"
    SLOW = "slow"
    MAILED = "mailed"
    GIVEN = "given"
    TEAM = "team"


#: Seconds between two looks at the checkout: quick at first, over after a minute.
LOOKS = (1, 2, 2, 5, 5, 5, 10, 10, 10, 10)
#: After so many looks, a checkout that is done and not paid waits for a bank.
PATIENT_LOOKS = 4
#: Seconds on the page that says that all is done, before it leads on by itself.
LINGER = 4


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_safe
@private
def checkout_return(request: HttpRequest, nonce: str) -> HttpResponse:
    """Show how a checkout of this person stands, and wait for it by reloading, at most a minute.

    Anybody else's checkout, or none: 404; a guest's is shown to the browser that began it. ``?look=``
    counts the reloads; nothing else in the query matters, and what Stripe puts there is not read.
    What was bought for an organization is the organization's: a buyer who may not buy for it any more
    is told that it has it, and led nowhere else.
    """
    at = now()
    if "\0" in nonce:  # PostgreSQL knows no such text
        raise Http404
    guest = is_guests_own(request, nonce)
    if not guest and not request.user.is_authenticated:
        return HttpResponseRedirect(sign_in_url(request.get_full_path()))
    try:
        intent = (
            confirm_guest_checkout(nonce=nonce, at=at)
            if guest
            else confirm_checkout(user=request.user, nonce=nonce, at=at)
        )
    except CheckoutIntent.DoesNotExist:
        raise Http404 from None
    look = _look(request.GET.get("look"))
    claim = claim_of(intent)
    stage = _stage(intent, look=look, is_done=_is_done(request.user, intent, claim, at))
    return_path = safe_path(request, intent.return_path)
    here, organization = request.path, intent.organization
    buys = organization is not None and may_buy(organization.role_of(request.user))
    account_url = reverse("wagtail_licensing:account")
    if organization is not None and buys:
        account_url = reverse("wagtail_licensing:organization", args=[organization.slug])
    context = {
        "stage": stage.value,
        "claim": claim,
        "masked_email": masked(claim.email) if claim else "",
        "gifts_url": reverse("wagtail_licensing:account_gifts"),
        "product": intent.price.product,
        "reference": intent.nonce[:8],
        "organization": organization,
        "buys": buys,
        "continue_url": return_path or reverse("wagtail_licensing:account"),
        "has_return_path": bool(return_path),
        "plans_url": plans_url_to(return_path, organization if buys else None),
        "account_url": account_url,
        "again_url": here,
        "resume_url": _resume_url(request, intent) if stage is Stage.SLOW else "",
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


def _resume_url(request: HttpRequest, intent: CheckoutIntent) -> str:
    """Return the way back to Stripe's page for who has not paid, or nothing."""
    if open_intent_of(request, intent.nonce) is None:
        return ""
    return reverse("wagtail_licensing:resume_checkout", args=[intent.nonce])


def claim_of(intent: CheckoutIntent) -> LicenseClaim | None:
    """Return what waits to be claimed after a checkout, if anything does. One query or two."""
    if intent.user_id is not None:
        return LicenseClaim.objects.filter(intent=intent, license__isnull=False).first()
    bought = Q(license__billing_payment__customer__guest_intent=intent) | Q(
        license__billing_item__subscription__customer__guest_intent=intent
    )
    return LicenseClaim.objects.filter(bought).first()


def masked(email: str) -> str:
    """Return an address in part: enough for its owner, who may have mistyped it, and for nobody else."""
    local, _at, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"


def _is_done(user: Any, intent: CheckoutIntent, claim: LicenseClaim | None, at: datetime) -> bool:
    if claim is not None:
        return True
    if intent.organization is not None:
        held = License.objects.filter(
            organization=intent.organization, product=intent.price.product_id
        ).exclude(state__in=[State.EXPIRED, State.REVOKED])
        return held.exists()
    return intent.price.product_id in held_products(holdings_of(user), at).open


def _stage(intent: CheckoutIntent, *, look: int, is_done: bool) -> Stage:
    if intent.state == IntentState.FAILED:
        return Stage.FAILED
    if intent.state == IntentState.EXPIRED:
        return Stage.EXPIRED
    if intent.state == IntentState.COMPLETED and is_done:
        if intent.user_id is None:
            return Stage.MAILED
        if intent.organization_id is not None:
            return Stage.TEAM
        return Stage.GIVEN if hasattr(intent, "claim") else Stage.READY
    if intent.payment_status in {"unpaid", "processing"} and look >= PATIENT_LOOKS:
        return Stage.DELAYED
    return Stage.SLOW if look >= len(LOOKS) else Stage.CONFIRMING
