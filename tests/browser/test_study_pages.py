"""The lessons of a course are put in order by buttons and by keys."""

from django.urls import reverse
from playwright.sync_api import Page, expect

from tests.browser.looking import sign_in


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
