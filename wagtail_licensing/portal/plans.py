"""The pricing table."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..conf import now
from .holdings import held_products, holdings_of
from .offers import in_one_currency, offers
from .responses import private, safe_path, sign_in_url


@require_safe
@private
def plans(request: HttpRequest) -> HttpResponse:
    """Show what is for sale. ``?next=`` (a path of this site) is where a purchase leads back to."""
    return render_plans(request, return_path=safe_path(request, request.GET.get("next")))


def render_plans(
    request: HttpRequest,
    *,
    return_path: str,
    errors: Mapping[int, tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the pricing table; ``errors`` are (what was typed, what is wrong with it) by product."""
    holdings = holdings_of(request.user)
    everything = offers(held=held_products(holdings, now()))
    table, currencies, currency = in_one_currency(everything, request.GET.get("currency"))
    for offer in table:
        if errors and offer.product.pk in errors:
            offer.quantity, offer.error = errors[offer.product.pk]
    here = reverse("wagtail_licensing:plans")
    context = {
        "offers": table,
        "currencies": currencies,
        "currency": currency,
        "return_path": return_path,
        "sign_in_url": sign_in_url(return_path or here),
        "account_url": reverse("wagtail_licensing:account"),
        "has_errors": bool(errors),
    }
    return render(request, "wagtail_licensing/plans.html", context, status=status)
