"""The tab "Team" of the account: organizations one is in, licenses one shares, and the way to more."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ...conf import now
from ...models import License, Organization, Transfer
from ...models.invitations import OfferState
from ...teams import NotYours, TeamError, create_organization, domains_to_join, join_by_domain
from ..account import account_page
from ..missing import not_there
from ..responses import SeeOther, member_only
from .rows import role_words
from .standing import organizations_of, shared_licenses_of


@require_safe
@member_only
def overview(request: HttpRequest) -> HttpResponse:
    """Show the teams of the person."""
    return team_page(request)


def team_page(request: HttpRequest, *, error: str = "", typed: str = "") -> HttpResponse:
    """Render the tab, with ``error`` beside the form that was sent."""
    user, at = request.user, now()
    context: dict[str, Any] = {
        "teams": [
            {"organization": organization, "role": role_words(role), "manages": manages}
            for organization, role, manages in organizations_of(user)
        ],
        "shared": shared_licenses_of(user),
        "joinable": domains_to_join(user),
        "asked": [transfer for transfer in _asked(user) if transfer.is_open(at)],
        "error": error,
        "typed": typed,
        "done": request.GET.get("done", ""),
    }
    response = account_page(request, "team", context)
    response.status_code = 400 if error else 200
    return response


def _asked(user: Any) -> list[Transfer]:
    """Return what the person was asked to hand over and has not agreed to, and what they offered."""
    mine = License.objects.filter(user=user)
    of_mine = License.objects.filter(organization__owner=user)
    open_ones = Transfer.objects.filter(state=OfferState.OPEN).select_related(
        "license__product", "organization"
    )
    owned = Organization.objects.filter(owner=user)
    return [
        *open_ones.filter(license__in=mine),
        *open_ones.filter(license__in=of_mine),
        *open_ones.filter(organization__in=owned),
    ]


@require_POST
@member_only
@csrf_protect
def create(request: HttpRequest) -> HttpResponse:
    """Create an organization that the person owns."""
    name = request.POST.get("name", "")[:200]
    try:
        made = create_organization(name=name, owner=request.user, at=now())
    except TeamError as error:
        return team_page(request, error=str(error), typed=name)
    return SeeOther(f"{reverse('wagtail_licensing:organization', args=[made.slug])}?done=created")


@require_POST
@member_only
@csrf_protect
def join(request: HttpRequest, domain_id: int) -> HttpResponse:
    """Join an organization by an open domain of which one has proved an address."""
    try:
        join_by_domain(domain_id=domain_id, user=request.user, at=now())
    except NotYours:
        return not_there(request)
    return SeeOther(f"{reverse('wagtail_licensing:account_team')}?done=joined")
