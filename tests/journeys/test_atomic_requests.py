"""Where every request is a transaction, buying still asks Stripe outside of one."""

import pytest
from django.db import connection
from django.urls import reverse

from wagtail_licensing.models import CheckoutIntent, License, SyncTarget

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def atomic_requests():
    """Wrap each request in a transaction."""
    before = connection.settings_dict["ATOMIC_REQUESTS"]
    connection.settings_dict["ATOMIC_REQUESTS"] = True
    yield
    connection.settings_dict["ATOMIC_REQUESTS"] = before


def test_buying_coming_back_and_the_portal(stripe_world, alice, client):
    client.force_login(alice)
    bought = client.post(reverse("wagtail_licensing:buy", args=[stripe_world.monthly.pk]))
    intent = CheckoutIntent.objects.get()
    assert (bought.status_code, bought["Location"]) == (303, intent.session_url)
    stripe_world.simulator.pay_checkout(intent.stripe_session_id)
    back = client.get(reverse("wagtail_licensing:checkout_return", args=[intent.nonce]))
    assert back.status_code == 200
    assert License.objects.get().state == "active"
    portal = client.post(reverse("wagtail_licensing:billing_portal"))
    assert portal.status_code == 303


def test_the_webhook(stripe_world, alice, client):
    stripe_world.subscribe(alice, stripe_world.monthly)
    event = stripe_world.events("customer.subscription.created")[0]
    assert stripe_world.send(client, event).status_code == 200
    assert License.objects.get().state == "active"
    assert not SyncTarget.objects.exclude(error="").exists()
