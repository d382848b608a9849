"""The rows of a model that are about one person."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.db.models import Q, QuerySet

from ..models import (
    BillingCustomer,
    BillingPayment,
    BillingSubscription,
    CheckoutIntent,
    StripeEvent,
)
from .classes import BY_STRIPE_ID, ModelData, Rows
from .table import ROWS


def personal_rows(user: Any) -> Iterator[tuple[ModelData, QuerySet[Any]]]:
    """Yield each model that knows people, with its rows about ``user``. No query for most of them."""
    for row in ROWS:
        if row.rows is Rows.NOBODYS:
            continue
        model = apps.get_model("wagtail_licensing", row.model)
        if row.person == BY_STRIPE_ID:
            yield row, events_of(user)
        else:
            yield row, model._base_manager.filter(**{row.person: user}).order_by("pk")


def events_of(user: Any) -> QuerySet[Any]:
    """Return the events from Stripe about ``user``: by the ids of their objects. Four queries."""
    customers = list(BillingCustomer.objects.filter(user=user).values_list("stripe_id", flat=True))
    ids = {
        *customers,
        *_ids(BillingSubscription.objects.filter(customer__user=user), "stripe_id"),
        *_ids(BillingPayment.objects.filter(customer__user=user), "stripe_id"),
        *_ids(CheckoutIntent.objects.filter(user=user), "stripe_session_id"),
    }
    ids.discard("")
    about = Q(object_id__in=ids)
    if customers:
        about |= Q(payload__data__object__customer__in=customers)
        about |= Q(payload__data__object__id__in=customers)
    return StripeEvent.objects.filter(about).order_by("pk")


def _ids(rows: QuerySet[Any], field: str) -> list[str]:
    return list(rows.values_list(field, flat=True))
