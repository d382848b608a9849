"""A member buys Pro and reads, in a real Chromium, against a whole demo."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.demo import Demo, seeded_folder, start_demo

__all__ = ["seeded_folder", "start_demo"]

ARTICLE = "articles/streamfield-without-regrets/"
CANARY = "kingfisher"


@pytest.fixture
def demo(start_demo) -> Demo:
    """A demo that answers."""
    return start_demo()


@pytest.fixture
def visitor(page: Page, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A tab; what it shows is kept as a picture when the test fails."""
    failed_before = request.session.testsfailed
    yield page
    if request.session.testsfailed > failed_before:
        folder = Path("test-results")
        folder.mkdir(exist_ok=True)
        page.screenshot(path=folder / f"{request.node.name}.png", full_page=True)


def test_a_new_member_buys_pro_and_reads(demo: Demo, visitor: Page) -> None:
    visitor.goto(demo.url + ARTICLE)
    expect(visitor.get_by_role("heading", name="StreamField without regrets")).to_be_visible()
    assert CANARY not in visitor.content()

    visitor.get_by_role("link", name="Register").click()
    visitor.get_by_label("Username").fill("nora")
    visitor.get_by_label("Email").fill("nora@example.org")
    for label in ("Password", "Password confirmation"):
        visitor.get_by_label(label, exact=True).or_(visitor.get_by_label(f"{label}:", exact=True)).fill(
            "a-long-tail-of-words"
        )
    visitor.get_by_role("button", name="Create the account").click()

    visitor.goto(demo.url + ARTICLE)
    visitor.get_by_role("button", name="Buy Pro").first.click()
    expect(visitor).to_have_url(re.compile(re.escape(demo.simulator_url)))
    visitor.get_by_role("button", name=re.compile("Subscribe|Pay")).click()

    expect(visitor).to_have_url(re.compile(re.escape(demo.url)))
    visitor.goto(demo.url + ARTICLE)
    expect(visitor.get_by_text(CANARY)).to_be_visible(timeout=15_000)

    visitor.goto(demo.url + "licensing/account/")
    expect(visitor.get_by_role("heading", name="Pro")).to_be_visible()


def test_the_tour_ticks_what_really_happened(demo: Demo, visitor: Page) -> None:
    visitor.goto(demo.url)
    task = visitor.get_by_role("listitem").filter(has_text="Meet the paywall")
    expect(task.get_by_text("Done")).to_have_count(0)

    task.get_by_role("button").click()
    expect(visitor).to_have_url(demo.url + ARTICLE)
    expect(visitor.get_by_text("You are Mia Okafor now.")).to_be_visible()

    visitor.goto(demo.url)
    expect(task.get_by_text("Done")).to_be_visible()
