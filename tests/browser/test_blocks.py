"""Parts of a page: set up in the editor without a mouse, and left out of the page for strangers."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.blocks.conftest import only_for, stream
from tests.browser.test_admin import sign_in
from tests.conftest import CANARY, gate_page
from tests.testapp.models import StreamPage

TEASER = "The first lines are for everybody."
SMALL_PRINT = "Members see a table here."


@pytest.fixture
def parts(home, team):
    """A page with a part for teams, and a line with the canary below it."""
    return home.add_child(
        instance=StreamPage(
            title="A page of parts",
            slug="parts",
            body=stream(
                ("text", TEASER),
                ("gated", only_for(team, otherwise=SMALL_PRINT)),
                ("line", None),
                ("text", f"Below the line: {CANARY}."),
            ),
        )
    )


def press(target: Locator, key: str = "Enter") -> None:
    """Press a key on what a person reached with the keyboard."""
    target.focus()
    target.press(key)


def open_settings(page: Page) -> Locator:
    """Open the settings of the gated block by keyboard, and return them."""
    button = page.locator("[data-streamfield-action=SETTINGS]")
    drawer = page.locator(f"#{button.get_attribute('aria-controls')}")
    expect(drawer).to_be_hidden()
    press(button)
    expect(drawer).to_be_visible()
    expect(button).to_have_attribute("aria-expanded", "true")
    return drawer


def test_who_sees_a_part_is_set_in_its_settings_without_a_mouse(
    page: Page, live_server, erin, parts, team, pro
) -> None:
    sign_in(page, live_server, "erin")
    page.goto(f"{live_server.url}/admin/pages/{parts.pk}/edit/")
    heading = page.locator("[data-panel-heading]", has_text="For license holders")
    expect(heading).to_contain_text("Only: Team")
    expect(page.get_by_text("Paywall line: everything below needs a license.")).to_be_visible()
    drawer = open_settings(page)
    press(drawer.get_by_role("button", name="Add", exact=True).last)
    press(drawer.get_by_role("button", name="Choose a license product").last)
    press(page.get_by_role("dialog").get_by_role("link", name="Pro", exact=True))
    expect(page.get_by_role("dialog")).to_have_count(0)
    drawer.get_by_label("Everyone else sees").press_sequentially(" Join.")
    press(page.get_by_role("button", name="Save draft"))

    expect(page.get_by_text("Page 'A page of parts' has been updated")).to_be_visible()
    expect(heading).to_contain_text("Only: Team, Pro")
    parts.refresh_from_db()
    gated = parts.get_latest_revision_as_object().body[1].value
    assert [product.pk for product in gated["only_for"]] == [team.pk, pro.pk]
    assert "Join." in gated["otherwise"]


def findings(page: Page) -> set[tuple[str, str]]:
    """Return what axe finds: the rule, and what breaks it, whatever its number."""
    violations = Axe().run(page, context="main").response["violations"]
    nodes = [(each["id"], node["html"]) for each in violations for node in each["nodes"]]
    return {(rule, re.sub(r"\d+", "N", html)[:80]) for rule, html in nodes}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_the_editor_of_parts_adds_nothing_that_shuts_anybody_out(
    browser, live_server, olivia, home, parts, scheme, width
) -> None:
    # Wagtail's own: it labels no text that is a block of its own.
    plain = home.add_child(
        instance=StreamPage(title="Plain", slug="plain", body=stream(("text", TEASER)))
    )
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, live_server, "olivia")
    page.goto(f"{live_server.url}/admin/pages/{plain.pk}/edit/")
    page.get_by_role("button", name="Save draft").wait_for()
    wagtails = findings(page)
    page.goto(f"{live_server.url}/admin/pages/{parts.pk}/edit/")
    open_settings(page)
    found = findings(page) - wagtails
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    context.close()

    assert found == set()
    assert wide <= 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_the_paywall_ends_at_the_line(browser, live_server, parts, pro, team, scheme, width) -> None:
    gate_page(parts, pro)
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(live_server.url + parts.url)
    expect(page.get_by_text(TEASER)).to_be_visible()
    expect(page.get_by_text(SMALL_PRINT)).to_be_visible()
    expect(page.get_by_text("This is for members.")).to_be_visible()
    content = page.content()
    found = Axe().run(page).response["violations"]
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    context.close()

    assert CANARY not in content
    assert [each["id"] for each in found] == []
    assert wide <= 0
