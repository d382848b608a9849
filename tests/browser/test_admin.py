"""Our screens in the Wagtail admin, as a person with a browser meets them."""

import datetime as dt

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from wagtail.users.models import UserProfile

from tests.conftest import STAFF, gate_page, give
from tests.testapp.models import PlainPage
from tests.wagtail_admin.conftest import member_of
from wagtail_licensing.access import has_access
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import place_hold
from wagtail_licensing.models import Gate

#: What Wagtail's own furniture does is Wagtail's; these are the places where we draw.
OURS = "main"


@pytest.fixture
def editor(page: Page, live_server, erin):
    """Sign an access editor in who edits every page."""
    user = member_of("ada", "Access editors")
    user.groups.add(*erin.groups.all())
    sign_in(page, live_server, "ada")
    return user


def sign_in(page: Page, live_server, name: str) -> None:
    page.route("**/releases.wagtail.org/**", lambda route: route.abort())
    page.goto(f"{live_server.url}/admin/login/")
    page.fill("[name=username]", name)
    page.fill("[name=password]", name)
    page.click("[type=submit]")
    page.wait_for_url("**/admin/")


def test_a_page_is_gated_in_four_clicks_and_nothing_typed_is_lost(
    page: Page, live_server, editor, article, pro, charlie
) -> None:
    page.goto(f"{live_server.url}/admin/pages/{article.pk}/edit/")
    title = page.locator("#id_title")
    title.fill("A title not saved yet")

    page.get_by_role("button", name="Actions", exact=True).click()
    page.get_by_role("link", name="Access: open").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Everyone: no gate stands before this page.")).to_be_visible()
    dialog.get_by_label("Pro", exact=True).check()
    expect(dialog.get_by_label("People with a license for…")).to_be_checked()
    dialog.get_by_role("button", name="Apply now").click()

    expect(
        page.get_by_text("Who can read “How to sell” now: people with a license for Pro")
    ).to_be_visible()
    expect(title).to_have_value("A title not saved yet")
    assert not has_access(charlie, article)
    page.get_by_role("button", name="Actions", exact=True).click()
    expect(page.get_by_role("link", name="Access: own rule (Pro)")).to_be_visible()


def test_the_dialog_keeps_an_error_and_closes_with_escape(
    page: Page, live_server, editor, article, pro
) -> None:
    page.goto(f"{live_server.url}/admin/pages/{article.get_parent().pk}/")
    page.locator(f"a[data-wl-access][href*='/access/{article.pk}/']").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("People with a license for…").check()
    dialog.get_by_role("button", name="Apply now").click()

    expect(dialog.get_by_role("alert")).to_contain_text("Choose at least one product")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert not Gate.objects.exists()


def test_a_new_gate_shows_the_one_picker_that_fits_its_kind(
    page: Page, live_server, editor, pro
) -> None:
    page.goto(f"{live_server.url}/admin/licensing/gates/new/")

    expect(page.locator(".wl-target--page")).to_be_visible()
    expect(page.locator(".wl-target--area")).to_be_hidden()
    page.get_by_role("radio", name="Named area").check()
    expect(page.locator(".wl-target--page")).to_be_hidden()
    page.locator("#id_area").fill("members-corner")
    page.get_by_label("Any signed-in member").check()
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/admin/licensing/gates/")

    assert Gate.objects.get().area == "members-corner"


def test_licenses_are_suspended_in_bulk(page: Page, live_server, alice, bob, pro, now) -> None:
    member_of("max", "License managers")
    first, second = give(alice, pro, at=now), give(bob, pro, at=now)
    sign_in(page, live_server, "max")
    page.goto(f"{live_server.url}/admin/licensing/licenses/")

    for license in (first, second):
        page.locator(f"[data-object-id='{license.pk}']").check()
    page.get_by_role("link", name="Suspend selected licenses").click()
    expect(page.get_by_text("2 licenses will change")).to_be_visible()
    page.get_by_label("Reason").fill("Leaked list")
    page.get_by_role("button", name="Suspend them").click()

    expect(page.get_by_text("2 licenses suspended.")).to_be_visible()


SCREENS = {
    "list": "/admin/licensing/licenses/",
    "license": "/admin/licensing/licenses/inspect/{license}/",
    "suspend": "/admin/licensing/licenses/suspend/{license}/",
    "extend": "/admin/licensing/licenses/extend/{license}/",
    "issue": "/admin/licensing/licenses/issue/",
    "bulk": "/admin/bulk/wagtail_licensing/license/revoke/?id={license}",
    "products": "/admin/licensing/products/",
    "gates": "/admin/licensing/gates/",
    "access": "/admin/licensing/access/{page}/",
    "explain": "/admin/licensing/explain/",
    "explanation": "/admin/licensing/explain/?target=page:{page}&user={user}",
    "report": "/admin/licensing/report/",
    "explorer": "/admin/pages/{parent}/",
    "billing health": "/admin/licensing/billing/",
    "bulk access": "/admin/bulk/wagtailcore/page/licensing_access/?id={page}",
    "gate": "/admin/licensing/gates/edit/{gate}/",
    "end of a gate": "/admin/licensing/gates/delete/{gate}/",
}

#: Wagtail lets tables scroll sideways.
LISTS = {"list", "products", "gates", "report", "explorer"}


@pytest.mark.parametrize(
    ("scheme", "width", "language"),
    [
        ("light", 1280, "en"),
        ("dark", 1280, "en"),
        ("light", 320, "en"),
        ("dark", 320, "en"),
        ("light", 1280, "ar"),
        ("dark", 320, "ar"),
    ],
)
def test_no_screen_of_ours_shuts_anybody_out(
    browser, live_server, olivia, alice, bob, pro, team, article, now, scheme, width, language
) -> None:
    UserProfile.objects.update_or_create(user=olivia, defaults={"preferred_language": language})
    gate = gate_page(article, pro, team)
    license = give(alice, pro, at=now, ends_at=now + dt.timedelta(days=9))
    held = give(bob, team, at=now, seats=3)
    place_hold(license_id=held.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, live_server, "olivia")
    problems = []
    for name, address in SCREENS.items():
        ids = {"license": license.pk, "page": article.pk, "user": alice.pk, "gate": gate.pk}
        page.goto(live_server.url + address.format(**ids, parent=article.get_parent().pk))
        assert page.evaluate("document.documentElement.dir") == ("rtl" if language == "ar" else "ltr")
        for violation in Axe().run(page, context=OURS).response["violations"]:
            nodes = [node["html"][:120] for node in violation["nodes"]]
            problems.append((name, violation["id"], nodes))
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0 and name not in LISTS:
            problems.append((name, "wider than the screen by", wide))
    context.close()

    assert problems == []


#: How far the nearest line of the title is from the button beside it, over all pages of a listing; what
#: is beside or above each other is as far away as the larger of both gaps.
GAPS = """
() => [...document.querySelectorAll('a[data-wl-access]')].filter(b => b.offsetParent).map(button => {
  const cell = button.closest('td');
  const title = cell.querySelector('.title-wrapper, .title');
  const range = document.createRange();
  range.selectNodeContents(title);
  const one = button.getBoundingClientRect();
  return Math.min(...[...range.getClientRects()].filter(line => line.width > 1).map(line => Math.max(
    one.left - line.right, line.left - one.right, one.top - line.bottom, line.top - one.bottom)));
})
"""


@pytest.mark.parametrize(("width", "language"), [(1280, "en"), (1280, "ar"), (320, "en")])
def test_long_titles_do_not_touch_the_access_button(
    browser, live_server, olivia, home, width, language
) -> None:
    UserProfile.objects.update_or_create(user=olivia, defaults={"preferred_language": language})
    titles = [
        "A title of many short words that goes on and on until the explorer needs several lines for it",
        "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnungsentwurf",
        *("word " * count for count in range(3, 12)),
    ]
    for number, title in enumerate(titles):
        home.add_child(instance=PlainPage(title=title.strip(), slug=f"long-{number}"))
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, live_server, "olivia")
    page.goto(f"{live_server.url}/admin/pages/{home.pk}/?ordering=title")
    gaps = page.evaluate(GAPS)
    # Moved onto the lines above, it is seen to touch them.
    page.add_style_tag(content="a[data-wl-access] { position: relative; inset-block-start: -1.75rem }")
    moved = page.evaluate(GAPS)
    context.close()

    assert len(gaps) == len(titles)
    assert 0 <= min(gaps) <= max(gaps) < width, gaps
    assert min(moved) < 0


def test_a_gate_takes_four_steps_by_keyboard_and_what_is_typed_stays(
    page: Page, live_server, editor, article, pro, charlie
) -> None:
    """The menu, its entry, the product, and Apply now: on every Wagtail version."""
    page.goto(f"{live_server.url}/admin/pages/{article.pk}/edit/")
    title = page.locator("#id_title")
    title.fill("A title not saved yet")
    steps = 0

    def step(where, key: str) -> None:
        nonlocal steps
        where.focus()
        page.keyboard.press(key)
        steps += 1

    step(page.get_by_role("button", name="Actions", exact=True), "Enter")
    step(page.get_by_role("link", name="Access: open"), "Enter")
    dialog = page.get_by_role("dialog")
    step(dialog.get_by_label("Pro", exact=True), "Space")
    expect(dialog.get_by_label("People with a license for…")).to_be_checked()
    step(dialog.get_by_role("button", name="Apply now"), "Enter")

    expect(page.get_by_text("Who can read “How to sell” now")).to_be_visible()
    expect(title).to_have_value("A title not saved yet")
    assert steps <= 4
    assert not has_access(charlie, article)
    assert Gate.objects.get().rules.get().product == pro
    article.refresh_from_db()
    assert article.title == "How to sell"


def test_the_question_about_a_gate_has_the_focus_and_is_answered_by_keyboard(
    page: Page, live_server, editor, article, pro
) -> None:
    gate = gate_page(article, pro)
    page.goto(f"{live_server.url}/admin/licensing/gates/edit/{gate.pk}/")
    page.locator("input[name=audience][value=everyone]").check()
    page.locator("#w-editor-form footer button[type=submit]").click()
    question = page.get_by_role("alertdialog")
    expect(question).to_be_focused()
    expect(question).to_contain_text("1 page becomes public")
    assert Gate.objects.get().audience == "licensed"
    assert Axe().run(page, context="main").response["violations"] == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/licensing/gates/")
    assert Gate.objects.get().audience == "everyone"
