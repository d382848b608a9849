"""The billing of an organization: for its owner and managers, and for nobody else."""

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ...conf import now
from ...domain.teams import may_buy
from ...models import Organization
from ..account import Card, billing_context, stripe_portal, team_cards_of
from ..buyers import plans_url_to
from ..responses import member_only
from .reach import organization_of


def _payer(request: HttpRequest, slug: str) -> Organization:
    """Return an organization that the person may buy for; any other is not there."""
    organization, role = organization_of(request, slug)
    if not may_buy(role):
        raise Http404("no such organization")
    return organization


@require_safe
@member_only
def billing(request: HttpRequest, slug: str) -> HttpResponse:
    """Show what the organization pays for, what is charged next, and its invoices."""
    organization = _payer(request, slug)
    cards = [card for card in team_cards_of(organization, now()) if _is_paid_here(card, organization)]
    context = {
        "organization": organization,
        "portal_url": reverse("wagtail_licensing:organization_portal", args=[slug]),
        "plans_url": plans_url_to("", organization),
        **billing_context(cards, user=request.user, organization=organization),
    }
    return render(request, "wagtail_licensing/organization_billing.html", context)


def _is_paid_here(card: Card, organization: Organization) -> bool:
    """Tell whether the organization pays for a license: one that was handed over to it is not shown."""
    item = getattr(card.holding.license, "billing_item", None)
    return item is not None and item.subscription.customer.organization_id == organization.pk


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_POST
@member_only
@csrf_protect
def portal(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the browser to Stripe's customer portal of the organization. POST as ``billing_portal``."""
    organization = _payer(request, slug)
    back = reverse("wagtail_licensing:organization_billing", args=[slug])
    return stripe_portal(request, back=back, organization=organization)
