"""A member's account: licenses, courses, downloads, payments."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_POST, require_safe

from ..billing.customer_portal import (
    BillingUnavailable,
    Flow,
    NoBillingCustomer,
    portal_session_url,
)
from ..billing.customers import customer_of, customers_of
from ..conf import now
from ..courses import CourseOutline, courses_of, courses_with_certificates
from ..domain.money import Money
from ..models import BillingPayment, Certificate, LicenseClaim, Organization
from .buyers import plans_url_to
from .downloads import gated_documents_open_to, held_documents_closed_to
from .files import file_rows
from .formats import format_money
from .holdings import Holding, holdings_of, holdings_of_team
from .invoices import invoices_of
from .offers import what_products_open
from .responses import SeeOther, member_only, tell, unavailable
from .standing import Standing, standing_of

DOWNLOADS_PER_PAGE = 50


@dataclass(slots=True)
class Card:
    """A holding with its standing; ``opens`` names what it opens for the person now."""

    holding: Holding
    standing: Standing
    entitles: bool
    opens: list[str] = field(default_factory=list)

    @property
    def shows_seats(self) -> bool:
        """Tell whether to show how many seats are used: to who answers for them."""
        return self.holding.is_holder and self.holding.license.uses_seats


def cards_of(user: Any, at: datetime) -> list[Card]:
    """Return what ``user`` holds with words, what opens something first. Three queries."""
    cards = [_card(holding, at) for holding in holdings_of(user)]
    return sorted(cards, key=lambda card: not card.entitles)


def team_cards_of(organization: Organization, at: datetime) -> list[Card]:
    """Return what ``organization`` holds, in the words for its holder. Two queries."""
    return [_card(holding, at) for holding in holdings_of_team(organization)]


def _card(holding: Holding, at: datetime) -> Card:
    standing = standing_of(holding.license, at, is_holder=holding.is_holder)
    return Card(holding, standing, holding.entitles(at))


def account_page(request: HttpRequest, tab: str, context: dict[str, Any]) -> HttpResponse:
    """Render one tab of the account: licenses, courses, downloads, payments, team, mail, privacy."""
    tabs = [
        ("licenses", reverse("wagtail_licensing:account"), _("Licenses")),
        ("courses", reverse("wagtail_licensing:account_courses"), _("Courses")),
        ("downloads", reverse("wagtail_licensing:account_downloads"), _("Downloads")),
        ("payments", reverse("wagtail_licensing:account_payments"), _("Billing")),
        ("team", reverse("wagtail_licensing:account_team"), _("Team")),
        ("mail", reverse("wagtail_licensing:account_mail"), _("E-mail")),
        ("privacy", reverse("wagtail_licensing:account_privacy"), _("Privacy")),
    ]
    if (
        tab == "gifts"
        or LicenseClaim.objects.filter(giver_id=request.user.pk, license__isnull=False).exists()
    ):
        tabs.insert(-1, ("gifts", reverse("wagtail_licensing:account_gifts"), _("Gifts")))
    context = {"tabs": tabs, "tab": tab, "plans_url": reverse("wagtail_licensing:plans"), **context}
    return render(request, f"wagtail_licensing/account_{tab}.html", context)


def _has_billing(user: Any, organization: Organization | None = None) -> bool:
    return customer_of(user, organization) is not None


@require_safe
@member_only
def licenses(request: HttpRequest) -> HttpResponse:
    """Show what the person holds: state, dates, next charge, seats."""
    at = now()
    cards = cards_of(request.user, at)
    ended = [card for card in cards if card.standing.is_over]
    opens = what_products_open({card.holding.license.product_id for card in cards if card.entitles})
    for card in cards:
        card.opens = opens.get(card.holding.license.product_id, []) if card.entitles else []
    context = {
        "cards": [card for card in cards if not card.standing.is_over],
        "ended": ended,
        "carry_on": _course_to_carry_on(request, at),
        "banners": [card for card in cards if card.standing.banner and card.holding.is_holder],
        "has_billing": _has_billing(request.user),
    }
    return account_page(request, "licenses", context)


def _course_to_carry_on(request: HttpRequest, at: datetime) -> CourseOutline | None:
    """Return the course that the person has begun and can go on with, if there is one."""
    outlines = courses_of(request.user, at=at, request=request)
    return next((row for row in outlines if row.done and row.next_lesson), None)


@require_safe
@member_only
def courses(request: HttpRequest) -> HttpResponse:
    """Show the courses that are open to the person or begun, where to go on, and certificates."""
    outlines = courses_of(request.user, at=now(), request=request)
    certificates = list(Certificate.objects.filter(user_id=request.user.pk or 0))
    complete = {row.course.pk for row in outlines if row.is_finished}
    giving = courses_with_certificates(complete - {each.course_id for each in certificates})
    context = {"outlines": outlines, "certificates": certificates, "certificates_to_get": giving}
    return account_page(request, "courses", context)


@require_safe
@member_only
def downloads(request: HttpRequest) -> HttpResponse:
    """List the files behind gates that the person may open now, and what is closed at the moment."""
    at = now()
    documents = gated_documents_open_to(request.user, at)
    page = Paginator(documents, DOWNLOADS_PER_PAGE).get_page(request.GET.get("page"))
    rows = file_rows(list(page.object_list), user=request.user, at=at)
    closed = list(held_documents_closed_to(request.user, at)[:DOWNLOADS_PER_PAGE])
    context = {
        "page_of_documents": page,
        "rows": rows,
        "closed_rows": file_rows(closed, user=request.user, at=at),
    }
    return account_page(request, "downloads", context)


@require_safe
@member_only
def payments(request: HttpRequest) -> HttpResponse:
    """Show what is paid for and charged next, invoices, one-off payments, and the way to change it."""
    own = [card for card in cards_of(request.user, now()) if card.holding.is_holder]
    return account_page(request, "payments", billing_context(own, user=request.user))


def billing_context(
    cards: list[Card], *, user: Any, organization: Organization | None = None
) -> dict[str, Any]:
    """Return what a page about the money of ``user``, or of ``organization``, shows. Three queries.

    ``cards`` are the licenses of which they answer for the money.
    """
    paid = BillingPayment.objects.filter(
        customer__in=customers_of(user, organization), paid_at__isnull=False
    )
    newest = paid.select_related("price__product").order_by("-paid_at", "-pk")
    return {
        "subscriptions": [card for card in cards if _is_paid_by_subscription(card)],
        "banners": [card for card in cards if card.standing.banner],
        "invoices": invoices_of(user, organization),
        "payments": [_payment_row(payment) for payment in newest],
        "has_billing": _has_billing(user, organization),
    }


def _is_paid_by_subscription(card: Card) -> bool:
    item = getattr(card.holding.license, "billing_item", None)
    return item is not None and not item.is_removed and not card.standing.is_over


def _payment_row(payment: BillingPayment) -> dict[str, Any]:
    currency = payment.currency or "XXX"
    refunded = payment.amount_refunded
    return {
        "paid_at": payment.paid_at,
        "product": payment.price.product.name if payment.price else "",
        "amount": format_money(Money(payment.amount, currency)),
        "refunded": format_money(Money(refunded, currency)) if refunded else "",
    }


@transaction.non_atomic_requests  # Stripe is never asked while a transaction is open
@require_POST
@member_only
@csrf_protect
def billing_portal(request: HttpRequest) -> HttpResponse:
    """Send the browser to Stripe's customer portal of the signed-in person: cards, invoices, cancel.

    POST ``flow`` (a ``Flow``, anything else shows everything) and ``license``, the reference of the
    license that it is about. A license that somebody else pays for leads nowhere: 404.
    """
    return stripe_portal(request, back=reverse("wagtail_licensing:account_payments"))


def stripe_portal(
    request: HttpRequest, *, back: str, organization: Organization | None = None
) -> HttpResponse:
    """Lead to Stripe's portal of the person, or of ``organization``, and from there ``back``."""
    wanted = request.POST.get("flow", "")
    try:
        url = portal_session_url(
            user=request.user,
            organization=organization,
            return_url=request.build_absolute_uri(back),
            flow=Flow(wanted) if wanted in set(Flow) else None,
            reference=request.POST.get("license", ""),
        )
    except NoBillingCustomer:
        return tell(
            request,
            heading=_("There is no billing to manage"),
            text=_("You have not bought anything here yet, so there are no cards and no invoices."),
            status=404,
            links=[
                (plans_url_to("", organization), _("See what is on offer")),
                (back, _("Go back") if organization is not None else _("Back to your account")),
            ],
        )
    except BillingUnavailable:
        return unavailable(request, back=back)
    return SeeOther(url)
