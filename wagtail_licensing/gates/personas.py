"""As whom an editor can look at a page, and what such a person would get."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from ..access import Persona
from ..access.decision import check_access, without_access
from ..domain.access import AccessReason
from ..models import LicenseProduct
from ..models.gates import WithoutAccess
from .headers import forbid_storing
from .paywall import sign_in_url
from .responses import paywall_response, unavailable

PREFIX = "licensing:"
VISITOR, MEMBER, GRACE = (PREFIX + name for name in ("visitor", "member", "grace"))
_PRODUCT = PREFIX + "product:"
#: So many products are offered at most.
MOST = 20


def persona_modes() -> list[tuple[str, str]]:
    """Return as whom a page can be looked at: the name of the mode, and what it is called.

    A visitor, a member without a license, a member with each product that is offered, and one with all
    of them whose last payment failed. One query.
    """
    products = LicenseProduct.objects.filter(is_archived=False).order_by("sort_order", "pk")
    modes = [
        (VISITOR, gettext("As a visitor")),
        (MEMBER, gettext("As a member without a license")),
    ]
    named = list(products.values_list("pk", "name")[:MOST])
    modes += [(f"{_PRODUCT}{pk}", gettext("As a member with %s") % name) for pk, name in named]
    if named:
        modes.append((GRACE, gettext("As a member in grace (payment failed)")))
    return modes


def persona_of(mode: Any) -> Persona | None:
    """Return the person that ``mode`` stands for, or None for a mode that is not ours. One query for
    somebody in grace."""
    if not isinstance(mode, str) or not mode.startswith(PREFIX):
        return None
    if mode == VISITOR:
        return Persona.visitor()
    if mode == GRACE:
        offered = LicenseProduct.objects.filter(is_archived=False)
        return Persona.holding(offered.values_list("pk", flat=True), grace=True)
    number = mode.removeprefix(_PRODUCT)
    if number != mode and number.isascii() and number.isdecimal() and len(number) < 19:
        return Persona.holding([int(number)])
    # Whatever else is asked for: somebody who has nothing.
    return Persona.member()


def answer_as(page: Any, request: Any, *, at: datetime) -> HttpResponse | None:
    """Return what ``request.user``, a persona, gets in place of a closed ``page``; None if it is open.

    What an editor could not see is put in words: where a visitor is sent, and that a page is not found.
    Nothing is announced or counted: nobody was denied.
    """
    decision = check_access(request.user, page, at)
    if decision.allowed:
        return None
    if decision.reason is AccessReason.ERROR:
        return forbid_storing(unavailable())
    mode = without_access(decision)
    if mode == WithoutAccess.NOT_FOUND:
        return _in_words(
            request, gettext("The answer is “not found” (404), as if there were no such page.")
        )
    if mode == WithoutAccess.LOGIN and decision.reason is AccessReason.SIGN_IN_REQUIRED:
        return _in_words(request, gettext("The answer leads to the sign-in page."), sign_in_url(request))
    try:
        return forbid_storing(paywall_response(request, page, decision, at, status=200))
    except Http404:
        return _in_words(
            request, gettext("The answer is “not found” (404), as if there were no such page.")
        )


def _in_words(request: Any, sentence: str, address: str = "") -> HttpResponse:
    context = {"sentence": sentence, "address": address}
    return forbid_storing(render(request, "wagtail_licensing/seen_as.html", context))
