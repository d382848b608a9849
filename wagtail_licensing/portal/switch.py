"""Another plan for a license: what there is, what the difference costs, and the switch."""

from typing import Any

from django.core import signing
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ..billing.checkout import CheckoutRefused
from ..billing.plan_switch import (
    BillingUnavailable,
    SwitchPreview,
    preview_switch,
    switch_plan,
    switchable_item,
)
from ..conf import conf, now
from ..domain.money import Money
from ..models import BillingItem, License, ProductPrice
from ..models.products import IssueMode
from .formats import format_day, format_money, format_price
from .responses import SeeOther, member_only, tell, unavailable

#: Seconds for which a price that was shown can be confirmed.
SHOWN_FOR = 15 * 60
_SALT = "wagtail_licensing.switch"


def _own(request: HttpRequest, reference: str) -> tuple[License, BillingItem]:
    """Return a license that the signed-in person can switch, and its item; else 404."""
    if "\0" in reference:  # PostgreSQL knows no such text
        raise Http404
    licenses = License.objects.select_related(
        "product",
        "organization",
        "billing_item__price__product",
        "billing_item__subscription__customer",
    )
    license = get_object_or_404(licenses, reference=reference)
    item = switchable_item(request.user, license)
    if item is None:
        raise Http404
    return license, item


@require_safe
@member_only
def plans_to_switch_to(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the plans that a license can be switched to, the present one marked. Stripe is not asked."""
    license, item = _own(request, reference)
    prices = ProductPrice.objects.select_related("product").filter(
        product__issue_mode=IssueMode.PURCHASE,
        product__is_archived=False,
        is_archived=False,
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        currency=item.price.currency if item.price else "",
    )
    options = [
        {"price": price, "label": format_price(price), "is_current": price.pk == item.price_id}
        for price in prices.order_by("product__sort_order", "product__name", "sort_order")
        if price.is_recurring
    ]
    context = {
        "license": license,
        "options": options,
        "current": format_price(item.price) if item.price else "",
        "is_archived": item.price is not None
        and (item.price.is_archived or license.product.is_archived),
        "account_url": _home_of(license),
    }
    return render(request, "wagtail_licensing/switch.html", context)


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_POST
@member_only
@csrf_protect
def preview(request: HttpRequest, reference: str, price_id: int) -> HttpResponse:
    """Ask Stripe what a switch costs now, and show it with a button. Changes nothing."""
    license, _item = _own(request, reference)
    price = get_object_or_404(ProductPrice.objects.select_related("product"), pk=price_id)
    try:
        seen = preview_switch(user=request.user, license=license, price=price, at=now())
    except CheckoutRefused as refused:
        return _refusal(request, refused, reference)
    context = {
        "license": license,
        "price": price,
        "label": format_price(price),
        "due_now": format_money(seen.due_now) if seen.due_now.minor_units > 0 else "",
        "credit": format_money(seen.due_now * -1) if seen.due_now.minor_units < 0 else "",
        "then": format_money(seen.then),
        "renews_on": format_day(license.ends_at) if license.ends_at else "",
        "same_rhythm": _same_rhythm(price, _item.price),
        "seen": _sign(license, price, seen),
        "back_url": reverse("wagtail_licensing:switch", args=[reference]),
    }
    return render(request, "wagtail_licensing/switch_confirm.html", context)


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_POST
@member_only
@csrf_protect
def confirm(request: HttpRequest, reference: str, price_id: int) -> HttpResponse:
    """Switch, at the cost that was shown and at no other. POST ``seen``: what the page before signed."""
    license, _item = _own(request, reference)
    price = get_object_or_404(ProductPrice.objects.select_related("product"), pk=price_id)
    seen = _unsign(request.POST.get("seen", ""), license, price)
    if seen is None:
        return SeeOther(reverse("wagtail_licensing:switch", args=[reference]))
    try:
        switch_plan(user=request.user, license=license, price=price, seen=seen, at=now())
    except CheckoutRefused as refused:
        return _refusal(request, refused, reference)
    return SeeOther(_home_of(license))


def _home_of(license: License) -> str:
    if license.organization is None:
        return reverse("wagtail_licensing:account")
    return reverse("wagtail_licensing:organization_billing", args=[license.organization.slug])


def _same_rhythm(one: ProductPrice, other: ProductPrice | None) -> bool:
    return other is not None and (one.interval, one.interval_count) == (
        other.interval,
        other.interval_count,
    )


def _sign(license: License, price: ProductPrice, seen: SwitchPreview) -> str:
    facts = [license.pk, price.pk, seen.due_now.minor_units, seen.quantity, seen.prorated_at]
    return signing.dumps(facts, salt=_SALT)


def _unsign(text: str, license: License, price: ProductPrice) -> SwitchPreview | None:
    """Return what was shown, unless it is too old, made up, or about something else."""
    try:
        facts: Any = signing.loads(text, salt=_SALT, max_age=SHOWN_FOR)
    except signing.BadSignature:
        return None
    license_id, price_id, due_now, quantity, prorated_at = facts
    if (license_id, price_id) != (license.pk, price.pk):
        return None
    return SwitchPreview(
        due_now=Money(due_now, price.currency),
        then=Money(price.unit_amount, price.currency) * quantity,
        quantity=quantity,
        prorated_at=prorated_at,
    )


def _refusal(request: HttpRequest, refused: CheckoutRefused, reference: str) -> HttpResponse:
    back = reverse("wagtail_licensing:switch", args=[reference])
    if isinstance(refused, BillingUnavailable):
        return unavailable(request, back=back)
    return tell(
        request,
        heading=_("The plan was not switched"),
        text=str(refused),
        status=409,
        links=[(back, _("Choose again")), (reverse("wagtail_licensing:account"), _("Your account"))],
    )
