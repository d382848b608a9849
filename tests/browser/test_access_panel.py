"""The side panel "Access", the question before a change, and the look as somebody else, in a browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import signing
from playwright.sync_api import Page, expect

from tests.browser.test_admin import sign_in
from tests.conftest import CANARY, gate_page, give
from tests.wagtail_admin.conftest import member_of
from wagtail_licensing.access import has_access
from wagtail_licensing.gates import view_as
from wagtail_licensing.gates.personas import VISITOR
from wagtail_licensing.models import EntitlementRule, Gate

PANEL = "[data-side-panel='licensing-access']"
TOGGLE = "[data-side-panel-toggle='licensing-access']"


@pytest.fixture
def editor(page: Page, live_server, erin):
    """Sign an access editor in who edits every page."""
    user = member_of("ada", "Access editors")
    user.groups.add(*erin.groups.all())
    sign_in(page, live_server, "ada")
    return user


def open_panel(page: Page, live_server, target) -> None:
    page.goto(f"{live_server.url}/admin/pages/{target.pk}/edit/")
    page.locator(TOGGLE).click()
    expect(page.locator(PANEL)).to_be_visible()


def violations(page: Page, context: str) -> list:
    found = Axe().run(page, context=context).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]


def test_a_page_is_gated_in_three_clicks_and_what_is_typed_stays(
    page: Page,
    live_server,
    editor,
    article,
    pro,
    charlie,
) -> None:
    page.goto(f"{live_server.url}/admin/pages/{article.pk}/edit/")
    title = page.locator("#id_title")
    title.fill("A title not saved yet")

    page.locator(TOGGLE).click()
    panel = page.locator(PANEL)
    panel.get_by_label("Pro", exact=True).check()
    expect(panel.get_by_label("People with a license for…")).to_be_checked()
    panel.get_by_role("button", name="Apply now").click()

    expect(panel.locator("[data-wl-done]")).to_contain_text("Who can read “How to sell” now")
    expect(panel.get_by_text("People with an active Pro license")).to_be_visible()
    expect(page.locator(TOGGLE)).to_have_attribute("aria-label", "Access: own rule (Pro)")
    expect(page.locator("[data-wl-badge]")).to_have_text("Pro")
    expect(title).to_have_value("A title not saved yet")
    assert not has_access(charlie, article)


def test_the_keyboard_alone_gates_and_opens_and_takes_it_back(
    page: Page,
    live_server,
    editor,
    article,
    pro,
    alice,
    now,
) -> None:
    gate_page(article, pro)
    give(alice, pro, at=now)
    page.goto(f"{live_server.url}/admin/pages/{article.pk}/edit/")
    page.locator(TOGGLE).focus()
    page.keyboard.press("Enter")
    panel = page.locator(PANEL)
    chosen = panel.locator("input[name=audience]:checked")
    # A panel that opens takes the focus when it is ready: each key goes to its field.
    chosen.press("ArrowUp")
    expect(panel.get_by_label("Any signed-in member")).to_be_checked()
    chosen.press("ArrowUp")
    expect(panel.get_by_label("Any signed-in member")).not_to_be_checked()
    chosen.press("Enter")

    question = panel.get_by_role("alertdialog")
    expect(question).to_be_focused()
    expect(question).to_contain_text("1 page becomes public")
    assert Gate.objects.get().audience == "licensed"
    page.keyboard.press("Tab")
    expect(question.get_by_role("button", name="Yes, apply it")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.locator("[data-wl-done]")).to_be_focused()
    assert Gate.objects.get().audience == "everyone"

    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("This is how it was before the change.")).to_be_visible()
    dialog.get_by_role("button", name="Apply now").click()
    expect(panel.get_by_text("People with an active Pro license")).to_be_visible()
    assert Gate.objects.get().audience == "licensed"
    assert EntitlementRule.objects.get().product == pro


def test_leaving_it_as_it_is_changes_nothing(
    page: Page,
    live_server,
    editor,
    article,
    pro,
) -> None:
    gate_page(article, pro)
    open_panel(page, live_server, article)
    panel = page.locator(PANEL)
    panel.get_by_label("Same as parent").check()
    panel.get_by_role("button", name="Apply now").click()
    panel.get_by_role("link", name="Leave it as it is").click()

    expect(panel.get_by_role("alertdialog")).to_have_count(0)
    expect(panel.get_by_label("People with a license for…")).to_be_checked()
    assert Gate.objects.get().audience == "licensed"


def test_when_the_server_fails_it_says_so_and_nothing_typed_is_lost(
    page: Page,
    live_server,
    editor,
    article,
    pro,
) -> None:
    open_panel(page, live_server, article)
    page.locator("#id_title").fill("Not saved yet")
    page.route("**/licensing/access/**", lambda route: route.fulfill(status=500, body="no"))
    panel = page.locator(PANEL)
    panel.get_by_label("Pro", exact=True).check()
    panel.get_by_role("button", name="Apply now").click()

    expect(panel.get_by_role("alert")).to_contain_text("Nothing was changed")
    expect(page.locator("#id_title")).to_have_value("Not saved yet")


def test_the_dialog_asks_too(page: Page, live_server, editor, article, pro, team) -> None:
    gate_page(article, pro)
    page.goto(f"{live_server.url}/admin/pages/{article.get_parent().pk}/")
    page.locator(f"a[data-wl-access][href*='/access/{article.pk}/']").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Everyone (free preview)").check()
    dialog.get_by_role("button", name="Apply now").click()

    expect(dialog.get_by_role("alertdialog")).to_contain_text("1 page becomes public")
    assert violations(page, "[role=dialog]") == []
    dialog.get_by_role("button", name="Yes, apply it").click()
    expect(page.get_by_role("link", name="Undo")).to_be_visible()
    assert Gate.objects.get().audience == "everyone"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (320, "en"), (1280, "ar")])
def test_the_panel_shuts_nobody_out(
    browser, live_server, olivia, article, pro, team, alice, now, scheme, width, language
) -> None:
    from wagtail.users.models import UserProfile

    UserProfile.objects.update_or_create(user=olivia, defaults={"preferred_language": language})
    gate_page(article, pro, team)
    give(alice, pro, at=now)
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, live_server, "olivia")
    open_panel(page, live_server, article)
    page.locator(f"{PANEL} .wl-access summary").click()
    problems = violations(page, PANEL)
    wide = page.evaluate(
        "selector => { const one = document.querySelector(selector);"
        " return one.scrollWidth - one.clientWidth }",
        PANEL,
    )
    page.locator(f"{PANEL} input[value=everyone]").check()
    page.locator(f"{PANEL} button[type=submit]").click()
    expect(page.locator("[data-wl-confirm]")).to_be_visible()
    problems += violations(page, PANEL)
    context.close()

    assert problems == []
    assert wide <= 1


def test_the_preview_panel_shows_the_page_as_somebody_else(
    page: Page,
    live_server,
    editor,
    article,
    pro,
) -> None:
    gate_page(article, pro)
    page.goto(f"{live_server.url}/admin/pages/{article.pk}/edit/")
    page.locator("[data-side-panel-toggle='preview']").click()
    frame = page.frame_locator("#w-preview-iframe")
    expect(frame.get_by_text(CANARY)).to_be_visible()

    page.get_by_label("Preview mode").select_option(label="As a visitor")
    expect(frame.get_by_text("The first lines are for everybody.")).to_be_visible()
    expect(frame.get_by_text(CANARY)).to_have_count(0)
    page.get_by_label("Preview mode").select_option(label="As a member with Pro")
    expect(frame.get_by_text(CANARY)).to_be_visible()


@pytest.mark.parametrize("width", [1280, 320])
def test_the_bar_of_a_live_page_shuts_nobody_out_and_leads_back(
    browser, live_server, erin, article, pro, width
) -> None:
    gate_page(article, pro)
    context = browser.new_context(viewport={"width": width, "height": 800})
    page = context.new_page()
    sign_in(page, live_server, "erin")
    token = signing.dumps([str(erin.pk), article.pk, VISITOR], salt=view_as._SALT, compress=True)
    page.goto(f"{live_server.url}{article.url}?view-as={token}")
    bar = page.get_by_role("complementary", name="Looking at the page as somebody else")
    expect(bar).to_contain_text("As a visitor")
    expect(page.get_by_text(CANARY)).to_have_count(0)
    assert violations(page, "body") == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    bar.get_by_text("As somebody else").click()
    bar.get_by_role("link", name="As a member with Pro").click()
    expect(page.get_by_text(CANARY)).to_be_visible()
    page.get_by_role("link", name="Back to yourself").click()
    expect(bar).to_have_count(0)
    context.close()
