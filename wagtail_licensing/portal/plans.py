"""The pricing table."""

from collections.abc import Mapping
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from ..billing.trials import products_tried
from ..conf import now
from ..models import Organization
from ..models.products import IssueMode
from .buyers import buying_for, choices
from .holdings import HeldProducts, held_products, holdings_of, holdings_of_team
from .offers import in_one_currency, offers
from .responses import private, safe_path, sign_in_url


@require_safe
@private
def plans(request: HttpRequest) -> HttpResponse:
    """Show what is for sale. ``?next=`` (a path of this site) is where a purchase leads back to;
    ``?for=`` (the slug of an organization) for whom it is. One that they may not buy for: 404."""
    wanted = request.GET.get("for")
    if wanted and not request.user.is_authenticated:
        return HttpResponseRedirect(sign_in_url(request.get_full_path()))
    return render_plans(
        request,
        return_path=safe_path(request, request.GET.get("next")),
        organization=buying_for(request, wanted),
    )


def render_plans(
    request: HttpRequest,
    *,
    return_path: str,
    organization: Organization | None = None,
    errors: Mapping[int, tuple[str, str]] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the pricing table; ``errors`` are (what was typed, what is wrong with it) by product."""
    everything = offers(held=_held(request, organization))
    if organization is not None:
        everything = [offer for offer in everything if offer.way == IssueMode.PURCHASE]
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
        "account_url": _account_url(organization),
        "buyers": choices(request, organization, return_path=return_path),
        "buying_for": organization,
        "has_errors": bool(errors),
    }
    return render(request, "wagtail_licensing/plans.html", context, status=status)


def _account_url(organization: Organization | None) -> str:
    if organization is None:
        return reverse("wagtail_licensing:account")
    return reverse("wagtail_licensing:organization_billing", args=[organization.slug])


def _held(request: HttpRequest, organization: Organization | None) -> HeldProducts:
    """Return what the buyer has; and what they have tried, as the checkout sees it."""
    user = request.user
    if not user.is_authenticated:
        return HeldProducts()
    holdings = holdings_of(user) if organization is None else holdings_of_team(organization)
    tried, has_tried = products_tried(user, organization)
    return replace(held_products(holdings, now()), tried=tried, has_tried=has_tried)
