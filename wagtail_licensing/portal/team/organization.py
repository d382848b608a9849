"""The page of an organization: its people, its seats, who is invited, and its settings."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ...conf import now
from ...domain.teams import Role, may_buy, may_change_roles, may_manage
from ...licenses import LicenseError
from ...models import Organization
from ...tasks import ring_checkouts
from ...teams import (
    NotYours,
    TeamError,
    change_role,
    invite,
    leave,
    remove_person,
    rename_organization,
)
from ..buyers import plans_url_to
from ..missing import not_there
from ..responses import SeeOther, member_only
from .reach import managed_license, organization_of
from .rows import open_invitations, people_of, role_words, words_of
from .standing import licenses_of


def organization_url(organization: Organization, done: str = "") -> str:
    """Return the address of the page of an organization, saying what was ``done``."""
    url = reverse("wagtail_licensing:organization", args=[organization.slug])
    return f"{url}?done={done}" if done else url


@require_safe
@member_only
def organization(request: HttpRequest, slug: str) -> HttpResponse:
    """Show an organization to its people; who only is in it sees what it is, and the way out."""
    found, role = organization_of(request, slug, manage=False)
    return organization_page(request, found, role)


def organization_page(
    request: HttpRequest,
    found: Organization,
    role: Role,
    *,
    error: str = "",
    where: str = "",
    typed: str = "",
) -> HttpResponse:
    """Render the page, with ``error`` beside the form named ``where``."""
    manages = may_manage(role)
    context: dict[str, Any] = {
        "organization": found,
        "role": role.value,
        "role_words": role_words(role),
        "manages": manages,
        "owns": may_change_roles(role),
        "buys": may_buy(role),
        "plans_url": plans_url_to("", found),
        "licenses": licenses_of(found) if manages else [],
        "people": people_of(found, reader=request.user, role=role) if manages else [],
        "invitations": open_invitations(organization=found, role=role, at=now()) if manages else [],
        "domains": list(found.domains.all()) if may_change_roles(role) else [],
        "error": error,
        "where": where,
        "typed": typed,
        "done": request.GET.get("done", ""),
    }
    return render(request, "wagtail_licensing/organization.html", context, status=400 if error else 200)


@require_POST
@member_only
@csrf_protect
def invite_person(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite an address to the organization, and to a seat on one of its licenses."""
    found, role = organization_of(request, slug)
    email, reference = request.POST.get("email", "")[:300], request.POST.get("license", "")
    license = managed_license(request, reference) if reference else None
    wanted = Role.MANAGER if request.POST.get("role") == Role.MANAGER else Role.MEMBER
    try:
        invite(
            email=email, organization=found, license=license, role=wanted, at=now(), actor=request.user
        )
    except NotYours:
        return not_there(request)
    except (TeamError, LicenseError) as error:
        return organization_page(
            request, found, role, error=words_of(error), where="invite", typed=email
        )
    return SeeOther(organization_url(found, "invited"))


@require_POST
@member_only
@csrf_protect
def set_role(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Make a person a manager or a member."""
    found, _role = organization_of(request, slug)
    wanted = Role.MANAGER if request.POST.get("role") == Role.MANAGER else Role.MEMBER
    try:
        change_role(organization_id=found.pk, user_id=user_id, role=wanted, at=now(), actor=request.user)
    except NotYours:
        return not_there(request)
    transaction.on_commit(ring_checkouts)
    return SeeOther(organization_url(found, "role"))


@require_POST
@member_only
@csrf_protect
def remove(request: HttpRequest, slug: str, user_id: int) -> HttpResponse:
    """Remove a person with every seat: no access at the next request."""
    found, _role = organization_of(request, slug)
    try:
        remove_person(organization_id=found.pk, user_id=user_id, at=now(), actor=request.user)
    except NotYours:
        return not_there(request)
    transaction.on_commit(ring_checkouts)
    return SeeOther(organization_url(found, "removed"))


@require_POST
@member_only
@csrf_protect
def go(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave an organization."""
    found, role = organization_of(request, slug, manage=False)
    try:
        leave(organization_id=found.pk, at=now(), actor=request.user)
    except TeamError as error:
        return organization_page(request, found, role, error=str(error), where="leave")
    transaction.on_commit(ring_checkouts)
    return SeeOther(f"{reverse('wagtail_licensing:account_team')}?done=left")


@require_POST
@member_only
@csrf_protect
def rename(request: HttpRequest, slug: str) -> HttpResponse:
    """Give an organization another name."""
    found, role = organization_of(request, slug)
    name = request.POST.get("name", "")[:200]
    try:
        rename_organization(organization_id=found.pk, name=name, at=now(), actor=request.user)
    except NotYours:
        return not_there(request)
    except TeamError as error:
        return organization_page(request, found, role, error=str(error), where="rename", typed=name)
    return SeeOther(organization_url(found, "renamed"))
