"""What the paywall knows: what may be shown of a page, what opens it, and what the visitor has.

Nothing of the page itself gets here but its title and its teaser, so that no template, however
careless, can show what is locked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Prefetch
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse

from ..access.reader import Reader
from ..compat import page_model
from ..conf import conf
from ..domain.access import AccessDecision
from ..models import LicensedPageMixin, LicenseProduct, ProductPrice
from ..models.pages import blocks_above_lines
from ..models.products import IssueMode
from .meter import meter_of


@dataclass(frozen=True, slots=True)
class Teaser:
    """What everybody may see of a gated page, document or view."""

    title: str = ""
    teaser: str = ""
    #: Streams of blocks above a paywall line, shown in place of ``teaser``.
    blocks: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """A product for sale, with its live prices in their order."""

    product: LicenseProduct
    prices: tuple[ProductPrice, ...]


def paywall_context(
    request: Any, decision: AccessDecision, target: Any, *, at: datetime
) -> dict[str, Any]:
    """Return the template context of the paywall.

    ``page``: title, teaser and the blocks above a paywall line. ``decision``. ``offers``: the
    products that would open the target and are for sale. ``held``: the names of the products that
    the visitor holds. ``sign_in_url`` comes back here. ``meter``: the free pages of a month, with
    ``limit``, ``used`` and ``left``, or None. ``account_url`` and ``plans_url``: empty where the
    site has no such page. A page model adds to it with ``get_paywall_context``. Two queries for
    offers, two more for a signed-in visitor, one more behind a meter.
    """
    context = {
        "page": teaser_of(target),
        "decision": decision,
        "offers": offers(decision.opened_by),
        "held": held_names(request.user, without=decision.opened_by, at=at),
        "sign_in_url": sign_in_url(request),
        "meter": meter_of(request.user, decision, at),
        "account_url": url_or_nothing("account"),
        "plans_url": url_or_nothing("plans"),
    }
    if isinstance(target, LicensedPageMixin):
        return {**target.get_paywall_context(request), **context}
    return context


def teaser_of(target: Any) -> Teaser:
    """Return what everybody may see of ``target``. No query."""
    if isinstance(target, Teaser):
        return target
    title = str(getattr(target, "title", "") or "")
    if isinstance(target, LicensedPageMixin):
        return Teaser(title, target.get_teaser(), tuple(target.get_teaser_blocks()))
    text = str(getattr(target, "search_description", "") or "")
    blocks = blocks_above_lines(target) if isinstance(target, page_model()) else ()
    return Teaser(title, text, tuple(blocks))


def offers(product_ids: Iterable[int]) -> list[Offer]:
    """Return those of the products that are for sale, in the given order. At most two queries."""
    product_ids = list(product_ids)
    if not product_ids:
        return []
    live = ProductPrice.objects.filter(
        account=conf.stripe_account, livemode=conf.stripe_livemode, is_archived=False
    )
    products = LicenseProduct.objects.filter(
        pk__in=product_ids, is_archived=False, issue_mode=IssueMode.PURCHASE
    ).prefetch_related(Prefetch("prices", queryset=live, to_attr="live_prices"))
    by_id = {product.pk: product for product in products}
    ordered = [by_id[pk] for pk in product_ids if pk in by_id]
    return [Offer(product, tuple(product.live_prices)) for product in ordered if product.live_prices]


def held_names(user: Any, *, without: Iterable[int], at: datetime) -> list[str]:
    """Return the names of the products whose licenses entitle ``user`` at ``at``, but for those of
    ``without``. At most two queries."""
    held = set(Reader(user, at=at).entitling_products) - set(without)
    if not held:
        return []
    return list(LicenseProduct.objects.filter(pk__in=held).values_list("name", flat=True))


def sign_in_url(request: Any) -> str:
    """Return the address of the sign-in page, which leads back to this one."""
    return f"{resolve_url(conf.login_url)}?{urlencode({'next': request.get_full_path()})}"


def url_or_nothing(name: str) -> str:
    """Return the address of one of our pages, or "" where the site does not include it."""
    try:
        return reverse(f"wagtail_licensing:{name}")
    except NoReverseMatch:
        return ""
