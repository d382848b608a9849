"""What members see: nothing that axe finds, nothing cut off on a small screen, in light and dark,
left to right and right to left."""

import datetime as dt

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as django_settings
from django.core.files.base import ContentFile
from playwright.sync_api import Browser, Page, expect
from wagtail.documents import get_document_model

from tests.conftest import gate_page, give, make_product
from tests.portal.sales import make_price, subscribe
from wagtail_licensing.courses import complete_lesson
from wagtail_licensing.domain.states import State
from wagtail_licensing.models import BillingPayment, CheckoutIntent, EntitlementRule, Gate, License

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

#: Below this, something is hard to hit with a finger. Links in a sentence are free of it.
TARGET = 24

TOO_SMALL = """least => [...document.querySelectorAll('a, button, input:not([type=hidden]), summary')]
  .filter(element => element.checkVisibility() && !element.closest('p, .licensing-skip'))
  .map(element => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
  .filter(([html, box]) => box.height < least || box.width < least)
  .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""


@pytest.fixture
def business(alice, pro, basic, team, article, course, now, settings, tmp_path) -> CheckoutIntent:
    """Everything a member can have at once, and a checkout on its way."""
    settings.MEDIA_ROOT = tmp_path
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""  # no Stripe runs here
    monthly = make_price(pro, 1200, "month", trial_days=14)
    make_price(pro, 12000, "year")
    basic_price = make_price(basic, 500, "month")
    seats = make_price(team, 900, "month")
    once = make_product("Wagtail in a week", kind="perpetual", terms="For one person.")
    bought = make_price(once, 4900)
    gate_page(article, basic, team)
    gate_page(course, pro, once)
    gate_page(course.get_lessons()[0], audience="everyone")
    document = get_document_model().objects.create(
        title="Checklist", file=ContentFile(b"x" * 2048, name="checklist.pdf"), file_size=2048
    )
    EntitlementRule.objects.create(
        gate=Gate.objects.create(kind="document", document=document), product=pro
    )
    week = now + dt.timedelta(days=7)
    license = subscribe(alice, monthly, at=now, state=State.GRACE, access_until=week)
    subscribe(alice, seats, at=now, quantity=5)
    subscribe(alice, basic_price, at=now, ends_at=week, access_until=week, renews=False)
    give(alice, once, at=now)
    give(alice, pro, at=now - dt.timedelta(days=60), ends_at=now - dt.timedelta(days=30))
    complete_lesson(user=alice, lesson=course.get_lessons()[0], at=now)
    BillingPayment.objects.create(
        stripe_id="pi_1",
        customer=license.billing_item.subscription.customer,
        price=bought,
        amount=4900,
        currency="EUR",
        paid_at=now,
    )
    return CheckoutIntent.objects.create(
        user=alice, price=monthly, created_at=now, expires_at=now + dt.timedelta(hours=23)
    )


def sign_in(page: Page, client, user, live_server) -> None:
    """Give the browser the session of ``user``."""
    client.force_login(user)
    page.context.add_cookies(
        [
            {
                "name": django_settings.SESSION_COOKIE_NAME,
                "value": client.cookies[django_settings.SESSION_COOKIE_NAME].value,
                "url": live_server.url,
            }
        ]
    )


def require_good(page: Page, width: int) -> None:
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response
    problems = [
        (violation["id"], [node["html"] for node in violation["nodes"]])
        for violation in found["violations"]
    ]
    assert problems == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert page.evaluate(TOO_SMALL, TARGET) == [], page.url


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    live_server, browser: Browser, client, alice, article, business, settings, scheme, width, language
) -> None:
    settings.LANGUAGE_CODE = language
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    for path in ("/licensing/plans/", article.url, "/licensing/checkout-cancelled/?next=/"):
        page.goto(live_server.url + path)
        assert page.evaluate("document.dir") == ("rtl" if language == "ar" else "ltr")
        require_good(page, width)
    sign_in(page, client, alice, live_server)
    account = "/licensing/account/"
    shared = License.objects.get(user=alice, product__name="Team")
    for path in (
        account,
        account + "courses/",
        account + "downloads/",
        account + "payments/",
        account + "mail/",
        account + "privacy/",
        f"{account}seats/{shared.reference}/",
        f"/licensing/checkout/{business.nonce}/?look=0",
        f"/licensing/checkout/{business.nonce}/?look=10",
        "/licensing/plans/",
    ):
        answer = page.goto(live_server.url + path)
        assert answer is not None
        assert answer.status == 200
        for summary in page.locator("summary").all():
            summary.click()
        require_good(page, width)
    context.close()


def test_everything_is_read_and_bought_without_javascript_and_with_the_keyboard(
    live_server, browser: Browser, client, charlie, business
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, client, charlie, live_server)
    page.goto(live_server.url + "/licensing/plans/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Buy Basic")
    for _ in range(12):
        page.keyboard.press("Tab")
        if button.evaluate("element => element === document.activeElement"):
            break
    expect(button).to_be_focused()
    with page.expect_response(lambda response: "/licensing/buy/" in response.url) as answer:
        page.keyboard.press("Enter")
    assert answer.value.request.method == "POST"
    assert answer.value.status == 503
    expect(page.get_by_role("heading", level=1)).to_contain_text("not available")
    context.close()


def test_the_return_page_looks_again_by_itself(live_server, page: Page, client, alice, business):
    sign_in(page, client, alice, live_server)
    page.goto(f"{live_server.url}/licensing/checkout/{business.nonce}/")
    page.wait_for_url("**/?look=1")
    business.state = "completed"
    business.payment_status = "paid"
    business.save()
    expect(page.get_by_role("heading", name="Pro is yours")).to_be_visible(timeout=10_000)
    page.wait_for_url("**/licensing/account/", timeout=10_000)


def test_a_page_that_is_bad_is_found_to_be_so(live_server, page: Page, business) -> None:
    page.goto(live_server.url + "/licensing/plans/")
    page.add_style_tag(content=".licensing-lead { color: #ddd !important }")
    with pytest.raises(AssertionError, match="color-contrast"):
        require_good(page, 1280)
    page.reload()
    page.add_style_tag(
        content=".licensing .licensing-button { display: block; block-size: 9px; "
        "min-block-size: 0; padding: 0; border: 0; overflow: hidden }"
    )
    with pytest.raises(AssertionError, match="x9"):
        require_good(page, 1280)
