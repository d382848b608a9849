"""A checkout that was left is gone on with, by whoever began it, while it can be paid."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from wagtail_licensing.models import CheckoutIntent

pytestmark = pytest.mark.django_db


@pytest.fixture
def begun(stripe_world, client, alice) -> CheckoutIntent:
    """Alice began to buy, and left."""
    client.force_login(alice)
    client.post(reverse("wagtail_licensing:buy", args=[stripe_world.once.pk]), {"next": "/a/"})
    return CheckoutIntent.objects.get()


def resume(intent):
    return reverse("wagtail_licensing:resume_checkout", args=[intent.nonce])


def test_stripes_way_back_leads_to_it(stripe_world, client, begun):
    session = stripe_world.get(f"/v1/checkout/sessions/{begun.stripe_session_id}")
    parts = urlsplit(session["cancel_url"])
    page = client.get(f"{parts.path}?{parts.query}").content.decode()
    assert "Nothing was charged" in page
    assert resume(begun) in page
    assert client.get(resume(begun)).url == begun.session_url


def test_nobody_else_is_led_there(client, begun, bob):
    browser = Client()
    assert browser.get(resume(begun)).url.startswith("/login/")
    browser.force_login(bob)
    assert browser.get(resume(begun)).url == reverse("wagtail_licensing:plans")
    cancelled = reverse("wagtail_licensing:checkout_cancelled")
    assert resume(begun) not in browser.get(f"{cancelled}?checkout={begun.nonce}").content.decode()


@pytest.mark.parametrize("change", ["paid", "late", "under way"])
def test_what_cannot_be_paid_any_more_leads_to_the_plans(stripe_world, client, begun, change):
    if change == "late":
        stripe_world.simulator.advance(days=1)
    else:
        state = {"paid": {"state": "completed"}, "under way": {"payment_status": "processing"}}
        CheckoutIntent.objects.filter(pk=begun.pk).update(**state[change])
    assert client.get(resume(begun)).url == reverse("wagtail_licensing:plans")


@pytest.mark.parametrize("nonce", ["x", "x" * 100, "%00"])
def test_a_checkout_that_never_was_leads_nowhere(client, begun, nonce):
    cancelled = reverse("wagtail_licensing:checkout_cancelled")
    assert client.get(f"{cancelled}?checkout={nonce}").status_code == 200
