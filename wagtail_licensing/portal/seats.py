"""Who answers for a shared license sees its seats, gives them, invites to them and takes them back."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ..conf import now
from ..domain.states import Cause
from ..licenses import ChangedBy, LicenseError, release_seat
from ..models import Invitation, License, LicenseSeat
from ..models.invitations import OfferState
from ..models.licenses import SeatState
from ..teams import NotYours, TeamError, give_seat, holds, invite, revoke, role_of
from .missing import not_there
from .responses import SeeOther, member_only
from .team.reach import managed_license, number_in
from .team.rows import name_of, open_invitations, people_of, words_of


def _row(seat: LicenseSeat, license: License) -> dict[str, Any]:
    return {
        "id": seat.pk,
        "person": name_of(seat.user) if seat.user else seat.invited_email,
        "state": seat.state,
        "words": seat.get_state_display(),
        "is_holder": seat.user_id is not None and seat.user_id == license.user_id,
    }


@require_safe
@member_only
def seats(request: HttpRequest, reference: str) -> HttpResponse:
    """List the seats of a license that one answers for, with what can be done about each."""
    return seats_page(request, managed_license(request, reference))


def seats_page(
    request: HttpRequest, license: License, *, error: str = "", where: str = "", typed: str = ""
) -> HttpResponse:
    """Render the page, with ``error`` beside the form named ``where``. Six queries or less."""
    rows = list(license.seats.exclude(state=SeatState.RELEASED).select_related("user"))
    used = sum(seat.state != SeatState.SUSPENDED for seat in rows)
    invitations = open_invitations(license=license, role=None, at=now())
    # An invitation is listed as such, with what can be done about it.
    invited = {row.invitation.seat_id for row in invitations}
    seated = {seat.user_id for seat in rows}
    context = {
        "license": license,
        "seats": [_row(seat, license) for seat in rows if seat.pk not in invited],
        "invitations": invitations,
        "used": used,
        "free": max(license.seats_total - len(rows), 0),
        "too_many": max(used - license.seats_total, 0),
        "people": [row for row in _people(request, license) if row.user.pk not in seated],
        "may_hand_over": holds(request.user, license),
        "account_url": reverse("wagtail_licensing:account"),
        "error": error,
        "where": where,
        "typed": typed,
        "done": request.GET.get("done", ""),
    }
    return render(request, "wagtail_licensing/seats.html", context, status=400 if error else 200)


def _people(request: HttpRequest, license: License) -> list[Any]:
    if license.organization is None:
        return []
    role = role_of(request.user, license.organization)
    return people_of(license.organization, reader=request.user, role=role) if role else []


@require_POST
@member_only
@csrf_protect
def invite_to_license(request: HttpRequest, reference: str) -> HttpResponse:
    """Invite an address to a seat."""
    license = managed_license(request, reference)
    email = request.POST.get("email", "")[:300]
    try:
        invite(
            email=email,
            license=license,
            organization=license.organization,
            at=now(),
            actor=request.user,
        )
    except NotYours:
        return not_there(request)
    except (TeamError, LicenseError) as error:
        return seats_page(request, license, error=words_of(error), where="invite", typed=email)
    return SeeOther(f"{_url(license)}?done=invited")


@require_POST
@member_only
@csrf_protect
def give(request: HttpRequest, reference: str) -> HttpResponse:
    """Give a person of the organization a seat."""
    license = managed_license(request, reference)
    user_id = number_in(request.POST.get("person"))
    try:
        give_seat(license_id=license.pk, user_id=user_id, at=now(), actor=request.user)
    except NotYours:
        return not_there(request)
    except LicenseError as error:
        return seats_page(request, license, error=words_of(error), where="give")
    return SeeOther(f"{_url(license)}?done=given")


@require_POST
@member_only
@csrf_protect
def release(request: HttpRequest, reference: str, seat_id: int) -> HttpResponse:
    """Take a seat back: the person has no access at the next request.

    That of who holds the license is not released here, and one that is released stays so.
    """
    license = managed_license(request, reference)
    others = license.seats.all()
    if license.user_id is not None:
        others = others.exclude(user=license.user)
    seat = get_object_or_404(others, pk=seat_id)
    kept_for = Invitation.objects.filter(seat=seat, state=OfferState.OPEN).first()
    if kept_for is not None:
        revoke(invitation_id=kept_for.pk, at=now(), actor=request.user)
        return SeeOther(_url(license))
    by = ChangedBy(cause=Cause.MEMBER, actor=request.user, reason=_("Released by the holder"))
    release_seat(seat_id=seat.pk, at=now(), by=by)
    return SeeOther(_url(license))


def _url(license: License) -> str:
    return reverse("wagtail_licensing:account_seats", args=[license.reference])
