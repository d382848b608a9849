"""Explaining, reporting and setting access in bulk, with the keyboard alone."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.test_admin import sign_in
from tests.conftest import gate_page, give
from tests.wagtail_admin.conftest import member_of
from wagtail_licensing.models import Gate


@pytest.fixture
def editor(page: Page, live_server, erin):
    """Sign in somebody who sets access and sees licenses."""
    user = member_of("ada", "Access editors", "License viewers")
    user.groups.add(*erin.groups.all())
    sign_in(page, live_server, "ada")
    return user


def test_why_somebody_reads_a_page_is_asked_from_the_page_without_a_mouse(
    page: Page, live_server, editor, course, pro, alice, now
) -> None:
    gate_page(course, pro)
    give(alice, pro, at=now)
    lesson = course.get_children().first()
    page.goto(f"{live_server.url}/admin/pages/{lesson.pk}/edit/")
    page.get_by_role("button", name="Actions", exact=True).focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Explain access").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/licensing/explain/**")

    page.get_by_label("Person").focus()
    page.keyboard.type("alice@example.org")
    page.keyboard.press("Enter")

    expect(page.get_by_text("Allowed: a license opens it.")).to_be_visible()
    expect(
        page.get_by_text("Rule inherited from “Wagtail in a week”: needs a license for Pro")
    ).to_be_visible()
    # The address that a server writes into its log names nobody.
    assert "alice" not in page.url


def test_an_unknown_address_is_said_where_it_was_typed(page: Page, live_server, editor, article) -> None:
    page.goto(f"{live_server.url}/admin/licensing/explain/?target=page:{article.pk}")
    page.get_by_label("Person").fill("nobody@example.org")
    page.get_by_role("button", name="Explain").click()

    expect(page.get_by_text("Nobody has the user name or the e-mail address")).to_be_visible()


def test_ticked_pages_get_one_rule_after_a_look_at_what_changes(
    page: Page, live_server, editor, course, pro
) -> None:
    page.goto(f"{live_server.url}/admin/pages/{course.pk}/")
    for lesson in course.get_children()[:2]:
        box = page.locator(f"[data-object-id='{lesson.pk}']")
        box.focus()
        page.keyboard.press("Space")
    # Wagtail adds what is ticked to the links of its menu once the menu is shown.
    page.evaluate("addEventListener('w-dropdown:shown', () => (document.body.dataset.shown = ''))")
    page.get_by_role("button", name="More", exact=True).focus()
    page.keyboard.press("Enter")
    page.locator("body[data-shown]").wait_for()
    page.get_by_role("link", name="Set who can read the selected pages").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Pro", exact=True).focus()
    page.keyboard.press("Space")
    expect(page.get_by_label("People with a license for…")).to_be_checked()
    page.get_by_role("button", name="Show what changes").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 pages will change")).to_be_visible()
    assert not Gate.objects.exists()
    page.get_by_role("button", name="Apply now").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("Who can read them was set for 2 pages.")).to_be_visible()
    expect(page.get_by_text("Own rule: Pro")).to_have_count(2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_no_step_of_the_bulk_action_shuts_anybody_out(
    browser, live_server, olivia, article, course, pro, scheme, width
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, live_server, "olivia")
    problems = []
    # Wagtail's message is pale for as long as it fades in.
    places = {"include": [["main"]], "exclude": [[".messages"]]}

    def look(step: str) -> None:
        for violation in Axe().run(page, context=places).response["violations"]:
            problems.append((step, violation["id"], [node["html"][:120] for node in violation["nodes"]]))
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            problems.append((step, "wider than the screen by", wide))

    back = f"/admin/pages/{article.get_parent().pk}/"
    page.goto(
        f"{live_server.url}/admin/bulk/wagtailcore/page/licensing_access/"
        f"?id={article.pk}&id={course.pk}&next={back}"
    )
    page.get_by_label("People with a license for…").check()
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_role("alert").first).to_contain_text("Choose at least one product")
    look("an error")
    page.get_by_label("Pro", exact=True).check()
    page.get_by_role("button", name="Show what changes").click()
    expect(page.get_by_text("2 pages will change")).to_be_visible()
    look("what changes")
    page.get_by_role("button", name="Apply now").click()
    expect(page.get_by_text("Who can read them was set for 2 pages.")).to_be_visible()
    look("done")
    context.close()

    assert problems == []


def test_the_explorer_and_the_report_are_filtered_by_their_addresses(
    page: Page, live_server, editor, article, course, pro
) -> None:
    gate_page(article, pro)
    page.goto(f"{live_server.url}/admin/licensing/report/?rule=own")
    expect(page.locator("main").get_by_text("How to sell", exact=True)).to_be_visible()
    expect(page.locator("main").get_by_text("Lesson 1", exact=True)).to_have_count(0)

    page.goto(f"{live_server.url}/admin/pages/{article.get_parent().pk}/?licensing_rule=none")
    expect(page.locator("main").get_by_text("Wagtail in a week").first).to_be_visible()
    expect(page.locator("main").get_by_text("Own rule: Pro")).to_have_count(0)
