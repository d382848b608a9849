"""What of a team the signed-in person may reach; everything else is not there."""

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from ...domain.teams import Role, may_manage
from ...models import License, Organization
from ...teams import may_manage_license, role_of

#: What can stand in the address after something was done, and is said on the page then.
DONE = "done"


def organization_of(
    request: HttpRequest, slug: str, *, manage: bool = True
) -> tuple[Organization, Role]:
    """Return an organization and what the person is in it. Two queries.

    Raises ``Http404`` for whoever is nothing in it, and with ``manage`` for members too.
    """
    organization = get_object_or_404(Organization.objects.select_related("owner"), slug=slug)
    role = role_of(request.user, organization)
    if role is None or (manage and not may_manage(role)):
        raise Http404("no such organization")
    return organization, role


def managed_license(request: HttpRequest, reference: str) -> License:
    """Return a shared license for whose seats the person answers; any other is not there."""
    if "\0" in reference:  # PostgreSQL knows no such text
        raise Http404
    licenses = License.objects.select_related("product", "organization__owner", "user")
    license: License = get_object_or_404(licenses, reference=reference, uses_seats=True)
    if not may_manage_license(request.user, license):
        raise Http404("no such license")
    return license


def number_in(value: Any) -> int:
    """Return the number that a form sent; raises ``Http404`` for anything else."""
    text = str(value or "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404("not a number")
    return int(text)
