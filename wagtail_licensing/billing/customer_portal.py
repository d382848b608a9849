"""Stripe's customer portal: where members change cards, plans and seats, and cancel."""

import logging
import uuid
from enum import StrEnum
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from ..domain.teams import may_buy
from ..models import BillingCustomer, Organization
from .client import Gateway
from .customers import customer_of
from .errors import BadRequest, StripeFailure
from .projection import ENDED_STATUSES
from .refusals import BillingUnavailable

logger = logging.getLogger(__name__)

__all__ = ["BillingUnavailable", "Flow", "NoBillingCustomer", "portal_session_url"]


class NoBillingCustomer(LookupError):  # noqa: N818 - the field's word for it
    """The user, or the organization, has never bought anything; or it is not theirs to see."""


class Flow(StrEnum):
    """Where in the portal a person begins; the values are Stripe's."""

    CARD = "payment_method_update"
    CANCEL = "subscription_cancel"
    SWITCH = "subscription_update"
    PAUSE = "subscription_pause"


#: Flows about one subscription.
_OF_A_SUBSCRIPTION = frozenset({Flow.CANCEL, Flow.SWITCH, Flow.PAUSE})


def portal_session_url(
    *,
    user: Any,
    return_url: str,
    flow: Flow | None = None,
    reference: str = "",
    organization: Organization | None = None,
) -> str:
    """Return the address of a portal session of ``user``, or of the ``organization`` that they may buy
    for: theirs alone, and short-lived.

    ``flow`` leads to one thing to do, of the subscription that pays the license ``reference`` where
    it needs one; without it, and where Stripe refuses that one thing, the person is shown everything.
    Three queries at most, and one request or two, not inside a transaction. Raises
    :class:`NoBillingCustomer`, also for a license that this person does not pay for, and
    ``BillingUnavailable``. Do not log or cache the address.
    """
    if organization is not None and not may_buy(organization.role_of(user)):
        raise NoBillingCustomer
    customer = customer_of(user, organization)
    if customer is None:
        raise NoBillingCustomer
    params = {"flow_data": _flow_data(customer, flow, reference, return_url)} if flow else {}
    try:
        try:
            return _session_url(customer, return_url, **params)
        except BadRequest as refusal:
            if not params:
                raise
            # The portal's configuration offers no such thing, or this subscription cannot do it.
            logger.warning("The customer portal refuses %s: %s", flow, refusal)
            return _session_url(customer, return_url)
    except (StripeFailure, ImproperlyConfigured) as failure:
        logger.error("The customer portal is not available: %s", failure)
        raise BillingUnavailable from None


def _session_url(customer: BillingCustomer, return_url: str, **params: Any) -> str:
    session = Gateway().post(
        "/v1/billing_portal/sessions",
        idempotency_key=f"wl-portal-{uuid.uuid4()}",
        customer=customer.stripe_id,
        return_url=return_url,
        **params,
    )
    return str(session["url"])


def _flow_data(customer: BillingCustomer, flow: Flow, reference: str, return_url: str) -> dict[str, Any]:
    back = {"type": "redirect", "redirect": {"return_url": return_url}}
    data: dict[str, Any] = {"type": flow.value, "after_completion": back}
    if flow in _OF_A_SUBSCRIPTION:
        data[flow.value] = {"subscription": _subscription_of(customer, reference)}
    return data


def _subscription_of(customer: BillingCustomer, reference: str) -> str:
    """Return the id of the running subscription with which ``customer`` pays a license."""
    if "\0" in reference:  # PostgreSQL knows no such text
        raise NoBillingCustomer
    found = customer.subscriptions.filter(
        items__license__reference=reference, items__is_removed=False, is_gone=False
    ).exclude(status__in=ENDED_STATUSES)
    subscription_id = found.values_list("stripe_id", flat=True).first()
    if subscription_id is None:
        raise NoBillingCustomer
    return subscription_id
