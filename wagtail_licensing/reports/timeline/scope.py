"""Which rows a timeline is about: those of one license, or those of one person."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from ...models import (
    BillingCustomer,
    BillingItem,
    BillingPayment,
    BillingSubscription,
    License,
    LicenseEvent,
    LicenseSeat,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """The keys by which the tables are asked.

    ``licenses`` are told with all that happened to them; of the ``shared`` ones only what concerns
    the license itself and the ``seats``. ``people`` are those whose learning counts, from ``since`` on
    (None: all of it). ``person`` is None for the timeline of a license. ``objects`` are ids at Stripe
    by their kind.
    """

    licenses: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()
    seats: tuple[int, ...] = ()
    people: tuple[Any, ...] = ()
    person: Any = None
    since: datetime | None = None
    customers: tuple[int, ...] = ()
    subscriptions: tuple[int, ...] = ()
    payments: tuple[int, ...] = ()
    objects: dict[str, tuple[str, ...]] = field(default_factory=dict)


def scope_of_license(license: License) -> Scope:
    """Return what belongs to ``license``. Five queries.

    Invoices belong to a customer, so that those for other licenses of the same customer are among
    them. Learning is that of whoever holds it or has a seat, since it began.
    """
    items = BillingItem.objects.filter(license=license).values_list("subscription_id", flat=True)
    subscriptions = list(BillingSubscription.objects.filter(pk__in=list(items)))
    of_them = Q(stripe_subscription_id__in=[each.stripe_id for each in subscriptions])
    payments = list(BillingPayment.objects.filter(Q(license=license) | of_them))
    customers = {each.customer_id for each in subscriptions} | {each.customer_id for each in payments}
    seats = LicenseSeat.objects.filter(license=license, user__isnull=False, assigned_at__isnull=False)
    people = set(seats.order_by().values_list("user_id", flat=True).distinct())
    if license.user_id is not None and not license.uses_seats:
        people.add(license.user_id)
    return Scope(
        licenses=(license.pk,),
        people=tuple(sorted(people)),
        since=license.starts_at,
        **_billing(customers, subscriptions, payments),
    )


def scope_of_person(user: Any) -> Scope:
    """Return what belongs to ``user``: licenses held now or once, seats, and their customers at
    Stripe. Six queries."""
    handed_over = LicenseEvent.objects.filter(kind="transferred", before__holder=f"user-{user.pk}")
    own = License.objects.filter(Q(user=user) | Q(pk__in=handed_over.values("license_id")))
    licenses = set(own.order_by().values_list("pk", flat=True))
    seats = list(LicenseSeat.objects.filter(user=user).order_by().values_list("pk", "license_id"))
    customers = set(BillingCustomer.objects.filter(user=user).values_list("pk", flat=True))
    subscriptions = list(BillingSubscription.objects.filter(customer__in=customers))
    payments = list(BillingPayment.objects.filter(customer__in=customers))
    return Scope(
        licenses=tuple(sorted(licenses)),
        shared=tuple(sorted({license_id for _pk, license_id in seats} - licenses)),
        seats=tuple(sorted(pk for pk, _license_id in seats)),
        people=(user.pk,),
        person=user.pk,
        **_billing(customers, subscriptions, payments),
    )


def _billing(
    customers: set[int],
    subscriptions: Iterable[BillingSubscription],
    payments: Iterable[BillingPayment],
) -> dict[str, Any]:
    known = BillingCustomer.objects.filter(pk__in=customers).order_by("pk")
    sessions = {each.checkout_session_id for each in payments} - {""}
    sessions |= {each.stripe_id for each in payments if each.stripe_id.startswith("cs_")}
    return {
        "customers": tuple(sorted(customers)),
        "subscriptions": tuple(each.pk for each in subscriptions),
        "payments": tuple(each.pk for each in payments),
        # The kinds under which the inbox keeps what an event is about.
        "objects": {
            "customer": tuple(known.values_list("stripe_id", flat=True)),
            "subscription": tuple(each.stripe_id for each in subscriptions),
            "payment_intent": tuple(each.stripe_id for each in payments),
            "checkout.session": tuple(sorted(sessions)),
        },
    }
