"""A page of the site as a person sees it."""

from playwright.sync_api import Page, expect


def test_a_visitor_reads_an_ungated_article(live_server, page: Page, article) -> None:
    answer = page.goto(live_server.url + article.url)

    assert answer.status == 200
    expect(page.get_by_role("heading", name=article.title)).to_be_visible()
