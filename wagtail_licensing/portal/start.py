"""A term that waits for its holder begins by a button on the account page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from ..conf import now
from ..domain.states import Cause
from ..domain.teams import may_manage
from ..licenses import ChangedBy, LicenseError, start_license
from ..models import License
from .responses import SeeOther, member_only


@require_POST
@member_only
@csrf_protect
def start(request: HttpRequest, reference: str) -> HttpResponse:
    """Start a license that waits for it: one's own, or that of an organization which one manages.

    Anybody else's is not there. Twice is once.
    """
    if "\0" in reference:  # PostgreSQL knows no such text
        raise Http404
    licenses = License.objects.select_related("organization")
    license = get_object_or_404(licenses, reference=reference)
    if license.organization is not None:
        if not may_manage(license.organization.role_of(request.user)):
            raise Http404
    elif license.user_id != request.user.pk:
        raise Http404
    try:
        by = ChangedBy(cause=Cause.MEMBER, actor=request.user)
        start_license(license_id=license.pk, at=now(), by=by)
    except LicenseError:
        raise Http404 from None
    if license.organization is not None:
        slug = license.organization.slug
        return SeeOther(reverse("wagtail_licensing:organization", args=[slug]))
    return SeeOther(reverse("wagtail_licensing:account"))
