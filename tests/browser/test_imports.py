"""A list of members is brought in and taken back, on every screen of the way."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from wagtail.users.models import UserProfile

from tests.browser.test_admin import OURS, sign_in
from wagtail_licensing.models import License

LIST = """E-Mail,Name,Ends
alice@example.org,Alice,31.12.2099
<b>x</b>@example.org,=1+1,31.12.2099
somebody.with.a.very.long.address.that.goes.on.and.on@department.of.a.large.company.example,Long,
nobody,,
"""


def require_open_to_all(page: Page) -> None:
    """Nothing that axe finds in what we draw, and nothing wider than the screen."""
    violations = Axe().run(page, context=OURS).response["violations"]
    assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, page.url


@pytest.mark.parametrize(
    ("scheme", "width", "language"), [("light", 1280, "en"), ("dark", 320, "ar"), ("dark", 320, "en")]
)
def test_from_the_file_to_the_licenses_and_back(
    browser, live_server, olivia, alice, pro, tmp_path: Path, scheme, width, language
) -> None:
    UserProfile.objects.update_or_create(user=olivia, defaults={"preferred_language": language})
    file = tmp_path / "members.csv"
    file.write_text(LIST)
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900})
    page = context.new_page()
    sign_in(page, live_server, "olivia")
    page.goto(f"{live_server.url}/admin/licensing/imports/upload/")
    require_open_to_all(page)
    page.locator("input[type=file]").set_input_files(file)
    page.locator("main button[type=submit]").click()
    expect(page.locator("select[name=column-email]")).to_be_visible()
    require_open_to_all(page)

    page.locator("select[name=product]").select_option(str(pro.pk))
    page.locator("main form button[type=submit]").last.press("Enter")
    expect(page.locator("button[value=import]")).to_be_visible()
    assert not License.objects.exists()
    require_open_to_all(page)

    page.locator("button[value=import]").press("Enter")
    expect(page.locator("button[value=undo]")).to_be_visible()
    assert License.objects.filter(user=alice, state="active").count() == 1
    require_open_to_all(page)

    with page.expect_navigation():
        page.locator("button[value=undo]").click()
    expect(page.locator("button[value=undo]")).to_have_count(0)
    assert not License.objects.exclude(state="revoked").exists()
    require_open_to_all(page)
    name = f"import-{scheme}-{width}-{language}.png"
    page.screenshot(path=Path("test-results") / name, full_page=True)
    context.close()
