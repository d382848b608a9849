"""Somebody who has left traces everywhere."""

import datetime as dt

import pytest
from django.apps import apps
from django.core.serializers import serialize

from tests.conftest import STAFF, gate_page, give, make_user
from tests.portal.conftest import deliver, monthly, stripe, stripe_world
from tests.portal.sales import subscribe
from wagtail_licensing.access import check_access
from wagtail_licensing.courses import complete_lesson
from wagtail_licensing.domain.states import Cause, Hold
from wagtail_licensing.licenses import ChangedBy, assign_seat, place_hold
from wagtail_licensing.models import (
    BillingCustomer,
    BillingPayment,
    CheckoutIntent,
    GateUserPermission,
    MailPreference,
    MeteredRead,
    OutboxMessage,
    ProductUserPermission,
    StripeEvent,
)

__all__ = ["deliver", "monthly", "stripe", "stripe_world"]

NAMES = ("zerlina", "zerlina@example.org", "Zerlina Quux")


@pytest.fixture
def zerlina(db):
    """A member whose name stands nowhere else."""
    return make_user("zerlina", first_name="Zerlina", last_name="Quux")


@pytest.fixture
def traces(zerlina, alice, pro, basic, team, monthly, course, article, now):
    """Rows about Zerlina in every table that knows people, her name in every text."""
    gate = gate_page(course, pro)
    license = subscribe(zerlina, monthly, at=now)
    by = ChangedBy(cause=Cause.STAFF, reason="Zerlina Quux (zerlina@example.org) asked for it")
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=by)
    give(zerlina, pro, at=now)
    shared = give(alice, team, at=now, seats=3)
    seat = assign_seat(license_id=shared.pk, user=zerlina, at=now, by=STAFF)
    type(seat).objects.filter(pk=seat.pk).update(invited_email="zerlina@example.org")
    complete_lesson(user=zerlina, lesson=course.get_lessons()[0], at=now)
    MeteredRead.objects.create(user=zerlina, gate=gate, page_id=article.pk, month=now, read_at=now)
    MailPreference.objects.create(user=zerlina, reminders=False, changed_at=now)
    OutboxMessage.objects.create(
        key="zerlina-welcome",
        notice="welcome",
        user=zerlina,
        license=license,
        created_at=now,
        next_try=now,
    )
    GateUserPermission.objects.assign_perm("open_gate", zerlina, gate)
    ProductUserPermission.objects.assign_perm("use_product", zerlina, basic)
    customer = BillingCustomer.objects.get(user=zerlina)
    BillingPayment.objects.create(
        stripe_id="pi_1",
        customer=customer,
        amount=4900,
        currency="EUR",
        paid_at=now,
        status="succeeded",
    )
    CheckoutIntent.objects.create(
        user=zerlina,
        price=monthly,
        return_path="/people/zerlina/",
        session_url="https://pay.example/zerlina",
        state="completed",
        created_at=now,
        expires_at=now + dt.timedelta(days=1),
    )
    StripeEvent.objects.create(
        event_id="evt_1",
        type="invoice.paid",
        created=now,
        received_at=now,
        object_kind="subscription",
        object_id=f"sub_{license.pk}",
        payload={"data": {"object": {"id": "in_1", "customer_email": "zerlina@example.org"}}},
    )
    StripeEvent.objects.create(
        event_id="evt_customer",
        type="customer.updated",
        created=now,
        received_at=now,
        payload={"data": {"object": {"id": customer.stripe_id, "name": "Zerlina Quux"}}},
    )
    return license


def everything() -> str:
    """Return what every table of the database holds, as text."""
    models = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    return "\n".join(serialize("json", model._base_manager.all()) for model in models)


def opens(user, target, at) -> bool:
    return check_access(user, target, at).allowed
