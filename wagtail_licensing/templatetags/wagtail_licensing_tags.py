"""Template tags and filters for any template of a site."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import mark_safe

from ..conf import now
from ..courses import outline
from ..domain.access import AccessDecision
from ..models import LicenseProduct, ProductPrice
from ..portal import formats, reasons
from ..portal.holdings import held_products, holdings_of
from ..portal.offers import offers
from ..portal.responses import safe_path, sign_in_url

register = template.Library()


@register.filter
def price_label(price: ProductPrice | None) -> str:
    """Return a price as on a price tag, in the active language: "€12.00 / month"."""
    return formats.format_price(price) if price is not None else ""


@register.filter
def reason_text(decision: AccessDecision | None) -> str:
    """Return a sentence that says why an access decision is as it is."""
    return reasons.reason_text(decision) if decision is not None else ""


@register.filter
def exact_time(instant: datetime | None) -> str:
    """Return an instant with time and time zone, in the active ones."""
    return formats.format_instant(instant) if instant else ""


@register.filter
def long_day(instant: datetime | None) -> str:
    """Return the day of an instant in the active time zone."""
    return formats.format_day(instant) if instant else ""


@register.filter
def money(value: Any) -> str:
    """Return an amount (a ``Money``) in the active language."""
    return formats.format_money(value) if value is not None else ""


@register.inclusion_tag("wagtail_licensing/includes/offers.html", takes_context=True)
def license_offers(
    context: template.Context, products: Any = None, next: str = "", heading_level: int = 2
) -> dict[str, Any]:
    """Render the pricing table.

    ``products`` narrows it: an access decision (what would open its target), or an iterable of
    products, ids or offers. ``next`` is the path that a purchase leads back to, by default that of
    the request. Six queries for members, three for visitors.
    """
    request = context.get("request")
    user = getattr(request, "user", None)
    held = held_products(holdings_of(user) if user is not None else [], now())
    return {
        **_shared(context),
        "offers": offers(only=_ids(products), held=held),
        "return_path": _return_path(request, next),
        "account_url": reverse("wagtail_licensing:account"),
        "heading_level": heading_level,
    }


def _ids(products: Any) -> list[int] | None:
    if products is None:
        return None
    if isinstance(products, AccessDecision):
        return list(products.opened_by)
    ids = []
    for product in products:
        product = getattr(product, "product", product)  # what an offer offers
        ids.append(product.pk if isinstance(product, LicenseProduct) else int(product))
    return ids


def _return_path(request: Any, path: str) -> str:
    if request is None:
        return ""
    return safe_path(request, path or request.get_full_path())


@register.simple_tag
def paywall_data(page: Any) -> str:
    """Return what search engines read of a gated page: its title, its teaser, and that it is not free.

    A data block, which no browser executes and no content security policy has to allow.
    """
    data = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "name": page.title,
        "description": page.teaser,
        "isAccessibleForFree": False,
        "hasPart": {
            "@type": "WebPageElement",
            "isAccessibleForFree": False,
            "cssSelector": ".licensing-why",
        },
    }
    text = json.dumps(data, ensure_ascii=True).translate(_NO_MARKUP)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped


_NO_MARKUP = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&"}


@register.inclusion_tag("wagtail_licensing/includes/course_outline.html", takes_context=True)
def course_outline(context: template.Context, course: Any, current: Any = None) -> dict[str, Any]:
    """Render the lessons of ``course`` as the visitor sees them, with progress and "continue".

    ``current`` is the lesson being shown, if the outline stands beside one.
    """
    request = context.get("request")
    found = outline(course, user=_user(request), at=now(), request=request)
    return {**_shared(context), "outline": found, "current_id": getattr(current, "pk", None)}


@register.inclusion_tag("wagtail_licensing/includes/complete_lesson.html", takes_context=True)
def complete_lesson_button(context: template.Context, lesson: Any) -> dict[str, Any]:
    """Render the button that marks ``lesson`` as done and goes on to the next one."""
    request = context.get("request")
    user = _user(request)
    url = reverse("wagtail_licensing:complete_lesson", args=[lesson.pk])
    return {
        **_shared(context),
        "complete_url": url,
        "is_signed_in": user.is_authenticated,
        "sign_in_url": sign_in_url(lesson.get_url(request) or "/"),
        "is_done": user.is_authenticated
        and lesson.lesson_progress.filter(user=user, completed_at__isnull=False).exists(),
    }


def _user(request: Any) -> Any:
    from django.contrib.auth.models import AnonymousUser

    return getattr(request, "user", None) or AnonymousUser()


def _shared(context: template.Context) -> dict[str, Any]:
    """Return what an included template needs of the context around it."""
    names = ("request", "csrf_token", "user", "perms")
    return {name: context[name] for name in names if name in context}
