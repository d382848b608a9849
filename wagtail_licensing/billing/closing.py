"""Close checkout pages at Stripe that must not be paid any more."""

import logging
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from ..conf import conf
from ..domain.teams import BUYER_ROLES
from ..models import CheckoutIntent, OrganizationMember
from ..models.checkout import IntentState
from .client import Gateway, path_of
from .errors import BadRequest, Missing

logger = logging.getLogger(__name__)


def close_sessions(
    intents: Iterable[CheckoutIntent], *, gateway: Gateway, because: str
) -> list[CheckoutIntent]:
    """Close the pages of open checkouts; return those that Stripe would not close, which have to be
    read: they were completed meanwhile.

    A request for each. Not inside a transaction. Raises ``StripeFailure``.
    """
    done = []
    for intent in intents:
        try:
            path = f"{path_of('checkout/sessions', intent.stripe_session_id)}/expire"
            gateway.post(path, idempotency_key=f"{intent.nonce}-expire")
        except (BadRequest, Missing):
            done.append(intent)
            continue
        CheckoutIntent.objects.filter(pk=intent.pk, state=IntentState.OPEN).update(
            state=IntentState.EXPIRED
        )
        logger.info("Checkout %s was closed: %s", intent.pk, because)
    return done


def open_sessions(*, at: datetime) -> QuerySet[CheckoutIntent]:
    """Return the checkouts whose page at Stripe can be paid at ``at``, at the configured account."""
    return CheckoutIntent.objects.filter(
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        state=IntentState.OPEN,
        expires_at__gt=at,
        stripe_session_id__gt="",
    )


def without_right(*, at: datetime) -> QuerySet[CheckoutIntent]:
    """Return the open checkouts for organizations whose buyers may not buy for them any more."""
    still_given = OrganizationMember.objects.filter(
        organization=OuterRef("organization"),
        user=OuterRef("user"),
        user__is_active=True,
        role__in=[role.value for role in BUYER_ROLES],
    )
    theirs = open_sessions(at=at).filter(organization__isnull=False, payment_status__in=["", "unpaid"])
    owned = Q(organization__owner=F("user"), user__is_active=True)
    return theirs.exclude(Exists(still_given)).exclude(owned)


def close_without_right(*, at: datetime, limit: int = 50) -> int:
    """Close the pages of who was removed from the organization that they were buying for; return how
    many there were. Such a page may offer the organization's saved card.

    One query if there are none, else a request for each too. What was paid in the meantime stays the
    organization's. Not inside a transaction. Raises ``StripeFailure`` and ``ImproperlyConfigured``.
    """
    found = list(without_right(at=at).order_by("pk")[:limit])
    if found:
        because = "its buyer may not buy for the organization any more"
        close_sessions(found, gateway=Gateway(), because=because)
    return len(found)
