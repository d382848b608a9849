"""Who may still try, and that nobody tries twice at once."""

from datetime import datetime
from typing import Any

from django.db.models import Q

from ..domain.policy import TrialRule
from ..models import CheckoutIntent, License, LicenseProduct, Organization, ProductPrice
from .client import Gateway
from .closing import close_sessions, open_sessions
from .refusals import TrialUsed


def trial_days(
    user: Any,
    price: ProductPrice,
    *,
    expected: bool = False,
    organization: Organization | None = None,
) -> int:
    """Return the days of trial that come with ``price`` for ``user``, or for the ``organization`` that
    they buy for; 0 when there was one before.

    What counts is the person: every license of theirs and of the organizations that they own, under
    whatever customer at Stripe, also one that has ended or was revoked. An organization counts with
    its owner, so that nobody makes organizations in order to try again. ``expected``: the buyer was
    offered a trial. Raises :class:`TrialUsed` when they were and there is none. One query.
    """
    days = price.trial_days if price.is_recurring else 0
    if days and _has_tried(user, price.product, organization):
        days = 0
    if expected and not days:
        raise TrialUsed
    return days


def products_tried(user: Any, organization: Organization | None = None) -> tuple[frozenset[int], bool]:
    """Return the ids of the products that come without a trial, and whether there was one of anything.

    One query.
    """
    known = Q(source="subscription") | Q(had_trial=True)
    rows = License.objects.filter(known, _who(user, organization))
    found = list(rows.values_list("product_id", "had_trial").distinct())
    return frozenset(product for product, _tried in found), any(tried for _product, tried in found)


def _who(user: Any, organization: Organization | None) -> Q:
    """Return the condition for what belongs to a person and their organizations, as one."""
    person = organization.owner_id if organization is not None else user.pk
    mine = Q(user=person) | Q(organization__owner=person)
    return mine | Q(organization=organization) if organization is not None else mine


def _has_tried(user: Any, product: LicenseProduct, organization: Organization | None) -> bool:
    # Who had the product by subscription knows it, trial or not.
    had_it = Q(product=product, source="subscription")
    tried = Q(had_trial=True)
    if product.trial_rule == TrialRule.ONCE_PER_PRODUCT:
        tried &= Q(product=product)
    return License.objects.filter(had_it | tried, _who(user, organization)).exists()


def close_other_trials(
    intent: CheckoutIntent, *, gateway: Gateway, at: datetime
) -> list[CheckoutIntent]:
    """Close the checkouts with a trial that the person, or an organization of theirs, has open beside
    ``intent``; return those that had been completed meanwhile and have to be read.

    Both of two checkouts that begin at once come here with their session made, so at most one stays
    open. A request for each. Not inside a transaction.
    """
    person = intent.organization.owner_id if intent.organization is not None else intent.user_id
    mine = Q(user=person, organization=None) | Q(organization__owner=person)
    if intent.organization is not None:
        mine |= Q(organization=intent.organization)
    others = open_sessions(at=at).filter(mine, trial_days__gt=0).exclude(pk=intent.pk)
    return close_sessions(others, gateway=gateway, because="its buyer tries something else")
