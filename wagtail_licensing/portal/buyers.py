"""For whom somebody buys: for themselves, or for an organization whose owner or manager they are."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from ..domain.teams import may_buy
from ..models import Organization
from ..teams import organizations_to_buy_for


def plans_url_to(return_path: str, organization: Organization | None = None) -> str:
    """Return the address of the plans, for an organization if one is given."""
    query = {"for": organization.slug} if organization is not None else {}
    if return_path:
        query["next"] = return_path
    url = reverse("wagtail_licensing:plans")
    return f"{url}?{urlencode(query)}" if query else url


def buying_for(request: HttpRequest, slug: str | None) -> Organization | None:
    """Return the organization that ``slug`` names; None: the person buys for themselves.

    Two queries at most. Raises ``Http404`` for one that they may not buy for, as for none.
    """
    if not slug:
        return None
    if "\0" in slug:  # PostgreSQL knows no such text
        raise Http404("no such organization")
    organization = Organization.objects.select_related("owner").filter(slug=slug[:200]).first()
    if organization is None or not may_buy(organization.role_of(request.user)):
        raise Http404("no such organization")
    return organization


def choices(
    request: HttpRequest, organization: Organization | None, *, return_path: str
) -> list[dict[str, Any]]:
    """Return for whom the person can buy, as links; nothing for who has no organization. One query."""
    teams = organizations_to_buy_for(request.user)
    if not teams:
        return []
    found: list[tuple[str, Organization | None]] = [(_("For myself"), None)]
    found += [(_("For %(organization)s") % {"organization": team.name}, team) for team in teams]
    return [
        {"words": words, "url": plans_url_to(return_path, team), "is_current": team == organization}
        for words, team in found
    ]
