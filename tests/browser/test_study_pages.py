"""Quiz, certificate and versions in a browser: nothing that axe finds, and no script needed."""

import datetime as dt

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from wagtail.documents import get_document_model

from tests.browser.test_member_pages import require_good, sign_in
from tests.conftest import gate_page, give
from tests.testapp.models import FilePage, FileVersion, LessonPage
from wagtail_licensing.courses import complete_lesson
from wagtail_licensing.models import Certificate, EntitlementRule, Gate, Quiz, QuizQuestion


@pytest.fixture
def study(course, home, alice, pro, now, settings, tmp_path, monkeypatch):
    """A course in sections that ends with a quiz and a certificate, and a file in two versions."""
    settings.MEDIA_ROOT = tmp_path
    settings.WAGTAIL_LICENSING_STRIPE_SECRET_KEY = ""
    monkeypatch.setattr(LessonPage, "template", "testapp/lesson_page.html")
    gate_page(course, pro)
    course.gives_certificate = True
    course.save()
    *first, last = course.get_lessons()
    quiz = Quiz.objects.create(lesson_id=last.pk, attempts_allowed=3)
    for number, (kind, text, answers) in enumerate(
        [
            ("single", "Which tree?", "Oak\n* Page tree"),
            ("multiple", "Which are fields?", "* RichTextField\n* StreamField\nCornfield"),
            ("text", "Say the word", "wagtail"),
        ]
    ):
        QuizQuestion.objects.create(quiz=quiz, sort_order=number, kind=kind, text=text, answers=answers)
    give(alice, pro, at=now)
    for lesson in first:
        complete_lesson(user=alice, lesson=lesson, at=now)
    page = home.add_child(instance=FilePage(title="Toolkit", slug="toolkit"))
    for number in (1, 2):
        document = get_document_model().objects.create(
            title="Toolkit", file=ContentFile(b"x" * 2048, name=f"t{number}.zip"), file_size=2048
        )
        gate = Gate.objects.create(kind="document", document=document)
        EntitlementRule.objects.create(gate=gate, product=pro, downloads_per_month=number)
        FileVersion.objects.create(
            page=page,
            number=f"{number}.0",
            released_at=now - dt.timedelta(days=9 - number),
            document=document,
            notes="What is new.\n\nAnd what is gone.",
        )
    return last


@pytest.mark.parametrize(
    ("scheme", "width", "language"), [("light", 1280, "en"), ("dark", 320, "ar"), ("light", 320, "en")]
)
def test_axe_finds_nothing_in_quiz_certificate_and_versions(
    live_server, browser: Browser, client, alice, charlie, study, settings, scheme, width, language, now
) -> None:
    settings.LANGUAGE_CODE = language
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    certificate = Certificate.objects.create(
        user=charlie,
        course_id=study.get_parent().pk,
        name="Wolfeschlegelsteinhausenbergerdorff " * 2,
        course_title="Wagtail in a week",
        issued_at=now,
    )
    sign_in(page, client, alice, live_server)
    paths = [
        study.url,
        FilePage.objects.get().url,
        "/licensing/account/downloads/",
        "/licensing/account/courses/",
        reverse("wagtail_licensing:certificate", args=[certificate.number]),
    ]
    for path in paths:
        page.goto(live_server.url + path)
        require_good(page, width)
    certificate.revoked_at, certificate.revoke_reason = now, "copied"
    certificate.save()
    page.goto(live_server.url + paths[-1])
    require_good(page, width)
    context.close()


def test_a_quiz_is_passed_without_javascript_and_brings_the_certificate(
    live_server, browser: Browser, client, alice, study
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, client, alice, live_server)
    page.goto(live_server.url + study.url)
    page.get_by_label("Oak").check()
    page.get_by_label("Say the word").fill("no")
    page.get_by_role("button", name="Send answers").click()
    expect(page.get_by_role("status")).to_contain_text("Last time 0 of 3 questions were right.")
    page.get_by_label("Page tree").press("Space")
    page.get_by_label("RichTextField").press("Space")
    page.get_by_label("StreamField").press("Space")
    page.get_by_label("Say the word").fill("Wagtail")
    page.get_by_label("Say the word").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("You have passed.")
    page.goto(live_server.url + "/licensing/account/courses/")
    page.get_by_role("link", name="Wagtail in a week").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("alice")
    expect(page.get_by_text("Valid")).to_be_visible()
    context.close()


def test_lessons_are_reordered_by_buttons_and_by_keys(
    live_server, page: Page, client, olivia, course
) -> None:
    sign_in(page, client, olivia, live_server)
    url = reverse("wagtail_licensing_admin:lesson_order", args=[course.pk])
    page.goto(live_server.url + url)
    page.get_by_role("button", name="Down: Lesson 1").click()
    expect(page.locator("tbody tr").first).to_contain_text("Lesson 2")
    handle = page.get_by_role("button", name="Drag “Lesson 3”")
    handle.focus()
    page.keyboard.press("ArrowUp")
    with page.expect_response(lambda answer: "position" in answer.url):
        page.keyboard.press("Enter")
    assert [lesson.title[-1] for lesson in course.get_lessons()] == ["2", "3", "1"]
