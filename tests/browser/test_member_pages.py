"""The page that a buyer comes back to waits for the payment by itself."""

import datetime as dt

import pytest
from playwright.sync_api import Page, expect

from tests.browser.looking import require_good, sign_in
from tests.portal.sales import make_price, subscribe
from wagtail_licensing.models import CheckoutIntent

__all__ = ["require_good", "sign_in"]


@pytest.fixture
def checkout(alice, pro, now, settings) -> CheckoutIntent:
    """A checkout on its way."""
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""  # no Stripe runs here
    monthly = make_price(pro, 1200, "month")
    subscribe(alice, monthly, at=now)
    return CheckoutIntent.objects.create(
        user=alice, price=monthly, created_at=now, expires_at=now + dt.timedelta(hours=23)
    )


def test_the_return_page_looks_again_by_itself(live_server, page: Page, client, alice, checkout):
    sign_in(page, client, alice, live_server)
    page.goto(f"{live_server.url}/licensing/checkout/{checkout.nonce}/")
    page.wait_for_url("**/?look=1")
    checkout.state = "completed"
    checkout.payment_status = "paid"
    checkout.save()
    expect(page.get_by_role("heading", name="Pro is yours")).to_be_visible(timeout=10_000)
    page.wait_for_url("**/licensing/account/", timeout=10_000)
