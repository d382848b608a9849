"""Certificates: getting one's own, and showing anybody who knows its number whether it is good."""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ..access import check_access
from ..compat import page_model
from ..conf import now
from ..courses import NotComplete, issue_certificate
from ..models import Certificate, CourseMixin
from .responses import SeeOther, member_only, private, tell

_NUMBER = re.compile(r"[0-9a-z-]{1,30}", re.ASCII | re.IGNORECASE)


@require_safe
@private
def certificate(request: HttpRequest, number: str) -> HttpResponse:
    """Show a certificate to anybody: name, course, day, and whether it is valid or was revoked.

    Nothing else is told, and no search engine may list it. 404 for a number that is none.
    """
    # What no number looks like is not asked for: a database may refuse the very question.
    known = _NUMBER.fullmatch(number)
    found = Certificate.objects.filter(number=number.upper()).first() if known else None
    if found is None:
        response = tell(
            request,
            heading=_("There is no such certificate"),
            text=_("No certificate has this number. Compare it with the one that you were given."),
            status=404,
            links=[],
        )
    else:
        url = reverse("wagtail_licensing:certificate", args=[found.number])
        context = {
            "name": found.name,
            "course_title": found.course_title,
            "issued_at": found.issued_at,
            "revoked_at": found.revoked_at,
            "number": found.number,
            "is_valid": found.is_valid,
            "url": request.build_absolute_uri(url),
        }
        response = render(request, "wagtail_licensing/certificate.html", context)
    response.headers["X-Robots-Tag"] = "noindex"
    return response


@require_POST
@member_only
@csrf_protect
def get_certificate(request: HttpRequest, page_id: int) -> HttpResponse:
    """Issue the certificate of a course that the person has completed, and show it.

    One that is there is shown. A course that is closed to the person, is not complete or gives no
    certificate leads back to the account.
    """
    page = page_model().objects.live().filter(pk=page_id).first()
    course: Any = page.specific if page else None
    if not isinstance(course, CourseMixin):
        raise Http404
    at = now()
    user: Any = request.user
    found = Certificate.objects.filter(user_id=user.pk, course_id=page_id).first()
    if found is None and check_access(user, course, at).allowed:
        try:
            found = issue_certificate(user=user, course=course, at=at)
        except NotComplete:
            found = None
    if found is None:
        return SeeOther(reverse("wagtail_licensing:account_courses"))
    return SeeOther(reverse("wagtail_licensing:certificate", args=[found.number]))
