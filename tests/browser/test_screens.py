"""Every screen of a member, in every way to look at it: nothing that axe finds, nothing cut off,
nothing too small to hit. The list of screens is ``screens.py``; pictures are in ``test-results/``."""

import io
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.test.signals import template_rendered
from playwright.sync_api import Browser, BrowserContext, Page, Route

import wagtail_licensing
from tests.browser.looking import faults_of
from tests.browser.member_world import MemberWorld
from tests.browser.screens import LEADS_ON, NO_PAGE, NOT_SHOWN, SCREENS, Screen, unlisted
from tests.portal.conftest import stripe, stripe_world
from tests.portal.test_url_table import urls
from tests.testapp.models import LessonPage

__all__ = ["stripe", "stripe_world"]

TEMPLATES = Path(wagtail_licensing.__file__).parent / "templates" / "wagtail_licensing"


@pytest.fixture
def world(
    stripe_world, home, article, course, alice, bob, charlie, erin, settings, tmp_path, monkeypatch
) -> MemberWorld:
    settings.MEDIA_ROOT = tmp_path
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    settings.WAGTAIL_LICENSING_SITE_URL = "https://example.org"
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"
    made = MemberWorld(
        stripe_world, home=home, article=article, course=course,
        alice=alice, bob=bob, charlie=charlie, erin=erin,
    )  # fmt: skip
    monkeypatch.setattr(LessonPage, "template", "testapp/lesson_page.html")
    monkeypatch.setattr(LessonPage, "get_files", lambda lesson: made.lesson_files)
    return made


class People:
    """One browser for each person, opened when it is first needed."""

    def __init__(self, browser: Browser, world: MemberWorld, url: str) -> None:
        self.browser, self.world, self.url = browser, world, url
        self.contexts: dict[str, BrowserContext] = {}
        self.pages: dict[str, Page] = {}

    def page(self, who: str) -> Page:
        """Return the tab of ``who``."""
        if who not in self.pages:
            context = self.contexts[who] = self.browser.new_context()
            if cookie := self.cookie(who):
                context.add_cookies([cookie | {"url": self.url}])
            self.pages[who] = context.new_page()
        return self.pages[who]

    def cookie(self, who: str) -> dict[str, str]:
        name = django_settings.SESSION_COOKIE_NAME
        if who == "visitor":
            return {}
        client = self.world.guest
        if who != "guest":
            client = Client()
            client.force_login(self.world.people[who])
        return {"name": name, "value": client.cookies[name].value}

    def open(self, screen: Screen) -> tuple[Page, int]:
        """Go to a screen, open what can be opened in it, and return it with its status."""
        page = self.page(screen.who)
        answer = page.goto(self.url + screen.address.format(**self.world.paths))
        page.evaluate("document.querySelectorAll('form').forEach(each => { each.noValidate = true })")
        if screen.fill is not None:
            page.get_by_label(screen.fill[0]).fill(screen.fill[1])
        if screen.outage:
            self.world.shop.simulator.set_faults(api=[{"status": 503, "count": 99}])
        for words in screen.press:
            button = page.get_by_role("button", name=words).first
            with page.expect_response(lambda seen: seen.request.is_navigation_request()) as pressed:
                button.click()
            answer = pressed.value
        self.world.shop.simulator.clear_faults()
        assert answer is not None
        page.wait_for_load_state()
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        return page, answer.status


@pytest.fixture
def people(browser: Browser, world: MemberWorld, live_server) -> Iterator[People]:
    made = People(browser, world, live_server.url)
    yield made
    for context in made.contexts.values():
        context.close()


@contextmanager
def staying(page: Page) -> Iterator[None]:
    """Let a page that leads on by itself stay where it is."""

    def stay(route: Route) -> None:
        route.fulfill(status=204) if route.request.is_navigation_request() else route.continue_()

    page.route("**/*", stay)
    yield
    page.unroute("**/*", stay)


def member_templates() -> set[str]:
    """Return the templates of members' pages, below ``wagtail_licensing/``."""
    files = {str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html")}
    return {name for name in files if not name.startswith(("admin/", "mail/"))}


def test_every_screen_in_every_way(people, subtests) -> None:
    rendered: set[str] = set()

    def note(sender, template, **rest) -> None:
        rendered.add(str(template.name).removeprefix("wagtail_licensing/"))

    template_rendered.connect(note)
    try:
        for screen in SCREENS:
            with subtests.test(screen=str(screen)):
                page, status = people.open(screen)
                with staying(page):
                    faults = faults_of(page, str(screen))
                assert status == screen.status
                assert not faults, "\n".join(faults)
    finally:
        template_rendered.disconnect(note)
    assert member_templates() - rendered - set(NOT_SHOWN) == set(), "no screen shows these"


def test_the_copy_of_ones_data_is_a_page_like_the_others(people, tmp_path) -> None:
    page = people.page("alice")
    page.goto(f"{people.url}/licensing/account/privacy/")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export my data").click()
    archive = zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes()))
    (tmp_path / "data.html").write_bytes(archive.read("data.html"))
    page.goto((tmp_path / "data.html").as_uri())
    faults = faults_of(page, "privacy_export")
    assert not faults, "\n".join(faults)


def test_every_page_of_the_urlconf_is_listed() -> None:
    assert unlisted(urls()) == set(), "give them a line in tests/browser/screens.py"


def test_a_new_page_would_be_missed() -> None:
    assert unlisted([*urls(), "new_page"]) == {"new_page"}
    assert not {screen.name for screen in SCREENS} & (set(NO_PAGE) | LEADS_ON - {"buy"})
    assert len({str(screen) for screen in SCREENS}) == len(SCREENS)


def test_what_is_wrong_with_a_page_is_found(people) -> None:
    page = people.page("visitor")
    for style, found in (
        (".licensing-lead { color: #ddd !important }", "1280-light-ltr: color-contrast"),
        (
            ".licensing .licensing-button { display: block; block-size: 9px; min-block-size: 0; "
            "padding: 0; border: 0; overflow: hidden }",
            "x9",
        ),
        ("[dir=rtl] .licensing-lead { inline-size: 30rem }", "320-dark-rtl: wider than the window"),
    ):
        page.goto(f"{people.url}/licensing/plans/")
        page.add_style_tag(content=style)
        assert found in "\n".join(faults_of(page, "wrong-on-purpose"))
