"""What an organization bought, in its history: who bought it, and whether they still might."""

import logging
from datetime import datetime

from ..domain.teams import may_buy
from ..models import CheckoutIntent, OrganizationEvent

logger = logging.getLogger(__name__)


def note_purchase(intent: CheckoutIntent, *, at: datetime) -> None:
    """Write into the history of the organization of ``intent`` that it has bought something.

    The buyer's right is looked at again. Who lost it between the checkout and the payment takes
    nothing from the organization, which has paid: the license is its own all the same, and its
    history says so. Inside the transaction of the caller; two queries, none for a person's intent.
    """
    organization = intent.organization
    if organization is None:
        return
    allowed = may_buy(organization.role_of(intent.user))
    if not allowed:
        logger.warning("Checkout %s was paid after its buyer lost the right to buy", intent.pk)
    OrganizationEvent.objects.create(
        organization=organization,
        kind="bought",
        at=at,
        actor=intent.user,
        facts={"intent": intent.pk, "product": intent.price.product_id, "may_buy": allowed},
    )
