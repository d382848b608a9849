"""The simulator's hosted pages in a browser: in the dark, on a small screen, with the keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.stripe_simulator.conftest import shop
from tests.stripe_simulator.wire import client, simulator

__all__ = ["client", "shop", "simulator"]


@pytest.fixture
def addresses(simulator, shop) -> list[str]:
    subscription = shop.subscribe()
    simulator.card(shop.ada.id, "decline")
    simulator.advance(days=32)
    checkout = shop.client.v1.checkout.sessions.create(
        {
            "mode": "subscription",
            "success_url": "http://127.0.0.1/",
            "cancel_url": "http://127.0.0.1/",
            "allow_promotion_codes": True,
            "line_items": [
                {"price": shop.monthly.id, "quantity": 2, "adjustable_quantity": {"enabled": True}}
            ],
        }
    )
    portal = shop.client.v1.billing_portal.sessions.create({"customer": shop.ada.id})
    latest = shop.subscription(subscription.id).latest_invoice
    invoice = shop.client.v1.invoices.retrieve(latest)
    charge = next(row for row in shop.client.v1.charges.list().data if row.paid)
    shop.client.v1.refunds.create({"charge": charge.id, "amount": 100})
    simulator.dispute(charge.id)
    simulator.webhook("http://127.0.0.1:9/a/rather/long/address/of/an/endpoint/that/is/not/there")
    shop.client.v1.products.create({"name": "Team"})
    room = f"{simulator.base_url}/control"
    return [simulator.base_url, room, checkout.url, portal.url, invoice.hosted_invoice_url]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(browser: Browser, addresses, scheme) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": 320, "height": 800}, bypass_csp=True
    )
    page = context.new_page()
    for address in addresses:
        page.goto(address)
        assert Axe().run(page).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 320
    context.close()


def test_a_visitor_pays_with_the_keyboard_and_without_javascript(
    browser: Browser, shop, simulator
) -> None:
    session = shop.client.v1.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": simulator.base_url + "/?{CHECKOUT_SESSION_ID}",
            "line_items": [{"price": shop.course.id, "quantity": 1}],
        }
    )
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(session.url)
    page.get_by_label("E-mail").focus()
    page.keyboard.type("bob@example.com")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{simulator.base_url}/?{session.id}")
    assert shop.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    context.close()
