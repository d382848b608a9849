"""Who asks, and what they hold."""

from typing import Any

from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.urls import reverse
from ninja import Router

from ..conf import conf, now
from ..portal.account import Card, cards_of
from .answers import LicenseAnswer, Me, Problem
from .auth import ANYBODY, MEMBER
from .words import amount, license_word, product, renewal_of

router = Router(tags=["member"])


@router.get("me", auth=ANYBODY, response=Me, summary="Who am I")
def me(request: HttpRequest) -> dict[str, Any]:
    """Tell who asks, what opens things for them now, and where to sign in."""
    user: Any = request.user
    signed_in = user.is_authenticated
    opening = {
        card.holding.license.product.slug: product(card.holding.license.product)
        for card in (cards_of(user, now()) if signed_in else [])
        if card.entitles
    }
    return {
        "signed_in": signed_in,
        "username": user.get_username(),
        "name": (user.get_full_name() if hasattr(user, "get_full_name") else "") if signed_in else "",
        "email": (getattr(user, user.get_email_field_name(), "") or "") if signed_in else "",
        "products": list(opening.values()),
        "csrf_token": get_token(request),
        "sign_in_url": resolve_url(conf.login_url),
        "account_url": reverse("wagtail_licensing:account"),
        "plans_url": reverse("wagtail_licensing:plans"),
    }


@router.get(
    "licenses",
    auth=MEMBER,
    response={200: list[LicenseAnswer], 401: Problem},
    summary="My licenses",
)
def licenses(request: HttpRequest) -> list[dict[str, Any]]:
    """List what the person holds or has a seat on, what opens something first."""
    at = now()
    return [_license(card, at) for card in cards_of(request.user, at)]


def _license(card: Card, at: Any) -> dict[str, Any]:
    license, standing = card.holding.license, card.standing
    word = license_word(license, at)
    charge = standing.next_charge
    return {
        "reference": license.reference,
        "product": product(license.product),
        "state": word,
        "label": standing.label,
        "sentence": standing.banner or standing.sentence,
        "opens_now": card.entitles,
        "is_holder": card.holding.is_holder,
        "is_trial": license.is_trial,
        "starts_at": license.starts_at,
        "access_until": license.access_until,
        "renewal": renewal_of(license, word),
        "next_charge": {"on": charge.on, **amount(charge.money)} if charge else None,
        "seats": _seats(card),
    }


def _seats(card: Card) -> dict[str, int] | None:
    if not card.shows_seats:
        return None
    return {"total": card.holding.license.seats_total, "used": card.holding.seats_used}
