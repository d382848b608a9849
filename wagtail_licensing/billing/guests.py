"""The customer that Stripe made for somebody who bought without an account, and whose it becomes."""

from ..models import BillingCustomer, CheckoutIntent
from .facts import SessionFacts
from .origin import Origin


def guest_customer(
    facts: SessionFacts, intent: CheckoutIntent, *, origin: Origin
) -> BillingCustomer | None:
    """Return the customer that Stripe made for a guest; None for one that is somebody's already.

    Inside the transaction of the caller.
    """
    if not facts.customer_id:
        return None
    customer, _made = BillingCustomer.objects.get_or_create(
        account=origin.account,
        livemode=origin.livemode,
        stripe_id=facts.customer_id,
        defaults={"guest_intent": intent, "guest_email": facts.email, "synced_at": origin.at},
    )
    is_guests = customer.guest_intent_id == intent.pk and (customer.guest_email or customer.user_id)
    return customer if is_guests else None


def adopt_customer(*, license_id: int, user_id: int) -> str:
    """Make the customer behind a license that was claimed the one of its new holder, if they have none.

    Returns the path that the purchase was to lead back to, or nothing. Whoever is a customer already
    keeps theirs: a person is one customer, and the other one stays without a holder. Inside the
    transaction of the caller. Two to four queries.
    """
    customer = (
        BillingCustomer.objects.select_for_update()
        .filter(guest_intent__isnull=False, user=None, organization=None)
        .filter(pk__in=_customers_of(license_id))
        .first()
    )
    if customer is None or customer.guest_intent is None:
        return ""
    has_one = BillingCustomer.objects.filter(
        account=customer.account, livemode=customer.livemode, user_id=user_id, is_deleted=False
    )
    if not customer.is_deleted and not has_one.exists():
        customer.user_id = user_id
        customer.save(update_fields=["user"])
    return customer.guest_intent.return_path


def _customers_of(license_id: int) -> list[int]:
    bought = BillingCustomer.objects.filter(payments__license=license_id)
    subscribed = BillingCustomer.objects.filter(subscriptions__items__license=license_id)
    return [*bought.values_list("pk", flat=True), *subscribed.values_list("pk", flat=True)]
