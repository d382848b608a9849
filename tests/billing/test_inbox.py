"""What receiving costs, Stripe's two shapes of events, secrets that change, and old bodies."""

import datetime as dt
import json
import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.billing.world import sign
from wagtail_licensing import tasks
from wagtail_licensing.billing.purge import purge_payloads
from wagtail_licensing.models import License, StripeEvent, SyncTarget

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)


def snapshot(number=1, subscription="sub_1"):
    return {
        "id": f"evt_{number}",
        "object": "event",
        "created": int(time.time()),
        "livemode": False,
        "type": "customer.subscription.updated",
        "data": {"object": {"id": subscription, "object": "subscription"}},
    }


def thin(kind, object_id, *, name="v1.customer.subscription.updated", **fields):
    """Return a thin event as an event destination sends it."""
    return {
        "id": f"evt_thin_{object_id}",
        "object": "v2.core.event",
        "type": name,
        "livemode": False,
        "created": "2026-11-24T12:00:00.000Z",
        "context": None,
        "related_object": {"id": object_id, "type": kind, "url": f"/v1/any/{object_id}"},
        **fields,
    }


@pytest.fixture
def rung(monkeypatch):
    targets: list[int] = []
    monkeypatch.setattr(tasks, "ring", targets.append)
    return targets


@contextmanager
def statements():
    """Collect the statements that read or write, without those that begin and end transactions."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    verbs = ("SELECT", "INSERT", "UPDATE", "DELETE")
    found += [each["sql"] for each in captured.captured_queries if each["sql"].startswith(verbs)]


def deliver(client, event, **options):
    body = json.dumps(event)
    return client.post(
        reverse("wagtail_licensing:stripe_webhook", args=["default"]),
        body,
        content_type="application/json",
        headers={"Stripe-Signature": sign(body, **options)},
    )


# --- what it costs ------------------------------------------------------------------------------


def test_a_new_event_takes_three_statements_and_calls_nobody(stripe_world, client, rung):
    asked = []
    stripe_world.simulator.observers.append(lambda incoming, answer: asked.append(incoming.path))
    with statements() as first:
        assert deliver(client, snapshot(1)).status_code == 200
    with statements() as second:
        assert deliver(client, snapshot(2)).status_code == 200
    assert (len(first), len(second), asked) == (3, 3, [])
    assert SyncTarget.objects.get().requested == 2


def test_an_event_that_is_known_costs_less_and_writes_nothing(client, rung):
    deliver(client, snapshot())
    with statements() as waiting:
        assert deliver(client, snapshot()).status_code == 200
    StripeEvent.objects.update(status="done")
    with statements() as done:
        assert deliver(client, snapshot()).status_code == 200
    assert (len(waiting), len(done)) == (3, 2)
    assert [each for each in done if each.startswith(("UPDATE", "DELETE"))] == []
    assert StripeEvent.objects.count() == SyncTarget.objects.get().requested == 1
    # The second delivery rang for what waited, the third for nothing.
    assert len(rung) == 2


def test_an_event_that_is_none_of_our_business_takes_one_statement(client, rung):
    with statements() as ignored:
        deliver(client, {**snapshot(), "type": "price.updated"})
    with statements() as other_mode:
        deliver(client, {**snapshot(2), "livemode": True})
    assert (len(ignored), len(other_mode), rung) == (1, 0, [])


def test_how_long_a_target_waits_is_counted_from_the_first_request(now):
    from wagtail_licensing.billing.inbox import request_sync

    for minutes in (0, 5, 10):
        request_sync(
            kind="subscription",
            object_id="sub_1",
            account="default",
            at=now + dt.timedelta(minutes=minutes),
        )
    assert SyncTarget.objects.get().requested_at == now
    SyncTarget.objects.update(applied=3)
    request_sync(kind="subscription", object_id="sub_1", account="default", at=now + DAY)
    assert SyncTarget.objects.get().requested_at == now + DAY


# --- thin events --------------------------------------------------------------------------------


def test_a_thin_event_about_a_subscription_gives_the_license(stripe_world, alice, client):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    event = thin("subscription", subscription["id"], name="v1.customer.subscription.trialing")
    assert deliver(client, event).status_code == 200
    assert License.objects.get().state == "active"
    kept = StripeEvent.objects.get()
    assert (kept.type, kept.status) == ("v1.customer.subscription.trialing", "done")
    assert kept.created == dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def test_a_thin_event_about_an_invoice_leads_to_its_subscription(stripe_world, alice, client):
    subscription = stripe_world.subscribe(alice, stripe_world.monthly)
    invoice = stripe_world.get(f"/v1/subscriptions/{subscription['id']}")["latest_invoice"]
    assert deliver(client, thin("invoice", invoice, name="v1.invoice.paid")).status_code == 200
    assert License.objects.get().state == "active"
    assert not StripeEvent.objects.filter(status="new").exists()


def test_a_thin_event_about_a_refund_leads_to_its_payment(stripe_world, alice, client):
    intent = stripe_world.buy(alice, stripe_world.once)
    stripe_world.sync("checkout.session", intent.stripe_session_id)
    assert License.objects.get().state == "active"
    payment = stripe_world.get(f"/v1/checkout/sessions/{intent.stripe_session_id}")["payment_intent"]
    refund = stripe_world.post("/v1/refunds", payment_intent=payment)
    assert deliver(client, thin("refund", refund["id"], name="v1.refund.updated")).status_code == 200
    assert License.objects.get().state == "revoked"


@pytest.mark.parametrize(
    "event",
    [
        pytest.param(thin("invoice", "in_none", name="v1.invoice.paid"), id="gone"),
        pytest.param(thin("subscription", "sub_none"), id="subscription that never was"),
    ],
)
def test_a_thin_event_about_what_is_not_there_does_nothing(stripe_world, client, event):
    assert deliver(client, event).status_code == 200
    assert not License.objects.exists()
    assert StripeEvent.objects.get().status == "done"


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"type": "v1.price.updated"}, id="type that is none of ours"),
        pytest.param({"type": "v2.core.account.updated"}, id="type of another API"),
        pytest.param({"related_object": None}, id="no object"),
        pytest.param({"related_object": {"id": 7, "type": "subscription"}}, id="id is a number"),
        pytest.param({"related_object": {"id": "sub_1", "type": ["x"]}}, id="type is a list"),
        pytest.param({"related_object": {"id": "", "type": "subscription"}}, id="empty id"),
        pytest.param({"related_object": {"id": "fr_1", "type": "from_the_future"}}, id="new kind"),
    ],
)
def test_a_thin_event_that_names_nothing_of_ours_is_kept_and_ignored(client, rung, fields):
    assert deliver(client, {**thin("subscription", "sub_1"), **fields}).status_code == 200
    assert StripeEvent.objects.get().status == "ignored"
    assert rung == []


def test_a_thin_event_of_a_connected_account_leaves_no_trace(client, rung):
    assert deliver(client, thin("subscription", "sub_1", context="acct_1")).status_code == 200
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize(
    "created", [None, 7, "", "yesterday", "2026-11-24T12:00:00", "9999-01-01T00:00:00Z", "0001-01-01"]
)
def test_a_thin_event_without_an_instant_is_refused(client, rung, created):
    assert deliver(client, thin("subscription", "sub_1", created=created)).status_code == 400
    assert not StripeEvent.objects.exists()


# --- secrets ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_secret_is_rotated_without_losing_an_event(
    stripe_world, alice, live_server, settings, client, rung
):
    """Over the wire: Stripe signs with both secrets during the overlap and with the new one after."""
    url = live_server.url + reverse("wagtail_licensing:stripe_webhook", args=["default"])
    old = stripe_world.simulator.webhook(url)
    settings.WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = [old]
    customer = stripe_world.customer(alice).stripe_id

    def arrives():
        """Change something at Stripe, and tell whether its event is heard of here."""
        stripe_world.post(f"/v1/customers/{customer}", name=str(time.monotonic()))
        event = stripe_world.events("customer.updated")[-1]
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            if StripeEvent.objects.filter(event_id=event["id"]).exists():
                return True
            threading.Event().wait(0.02)
        return False

    assert arrives()
    new = stripe_world.simulator.rotate_secret(url, overlap=3600)
    assert arrives(), "the old secret is enough while the overlap lasts"
    settings.WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = [new, old]
    stripe_world.simulator.rotate_secret(url, overlap=0, secret=new)
    assert arrives(), "the new one is enough after it"
    settings.WAGTAIL_LICENSING_STRIPE_WEBHOOK_SECRETS = [new]
    assert arrives(), "and the old one can go"
    assert deliver(client, snapshot(), secret=old).status_code == 400
    assert deliver(client, snapshot(), secret=new).status_code == 200


# --- old bodies ---------------------------------------------------------------------------------


def keep_one(client, **fields):
    deliver(client, snapshot())
    StripeEvent.objects.update(**fields)


def test_the_body_of_an_event_is_emptied_after_thirty_days(client, rung, now):
    keep_one(client, received_at=now, status="done")
    assert purge_payloads(at=now + 30 * DAY) == 0
    assert StripeEvent.objects.get().payload != {}
    assert purge_payloads(at=now + 30 * DAY + TICK) == 1
    kept = StripeEvent.objects.get()
    assert (kept.payload, kept.is_purged) == ({}, True)
    assert (kept.event_id, kept.object_id, kept.status) == ("evt_1", "sub_1", "done")
    assert purge_payloads(at=now + 31 * DAY) == 0


def test_an_emptied_event_is_still_known(client, rung, now):
    keep_one(client, received_at=now - 31 * DAY, status="done")
    purge_payloads(at=now)
    assert deliver(client, snapshot()).status_code == 200
    assert StripeEvent.objects.count() == SyncTarget.objects.get().requested == 1


def test_the_sweep_empties_what_is_old_and_the_setting_says_what_is(client, rung, now, settings):
    from django.core.management import call_command

    settings.WAGTAIL_LICENSING_EVENT_PAYLOAD_RETENTION = dt.timedelta(days=400)
    keep_one(client, received_at=now - 399 * DAY)
    call_command("licensing_sweep")
    assert not StripeEvent.objects.get().is_purged
    settings.WAGTAIL_LICENSING_EVENT_PAYLOAD_RETENTION = dt.timedelta(days=398)
    call_command("licensing_sweep")
    assert StripeEvent.objects.get().is_purged
