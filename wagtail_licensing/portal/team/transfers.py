"""Hand a license or an organization over: offer it, agree, take it back; and take it over."""

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_POST

from ...conf import now
from ...domain.mailboxes import masked
from ...domain.teams import may_change_roles
from ...licenses import LicenseError
from ...models import License, Organization, Transfer
from ...teams import (
    NotYours,
    OfferClosed,
    TeamError,
    WrongAddress,
    accept_transfer,
    agree_to_transfer,
    cancel_transfer,
    decline_transfer,
    holds,
    offer_license,
    offer_organization,
    owns_address,
)
from ..missing import not_there
from ..responses import SeeOther, member_only, private, sign_in_url, tell, unreferred
from .invitations import offer_gone
from .reach import organization_of
from .rows import name_of, words_of


@require_http_methods(["GET", "HEAD", "POST"])
@member_only
@csrf_protect
def hand_over_license(request: HttpRequest, reference: str) -> HttpResponse:
    """Offer a license of one's own, or of one's organization, to an address."""
    if "\0" in reference:  # PostgreSQL knows no such text
        raise Http404
    rows = License.objects.select_related("product", "organization__owner", "user")
    license = get_object_or_404(rows, reference=reference)
    if not holds(request.user, license) or license.state in {"expired", "revoked"}:
        raise Http404("no such license")
    context = {"license": license, "payer": payer_of(license)}
    return _hand_over(request, context, lambda email: _offer_license(request, license, email))


@require_http_methods(["GET", "HEAD", "POST"])
@member_only
@csrf_protect
def hand_over_organization(request: HttpRequest, slug: str) -> HttpResponse:
    """Offer the ownership of an organization to an address."""
    found, role = organization_of(request, slug)
    if not may_change_roles(role):
        raise Http404("no such organization")
    return _hand_over(
        request,
        {"organization": found},
        lambda email: offer_organization(organization=found, email=email, at=now(), actor=request.user),
    )


def _offer_license(request: HttpRequest, license: License, email: str) -> Transfer:
    return offer_license(license=license, email=email, at=now(), actor=request.user)


def _hand_over(request: HttpRequest, context: dict[str, Any], offer: Any) -> HttpResponse:
    error, email = "", request.POST.get("email", "")[:300]
    if request.method == "POST":
        try:
            offer(email)
        except NotYours:
            return not_there(request)
        except TeamError as problem:
            error = str(problem)
        else:
            return SeeOther(f"{reverse('wagtail_licensing:account_team')}?done=offered")
    return render(
        request,
        "wagtail_licensing/hand_over.html",
        {**context, "error": error, "typed": email},
        status=400 if error else 200,
    )


@require_POST
@member_only
@csrf_protect
def manage(request: HttpRequest, transfer_id: int) -> HttpResponse:
    """Agree to what staff has asked, or take an offer back: what ``do`` says."""
    wanted = request.POST.get("do", "")
    if wanted not in {"agree", "cancel"} or not Transfer.objects.filter(pk=transfer_id).exists():
        return not_there(request)
    work = agree_to_transfer if wanted == "agree" else cancel_transfer
    try:
        work(transfer_id=transfer_id, at=now(), actor=request.user)
    except (NotYours, OfferClosed):
        return not_there(request)
    done = "offered" if wanted == "agree" else "withdrawn"
    return SeeOther(f"{reverse('wagtail_licensing:account_team')}?done={done}")


@require_http_methods(["GET", "HEAD", "POST"])
@private
@unreferred
@csrf_protect
def transfer(request: HttpRequest, token: str) -> HttpResponse:
    """Show what is offered; only a POST takes it over or declines."""
    found = Transfer.with_token(token)
    if found is None or not found.is_open(now()) or found.giver_confirmed_at is None:
        return offer_gone(request)
    if request.method != "POST":
        return transfer_page(request, found, token)
    if not request.user.is_authenticated:
        return SeeOther(sign_in_url(request.path))
    try:
        if request.POST.get("do") == "decline":
            decline_transfer(transfer_id=found.pk, user=request.user, at=now())
            return SeeOther(reverse("wagtail_licensing:account"))
        taker = _chosen_organization(request)
        accept_transfer(transfer_id=found.pk, user=request.user, at=now(), organization=taker)
    except WrongAddress:
        return transfer_page(request, found, token, status=403)
    except OfferClosed:
        return offer_gone(request)
    except NotYours:
        return not_there(request)
    except (TeamError, LicenseError) as error:
        return tell(
            request,
            heading=_("This was not done"),
            text=words_of(error),
            status=409,
            links=[(reverse("wagtail_licensing:account"), _("Go to your account"))],
        )
    return SeeOther(reverse("wagtail_licensing:account_team") + "?done=taken")


def transfer_page(
    request: HttpRequest, found: Transfer, token: str, *, status: int = 200
) -> HttpResponse:
    """Render what is offered, who pays for it, and what to do."""
    reader: Any = request.user
    is_for_reader = owns_address(reader, found.email_key)
    owned = Organization.objects.filter(owner=reader) if is_for_reader else ()
    context = {
        "transfer": found,
        "sender": name_of(found.created_by) if found.created_by is not None else "",
        "is_for_reader": is_for_reader,
        "address": masked(found.email),
        "payer": payer_of(found.license) if found.license is not None else "",
        "organizations": list(owned) if found.license is not None else [],
        "sign_in_url": sign_in_url(reverse("wagtail_licensing:transfer", args=[token])),
    }
    return render(request, "wagtail_licensing/transfer.html", context, status=status)


def payer_of(license: License) -> str:
    """Return who pays for a license by a subscription that runs, in words; empty when nobody does."""
    item = getattr(license, "billing_item", None)
    if item is None or not license.renews:
        return ""
    customer = item.subscription.customer
    if customer is None:
        return ""
    if customer.organization is not None:
        return str(customer.organization)
    return name_of(customer.user) if customer.user is not None else ""


def _chosen_organization(request: HttpRequest) -> Organization | None:
    slug = request.POST.get("organization", "")
    if not slug:
        return None
    if "\0" in slug:
        raise Http404
    owned = Organization.objects.filter(Q(owner=request.user.pk))
    chosen: Organization = get_object_or_404(owned, slug=slug)
    return chosen
