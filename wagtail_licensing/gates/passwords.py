"""Wagtail's form for the password of a private page shows no page that is closed to the visitor.

A site may show that form in a template of its own, which gets the whole page.
"""

from collections.abc import Callable
from typing import Any

from django.http import Http404
from wagtail import views as wagtail_views
from wagtail.models import PageViewRestriction

from ..access.decision import check_access
from ..compat import page_model
from ..conf import now
from .headers import never_stored_if_touched, touch
from .missing import never_stored_if_missing
from .responses import deny
from .wrapping import wrap_view


def close_passwords() -> None:
    """Put the gates before Wagtail's view of the password form; called once, when we are ready."""
    wrap_view(wagtail_views, "authenticate_with_password", _gated, urls="wagtail.urls")


def _gated(authenticate: Callable[..., Any]) -> Callable[..., Any]:
    def authenticated(request: Any, page_view_restriction_id: int, page_id: int) -> Any:
        page = _page_behind(page_view_restriction_id, page_id)
        at = now()
        decision = check_access(getattr(request, "user", None), page, at)
        if decision.consulted_a_gate:
            touch(request)
        if not decision.allowed:
            return deny(request, page, decision, at=at)
        response = authenticate(request, page_view_restriction_id, page_id)
        return never_stored_if_touched(request, response)

    return never_stored_if_missing(authenticated)


def _page_behind(restriction_id: int, page_id: int) -> Any:
    """Return the page, which the password has to stand before, or raise ``Http404``."""
    page = page_model().objects.live().filter(pk=page_id).first()
    if page is None:
        raise Http404
    passwords = page.get_view_restrictions().filter(restriction_type=PageViewRestriction.PASSWORD)
    if not passwords.filter(pk=restriction_id).exists():
        raise Http404
    return page.specific
