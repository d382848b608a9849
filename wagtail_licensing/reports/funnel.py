"""From the button to the money: what became of the checkouts that were begun in a period."""

from django.db.models import Count, Q, QuerySet

from ..conf import conf
from ..domain.periods import Period
from ..models import CheckoutIntent
from ..models.checkout import IntentState

#: A step -> the intents that took it. Each was begun, and then is in exactly one of the others.
STEPS: dict[str, Q] = {
    "begun": Q(),
    "paid": Q(state=IntentState.COMPLETED, payment_status__in=["paid", "no_payment_required"]),
    "waiting": Q(state=IntentState.OPEN)
    | Q(state=IntentState.COMPLETED) & ~Q(payment_status__in=["paid", "no_payment_required"]),
    "abandoned": Q(state=IntentState.EXPIRED),
    "failed": Q(state=IntentState.FAILED),
}


def checkouts(period: Period, *, currency: str = "", step: str = "begun") -> QuerySet[CheckoutIntent]:
    """Return the checkouts begun in ``period`` that took ``step``. Raises ``KeyError`` for no step."""
    found = CheckoutIntent.objects.filter(
        account=conf.stripe_account,
        livemode=conf.stripe_livemode,
        created_at__gte=period.begins,
        created_at__lt=period.ends,
    ).filter(STEPS[step])
    return found.filter(price__currency=currency) if currency else found


def count_steps(period: Period, *, currency: str = "") -> dict[str, int]:
    """Return how many checkouts begun in ``period`` took each step. One query."""
    counts = {step: Count("pk", filter=rows) if rows else Count("pk") for step, rows in STEPS.items()}
    return dict(checkouts(period, currency=currency).order_by().aggregate(**counts))
