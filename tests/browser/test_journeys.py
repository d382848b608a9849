"""Members' ways with the keyboard alone, and without JavaScript: to Stripe's page and back."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from playwright.sync_api import Browser, BrowserContext, Page, expect
from wagtail.documents import get_document_model

from tests.browser.keyboard import Keyboard
from tests.browser.looking import keep_picture, sign_in
from tests.conftest import CANARY, gate_page, give
from tests.portal.conftest import stripe, stripe_world
from tests.testapp.models import LessonPage
from wagtail_licensing.models import EntitlementRule, Gate, License, Quiz, QuizQuestion
from wagtail_licensing.notices.send import send_waiting

__all__ = ["stripe", "stripe_world"]

PAY = "Subscribe|Pay"


@pytest.fixture
def site(live_server, stripe_world, settings, tmp_path) -> str:
    """The address of a site that sells, to guests too, and writes mails."""
    settings.MEDIA_ROOT = tmp_path
    settings.WAGTAIL_LICENSING_GUEST_CHECKOUT = True
    settings.WAGTAIL_LICENSING_SITE_URL = live_server.url
    settings.WAGTAIL_LICENSING_MAIL_FROM = "licenses@example.org"
    return live_server.url


@pytest.fixture(params=[("light", 1280, "en"), ("dark", 320, "ar")], ids=["wide", "narrow-dark-rtl"])
def open_tab(browser: Browser, request, settings) -> Iterator[Callable[..., Page]]:
    """A function that opens a tab of a browser of its own, wide and light or narrow, dark and from
    right to left; what tabs show is kept when a test fails."""
    scheme, width, settings.LANGUAGE_CODE = request.param
    contexts: list[BrowserContext] = []
    failed_before = request.session.testsfailed

    def tab(**options) -> Page:
        size = {"width": width, "height": 800}
        contexts.append(browser.new_context(color_scheme=scheme, viewport=size, **options))
        return contexts[-1].new_page()

    yield tab
    for number, context in enumerate(contexts):
        if request.session.testsfailed > failed_before:
            keep_picture(context.pages[0], f"{request.node.name}-{number}")
        context.close()


def link_in_the_last_mail(world) -> str:
    """Send what waits and return the link of the newest mail."""
    send_waiting(at=world.now)
    found = re.search(
        r"http\S+/licensing/(?:claim|invitations|transfers)/\S+", str(mail.outbox[-1].body)
    )
    assert found
    return found[0]


def test_a_member_buys_with_the_keyboard(
    site, stripe_world, open_tab, client, charlie, live_server
) -> None:
    page = open_tab()
    sign_in(page, client, charlie, live_server)
    keys = Keyboard(page)
    page.goto(f"{site}/licensing/plans/")
    keys.press("Skip to the content")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    keys.press("Buy Pro, monthly")
    expect(page).to_have_url(re.compile(re.escape(stripe_world.simulator.base_url)))
    keys.press(PAY)
    page.wait_for_url("**/licensing/account/", timeout=30_000)
    expect(page.get_by_role("heading", name="Pro", exact=True)).to_be_visible()
    assert License.objects.get(user=charlie).state == "active"


@pytest.mark.parametrize("script", [True, False], ids=["with-script", "without-script"])
def test_a_guest_buys_with_the_keyboard(site, stripe_world, open_tab, script, django_user_model) -> None:
    page = open_tab(java_script_enabled=script)
    keys = Keyboard(page)
    page.goto(f"{site}/licensing/plans/")
    keys.press("Buy Course")
    expect(page).to_have_url(re.compile(re.escape(stripe_world.simulator.base_url)))
    keys.write("E-mail", "ada@example.com")
    keys.press(PAY)
    expect(page.get_by_role("heading", level=1)).to_contain_text("look into your mail", timeout=30_000)
    assert not License.objects.exclude(user=None).exists()
    page.goto(link_in_the_last_mail(stripe_world))
    keys.write("Password|رمز المرور", "a-long-tail-of-words")
    keys.press("Make my account and begin")
    expect(page.get_by_role("heading", name="Course", exact=True)).to_be_visible()
    assert License.objects.get().user == django_user_model.objects.get(email="ada@example.com")


def test_somebody_is_invited_and_accepts_with_the_keyboard_and_without_javascript(
    site, stripe_world, open_tab, client, alice, charlie, live_server
) -> None:
    page = open_tab(java_script_enabled=False)
    sign_in(page, client, alice, live_server)
    keys = Keyboard(page)
    page.goto(f"{site}/licensing/account/")
    keys.press("Team")
    page.wait_for_url("**/account/team/")
    keys.press("Make a team", key="Space")
    keys.write("Name of the organization", "Choir")
    keys.press("Make a team")
    expect(page.get_by_role("heading", name="Choir", level=1)).to_be_visible()
    keys.write("E-mail address", charlie.email)
    keys.press("Invite")
    expect(page.get_by_role("status")).to_contain_text("on its way")
    expect(page.get_by_text(charlie.email, exact=True)).to_be_visible()

    link = link_in_the_last_mail(stripe_world)
    page.goto(link)
    expect(page.get_by_text("This is for another address.")).to_be_visible()
    expect(page.get_by_role("button", name="Accept")).to_have_count(0)
    sign_in(page, client, charlie, live_server)
    page.goto(link)
    keys.press("Accept")
    page.wait_for_url("**/licensing/account/")
    keys.press("Team")
    expect(page.get_by_role("heading", name="Choir")).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("does not work any more")


def test_an_offer_is_taken_over_with_the_keyboard(
    site, stripe_world, open_tab, client, alice, charlie, live_server
) -> None:
    spare = give(alice, stripe_world.course, at=stripe_world.now)
    page = open_tab()
    sign_in(page, client, alice, live_server)
    keys = Keyboard(page)
    page.goto(f"{site}/licensing/account/licenses/{spare.reference}/hand-over/")
    keys.write("E-mail address", charlie.email)
    keys.press("Offer it")
    expect(page.get_by_role("status")).to_contain_text("on its way")
    link = link_in_the_last_mail(stripe_world)
    sign_in(page, client, charlie, live_server)
    page.goto(link)
    keys.press("Take it over")
    page.wait_for_url("**/licensing/account/**")
    spare.refresh_from_db()
    assert spare.user == charlie
    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_contain_text("does not work any more")


@pytest.fixture
def library(article, course, pro, monkeypatch) -> list:
    """What Pro opens: an article, three lessons with a quiz at the end, a file."""
    monkeypatch.setattr(LessonPage, "template", "testapp/lesson_page.html")
    gate_page(article, pro)
    gate_page(course, pro)
    course.gives_certificate = True
    course.save()
    document = get_document_model().objects.create(
        title="Checklist", file=ContentFile(b"what to check", name="checklist.txt")
    )
    gate = Gate.objects.create(kind="document", document=document)
    EntitlementRule.objects.create(gate=gate, product=pro)
    lessons = course.get_lessons()
    quiz = Quiz.objects.create(lesson_id=lessons[-1].pk)
    for number, (kind, text, answers) in enumerate(
        [
            ("single", "Which tree?", "Oak\n* Page tree"),
            ("multiple", "Which are fields?", "* RichTextField\n* StreamField\nCornfield"),
            ("text", "Say the word", "wagtail"),
        ]
    ):
        QuizQuestion.objects.create(quiz=quiz, sort_order=number, kind=kind, text=text, answers=answers)
    return lessons


def test_a_member_buys_reads_learns_and_downloads_without_javascript(
    site, stripe_world, open_tab, client, charlie, live_server, article, library
) -> None:
    page = open_tab(java_script_enabled=False)
    sign_in(page, client, charlie, live_server)
    page.goto(site + article.url)
    assert CANARY not in page.content()
    page.get_by_role("button", name="Buy Pro, monthly").click()
    expect(page).to_have_url(re.compile(re.escape(stripe_world.simulator.base_url)))
    page.get_by_role("button", name=re.compile(PAY)).click()
    page.wait_for_url(site + article.url, timeout=30_000)  # it leads back by itself
    expect(page.get_by_text(CANARY)).to_be_visible()

    page.goto(site + library[0].url)
    for following in library[1:]:
        expect(page.get_by_text(CANARY)).to_be_visible()
        page.get_by_role("button", name="Mark as done and go on").click()
        page.wait_for_url(site + following.url)

    page.get_by_label("Oak").check()
    page.get_by_label("Say the word").fill("no")
    page.get_by_role("button", name="Send answers").click()
    expect(page.get_by_role("status")).to_contain_text("0 of 3 questions were right.")
    page.get_by_label("Page tree").check()
    page.get_by_label("RichTextField").check()
    page.get_by_label("StreamField").check()
    page.get_by_label("Say the word").fill("Wagtail")
    page.get_by_role("button", name="Send answers").click()
    expect(page.get_by_role("status")).to_contain_text("You have passed.")

    page.goto(f"{site}/licensing/account/courses/")
    page.get_by_role("link", name="Wagtail in a week").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("charlie")
    expect(page.get_by_text("Valid")).to_be_visible()

    page.goto(f"{site}/licensing/account/downloads/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Checklist").click()
    assert download.value.path().read_bytes() == b"what to check"


def test_focus_that_nobody_sees_is_found(site, open_tab) -> None:
    page = open_tab()
    page.goto(f"{site}/licensing/plans/")
    page.add_style_tag(content=".licensing :focus-visible { outline: none !important }")
    with pytest.raises(AssertionError, match="no focus to be seen"):
        Keyboard(page).reach("Buy Pro")
