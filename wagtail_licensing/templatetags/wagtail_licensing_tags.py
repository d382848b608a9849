"""Template tags and filters for any template of a site."""

import json
from datetime import datetime
from typing import Any

from django import template
from django.urls import reverse
from django.utils.safestring import mark_safe

from .. import links
from ..access.watching import note_consulted
from ..blocks.parts import is_free
from ..blocks.values import GATED_CLASS
from ..compat import page_model
from ..conf import now
from ..courses import has_passed, outline, quiz_state
from ..domain.access import AccessDecision
from ..gates import shown
from ..gates.condition import IfLicensedNode
from ..gates.fragments import LicensingCacheNode
from ..gates.headers import touch
from ..gates.paywall import teaser_of
from ..models import LicenseProduct, ProductPrice
from ..portal import formats, reasons
from ..portal.files import file_rows
from ..portal.holdings import held_products, holdings_of
from ..portal.offers import in_one_currency, offers
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
    wanted = request.GET.get("currency") if request is not None else None
    table, currencies, currency = in_one_currency(offers(only=_ids(products), held=held), wanted)
    return {
        **_shared(context),
        "offers": table,
        "currencies": currencies,
        "currency": currency,
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
    """Return what search engines read of a page: title, teaser, and whether it is free.

    For the paywall and for the page itself, whoever looks at it: what is not free is in elements
    of the class ``licensing-gated``. A data block, which no browser executes and no content
    security policy has to allow. No query.
    """
    teaser = teaser_of(page)
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "WebPage",
        "name": teaser.title,
        "description": teaser.teaser,
        "isAccessibleForFree": is_free(page),
    }
    if not data["isAccessibleForFree"]:
        data["hasPart"] = {
            "@type": "WebPageElement",
            "isAccessibleForFree": False,
            "cssSelector": f".{GATED_CLASS}",
        }
    text = json.dumps(data, ensure_ascii=True).translate(_NO_MARKUP)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped


@register.tag
def if_licensed(parser: Any, token: Any) -> template.Node:
    """Show what is inside to people with access: ``{% if_licensed "pro" area="tools" page=page %}``.

    One is enough: a product (its slug, or a ``LicenseProduct``), the named area, the page. The
    others see what stands after ``{% else %}``. Without a request in the context it is closed.
    """
    return IfLicensedNode.parse(parser, token)


@register.tag
def licensingcache(parser: Any, token: Any) -> template.Node:
    """Keep what is inside, as ``{% cache %}`` does: ``{% licensingcache 600 "sidebar" page.pk %}``.

    For everybody what no gate was consulted for; for one person, as long as they open the same, what
    a gate was consulted for. No query, and for a signed-in visitor one or two where gates matter.
    """
    return LicensingCacheNode.parse(parser, token)


_NO_MARKUP = {ord(letter): f"\\u{ord(letter):04x}" for letter in "<>&"}


@register.inclusion_tag("wagtail_licensing/includes/course_outline.html", takes_context=True)
def course_outline(context: template.Context, course: Any, current: Any = None) -> dict[str, Any]:
    """Render the lessons of ``course`` as the visitor sees them, with progress and "continue".

    ``course`` may be the id of one, as on the paywall. ``current`` is the lesson being shown, if the
    outline stands beside one.
    """
    request = context.get("request")
    touch(request)
    note_consulted(fleeting=True)
    if isinstance(course, int):
        course = page_model().objects.get(pk=course).specific
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
        "needs_quiz": user.is_authenticated and not has_passed(lesson, user=user),
    }


@register.inclusion_tag("wagtail_licensing/includes/lesson_quiz.html", takes_context=True)
def lesson_quiz(context: template.Context, lesson: Any) -> dict[str, Any]:
    """Render the quiz of ``lesson``: its questions, how it went, and when there is another attempt.

    Nothing for those who do not open the lesson, and where there is no quiz. Four queries at most,
    and the decision.
    """
    request = context.get("request")
    user = _user(request)
    touch(request)
    note_consulted(fleeting=True)
    return {
        **_shared(context),
        "quiz": quiz_state(lesson, user=user, at=now()),
        "answer_url": reverse("wagtail_licensing:answer_quiz", args=[lesson.pk]),
        "is_signed_in": user.is_authenticated,
        "sign_in_url": sign_in_url(lesson.get_url(request) or "/"),
    }


@register.inclusion_tag("wagtail_licensing/includes/lesson_files.html", takes_context=True)
def lesson_files(context: template.Context, lesson: Any) -> dict[str, Any]:
    """Render the files of ``lesson``: the download for those who may have each, or why not. One query
    for the files, and what many decisions cost."""
    request = context.get("request")
    touch(request)
    note_consulted(fleeting=True)
    documents = [file.document for file in lesson.get_files()]
    return {
        **_shared(context),
        "rows": file_rows(documents, user=_user(request), at=now(), versions={}),
    }


@register.inclusion_tag("wagtail_licensing/includes/media_player.html", takes_context=True)
def media_player(context: template.Context, media: Any) -> dict[str, Any]:
    """Render a film or sound of wagtailmedia with the browser's own controls, which wind through it by
    ``Range``; for those who may not open it, its title and why. ``media`` may be None: nothing then.

    No query but what the decision costs, and none for a stranger or without a gate.
    """
    request = context.get("request")
    touch(request)
    note_consulted(fleeting=True)
    lock = shown.gate_state(request, media) if media is not None else None
    return {**_shared(context), "media": media, "lock": lock}


@register.inclusion_tag("wagtail_licensing/includes/file_versions.html", takes_context=True)
def file_versions(context: template.Context, page: Any) -> dict[str, Any]:
    """Render the versions of a file page, the newest first: what is new, and the download for those
    who may have it, or why not. One query for the versions, and what many decisions cost."""
    request = context.get("request")
    versions = {version.document_id: version for version in page.get_versions()}
    documents = [version.document for version in versions.values()]
    touch(request)
    note_consulted(fleeting=True)
    rows = file_rows(documents, user=_user(request), at=now(), versions=versions)
    return {**_shared(context), "rows": rows}


@register.simple_tag(takes_context=True)
def signed_document_url(
    context: template.Context, document: Any, user: Any = None, max_age: Any = None
) -> str:
    """Return a link for a while to a document or a media file: ``{% signed_document_url document %}``.

    For ``user``, by default the visitor, whose answer then is kept by no cache; a stranger gets the
    file's own address. Absolute where the template has a request. ``max_age`` in seconds. No query.
    """
    request = context.get("request")
    person = _user(request) if user is None else user
    touch(request)
    note_consulted(fleeting=True)
    if not person.is_authenticated or person.pk is None:
        return str(document.url)
    return links.signed_document_url(document, person, request=request, max_age=max_age)


@register.simple_tag(takes_context=True, name="accessible")
def accessible_tag(context: template.Context, items: Any) -> Any:
    """Return those of ``items`` that the visitor opens: ``{% accessible pages as open_pages %}``.

    ``items`` is a queryset or a list of pages, documents or images. One query more at most.
    """
    return shown.accessible(items, context.get("request"))


@register.simple_tag(takes_context=True, name="listable")
def listable_tag(context: template.Context, items: Any) -> Any:
    """Return ``items`` without what is hidden from the visitor: ``{% listable pages as menu %}``."""
    return shown.listable(items, context.get("request"))


@register.filter
def accessible(items: Any, request: Any = None) -> Any:
    """Return those of ``items`` that the visitor of ``request`` opens: ``pages|accessible:request``."""
    return shown.accessible(items, request or None)


@register.filter
def listable(items: Any, request: Any = None) -> Any:
    """Return ``items`` without what is hidden from the visitor: ``pages|listable:request``."""
    return shown.listable(items, request or None)


@register.simple_tag(takes_context=True)
def gate_state(context: template.Context, target: Any) -> shown.GateState:
    """Return the lock beside an entry of a list: ``{% gate_state page as lock %}``.

    Of ``lock``: ``is_open``, ``is_locked``, ``is_free``, ``is_hidden``, ``reason``, ``decision`` and
    ``products``. No query for one entry more.
    """
    return shown.gate_state(context.get("request"), target)


def _user(request: Any) -> Any:
    from django.contrib.auth.models import AnonymousUser

    return getattr(request, "user", None) or AnonymousUser()


def _shared(context: template.Context) -> dict[str, Any]:
    """Return what an included template needs of the context around it."""
    names = ("request", "csrf_token", "user", "perms")
    return {name: context[name] for name in names if name in context}
