"""Whose people may join an organization by themselves: its domains. For its owner."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from ...conf import now
from ...domain.teams import may_change_roles
from ...models import Organization, OrganizationDomain
from ...teams import NotYours, TeamError, add_domain, open_domain, remove_domain
from ..missing import not_there
from ..responses import SeeOther, member_only
from .organization import organization_page, organization_url
from .reach import organization_of


@require_POST
@member_only
@csrf_protect
def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Name a domain; it is verified by staff, or at once by a proved address there."""
    found, role = organization_of(request, slug)
    domain = request.POST.get("domain", "")[:300]
    try:
        add_domain(organization=found, domain=domain, at=now(), actor=request.user)
    except NotYours:
        return not_there(request)
    except TeamError as error:
        return organization_page(request, found, role, error=str(error), where="domain", typed=domain)
    return SeeOther(organization_url(found, "domain"))


@require_POST
@member_only
@csrf_protect
def change(request: HttpRequest, slug: str, domain_id: int) -> HttpResponse:
    """Open a domain, close it, or take it away: what ``do`` says."""
    found, role = organization_of(request, slug)
    if not may_change_roles(role):
        raise Http404("no such domain")
    domain = _domain_of(found, domain_id)
    wanted = request.POST.get("do", "")
    try:
        if wanted == "remove":
            remove_domain(domain_id=domain.pk, at=now(), actor=request.user)
        elif wanted in {"open", "close"}:
            open_domain(domain_id=domain.pk, is_open=wanted == "open", at=now(), actor=request.user)
        else:
            raise Http404("nothing to do")
    except TeamError as error:
        return organization_page(request, found, role, error=str(error), where="domain")
    return SeeOther(organization_url(found, "domain"))


def _domain_of(organization: Organization, domain_id: int) -> OrganizationDomain:
    domain: OrganizationDomain = get_object_or_404(organization.domains, pk=domain_id)
    return domain
