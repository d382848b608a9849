"""The owner's figures in a browser: wide and narrow, light and dark, in both directions."""

import datetime as dt

import pytest
from axe_playwright_python.sync_playwright import Axe
from wagtail.users.models import UserProfile

from tests.browser.test_admin import OURS, sign_in
from tests.conftest import give
from wagtail_licensing.models import BillingCustomer, BillingSubscription, RevenueChange
from wagtail_licensing.tasks import write_figures

ADDRESSES = (
    "/admin/",
    "/admin/licensing/overview/",
    "/admin/licensing/overview/changes/",
    "/admin/licensing/overview/subscriptions/",
    "/admin/licensing/history/",
)

#: Wagtail lets tables scroll sideways.
TABLES = ADDRESSES[2:]


@pytest.fixture
def months_of_revenue(alice, bob, pro, team, now):
    """Three subscriptions in two currencies, and the snapshots of three months."""
    customer = BillingCustomer.objects.create(stripe_id="cus_1", user=alice)
    for number, (currency, amount) in enumerate((("EUR", 1234567), ("EUR", 1), ("JPY", 98000))):
        at = now - dt.timedelta(days=90 - number * 40)
        subscription = BillingSubscription.objects.create(
            customer=customer,
            stripe_id=f"sub_{'x' * 20}{number}",
            status="active",
            currency=currency,
            monthly_amount=amount,
        )
        RevenueChange.objects.create(
            subscription=subscription,
            kind="new",
            at=at,
            recorded_at=at,
            currency=currency,
            before=0,
            after=amount,
        )
    give(bob, team, at=now, ends_at=now + dt.timedelta(days=9))
    write_figures()


@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [("light", 1280, "en"), ("dark", 1280, "ar"), ("light", 320, "ar"), ("dark", 320, "en")],
)
def test_the_figures_shut_nobody_out(
    browser, live_server, olivia, months_of_revenue, scheme, width, language
) -> None:
    UserProfile.objects.update_or_create(user=olivia, defaults={"preferred_language": language})
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, live_server, "olivia")
    problems = []
    for address in ADDRESSES:
        page.goto(live_server.url + address)
        for violation in Axe().run(page, context=OURS).response["violations"]:
            problems.append(
                (address, violation["id"], [each["html"][:120] for each in violation["nodes"]])
            )
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0 and address not in TABLES:
            problems.append((address, "wider than the screen by", wide))
        if address.endswith("overview/"):
            assert page.locator(".wl-chart polyline").count() == 2
    context.close()

    assert problems == []
