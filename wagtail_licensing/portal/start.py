"""A term that waits for its holder begins by a button on the account page."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST

from ..conf import now
from ..domain.states import Cause
from ..licenses import ChangedBy, LicenseError, start_license
from ..models import License
from .responses import SeeOther, member_only


@require_POST
@member_only
@csrf_protect
def start(request: HttpRequest, reference: str) -> HttpResponse:
    """Start a license of one's own that waits for it; anybody else's is not there. Twice is once."""
    if "\0" in reference:  # PostgreSQL knows no such text
        raise Http404
    license = get_object_or_404(License, reference=reference, user=request.user)
    try:
        by = ChangedBy(cause=Cause.MEMBER, actor=request.user)
        start_license(license_id=license.pk, at=now(), by=by)
    except LicenseError:
        raise Http404 from None
    return SeeOther(reverse("wagtail_licensing:account"))
