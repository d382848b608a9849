"""The timeline in a browser: wide and narrow, light and dark, in both directions, by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from wagtail.users.models import UserProfile

from tests.browser.test_admin import OURS, sign_in
from tests.conftest import gate_page, give
from tests.wagtail_admin.test_timeline import AT, everything_about, url_of
from wagtail_licensing.models import License, SyncTarget


@pytest.fixture
def license(alice, pro, course) -> License:
    """A license about which something is written in every table, with an object that was given up."""
    license = give(alice, pro, at=AT)
    gate_page(course, pro)
    gate_page(course.get_children().last(), pro, after_days=3)
    everything_about(license, alice, course, document_title="W" * 60)
    SyncTarget.objects.create(
        kind="subscription", object_id="sub_1", requested=1, is_dead=True, error="no"
    )
    return license


@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [("light", 1280, "en"), ("dark", 1280, "ar"), ("light", 320, "ar"), ("dark", 320, "en")],
)
def test_the_timeline_shuts_nobody_out(
    browser, live_server, olivia, alice, license, scheme, width, language
) -> None:
    UserProfile.objects.update_or_create(user=olivia, defaults={"preferred_language": language})
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, live_server, "olivia")
    problems = []
    for address in (
        url_of(license),
        url_of(person=alice),
        f"/admin/licensing/licenses/inspect/{license.pk}/",
        f"/admin/licensing/licenses/evidence/{license.pk}/",
        f"/admin/licensing/people/{alice.pk}/as-of/?at=2026-03-01 12:30",
    ):
        page.goto(live_server.url + address)
        for violation in Axe().run(page, context=OURS).response["violations"]:
            nodes = [each["html"][:120] for each in violation["nodes"]]
            problems.append((address, violation["id"], nodes))
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            problems.append((address, "wider than the screen by", wide))
    context.close()

    assert problems == []


def test_the_kinds_are_chosen_with_the_keyboard(page: Page, live_server, olivia, license) -> None:
    sign_in(page, live_server, "olivia")
    page.goto(live_server.url + url_of(license))
    expect(page.locator(".wl-timeline > li")).to_have_count(13)
    boxes = page.locator("[name=kind]")
    for number in range(boxes.count()):
        if boxes.nth(number).get_attribute("value") != "mail":
            boxes.nth(number).focus()
            page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Filter")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator(".wl-timeline > li")).to_have_count(2)
    expect(page.get_by_label("Mails")).to_be_checked()
    expect(page.get_by_label("Seats")).not_to_be_checked()
