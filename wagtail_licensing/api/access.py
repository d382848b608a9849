"""May this person open it?"""

from typing import Any

from django.http import HttpRequest
from django.shortcuts import resolve_url
from django.urls import reverse
from ninja import Query, Router
from ninja.errors import HttpError

from ..access import AccessDecision, AccessReason
from ..conf import conf, now
from ..gates.paywall import Offer, offers
from ..models import ProductPrice
from ..portal.formats import price_money
from ..portal.reasons import reason_text
from .answers import AccessAnswer, Problem
from .auth import ANYBODY
from .targets import area_called, decide, document_with_id, page_with_id, target_of_address
from .words import amount, product

router = Router(tags=["access"])

#: No database has a greater key, and some choke on one.
LARGEST_ID = 2**63 - 1


@router.get(
    "access",
    auth=ANYBODY,
    response={200: AccessAnswer, 400: Problem, 404: Problem, 503: Problem},
    summary="May I open this",
)
def access(
    request: HttpRequest,
    page: int | None = Query(None, ge=1, le=LARGEST_ID, description="The id of a page."),
    document: int | None = Query(None, ge=1, le=LARGEST_ID, description="The id of a document."),
    area: str | None = Query(None, max_length=100, description="The name of an area."),
    path: str | None = Query(
        None, max_length=2000, description="A path, or an address on one of the sites."
    ),
) -> dict[str, Any]:
    """Decide about one page, document, area or address; exactly one is to be named.

    What is not there and what is hidden from the person answer alike: 404. Nothing is used up: a
    page that a meter gives away is shown as locked until it is opened.
    """
    named = {"page": page, "document": document, "area": area, "path": path}
    given = [name for name, value in named.items() if value is not None]
    if len(given) != 1:
        raise HttpError(400, "Name exactly one of page, document, area and path.")
    if any("\0" in value for value in (area, path) if value):
        raise HttpError(404, "There is nothing of the kind.")
    decision = decide(request, _target(page, document, area, path), at=now())
    if decision.reason is AccessReason.ERROR:
        raise HttpError(503, reason_text(decision))
    return _answer(request, decision)


def _target(page: int | None, document: int | None, area: str | None, path: str | None) -> Any:
    if page is not None:
        return page_with_id(page)
    if document is not None:
        return document_with_id(document)
    if area is not None:
        return area_called(area)
    return target_of_address(path or "")


def _answer(request: HttpRequest, decision: AccessDecision) -> dict[str, Any]:
    opened_by = [] if decision.allowed else offers(decision.opened_by)
    return {
        "allowed": decision.allowed,
        "reason": decision.reason,
        "text": reason_text(decision),
        "access_until": decision.access_until,
        "unlocks_at": decision.unlocks_at,
        "opened_by": [_offer(offer) for offer in opened_by],
        "sign_in_url": "" if request.user.is_authenticated else resolve_url(conf.login_url),
    }


def _offer(offer: Offer) -> dict[str, Any]:
    prices = [_price(price, per_seat=offer.product.per_seat) for price in offer.prices]
    return {**product(offer.product), "summary": offer.product.summary, "prices": prices}


def _price(price: ProductPrice, *, per_seat: bool) -> dict[str, Any]:
    return {
        **amount(price_money(price)),
        "interval": price.interval,
        "interval_count": price.interval_count,
        "per_seat": per_seat,
        "trial_days": price.trial_days,
        "buy_url": reverse("wagtail_licensing:buy", args=[price.pk]),
    }
