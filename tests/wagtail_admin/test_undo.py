"""Undo brings back exactly what stood: days and what is kept of each product, on one page or on many."""

import re
from html import unescape

import pytest
from wagtail.models import PageLogEntry

from tests.conftest import gate_page, give
from tests.testapp.models import PlainPage
from tests.wagtail_admin.conftest import post_and_confirm, signed_in, token_in
from wagtail_licensing.gates.write import gate_facts
from wagtail_licensing.models import EntitlementRule, Gate
from wagtail_licensing.wagtail_admin.log_actions import PAGE_ACTION

BULK = "/admin/bulk/wagtailcore/page/licensing_access/"


@pytest.fixture
def pages(home, pro, team, basic):
    """Three pages: with days of each product, with something kept, and without a rule."""
    found = [
        home.add_child(instance=PlainPage(title=f"Page {number}", slug=f"page-{number}"))
        for number in range(3)
    ]
    gate = gate_page(found[0], pro, after_days=3, free_reads=2)
    EntitlementRule.objects.create(gate=gate, product=team, after_days=14, keeps=True)
    gate_page(found[1], basic, without_access="not_found")
    return found


def facts(pages) -> list:
    return [gate_facts(Gate.objects.filter(page_id=page.pk).first()) for page in pages]


def set_on_all(client, pages, pro, capture) -> str:
    """Set one rule on all and return the address that takes it back."""
    ids = "&".join(f"id={page.pk}" for page in pages)
    data = {"audience": "licensed", "products": [pro.pk], "without_access": "teaser"}
    with capture(execute=True):
        done = client.post(f"{BULK}?{ids}", {**data, "after_days": "0", "step": "apply"}, follow=True)
    return unescape(re.search(r'href="([^"]*/licensing/undo/[^"]+)"', done.content.decode())[1])


def test_undo_of_one_page_brings_back_the_days_of_each_product(access_editor, pages, pro, team):
    before = facts(pages)
    client, url = signed_in(access_editor), f"/admin/licensing/access/{pages[0].pk}/"
    xhr = {"headers": {"x-requested-with": "XMLHttpRequest"}}
    done = client.post(url, {"audience": "licensed", "products": [pro.pk], "after_days": "0"}, **xhr)
    undo = (
        done.json()["undo"]["url"]
        if "undo" in done.json()
        else post_and_confirm(
            client, url, {"audience": "licensed", "products": [pro.pk], "after_days": "0"}, **xhr
        ).json()["undo"]["url"]
    )
    as_shown = {
        "audience": "licensed",
        "products": [pro.pk, team.pk],
        "after_days": "",
        "without_access": "teaser",
        "keeps": "on",
        "free_reads": "2",
    }

    form = client.get(undo).content.decode()
    action = unescape(re.search(r'action="([^"]*undo=[^"]*)"', form)[1])
    client.post(action, as_shown)

    assert facts(pages) == before


def test_an_undo_that_is_changed_first_sets_what_was_chosen(access_editor, pages, pro, team, basic):
    client, url = signed_in(access_editor), f"/admin/licensing/access/{pages[0].pk}/"
    xhr = {"headers": {"x-requested-with": "XMLHttpRequest"}}
    data = {"audience": "inherit"}
    undo = post_and_confirm(client, url, data, **xhr).json()["undo"]["url"]

    client.post(undo, {"audience": "licensed", "products": [pro.pk, basic.pk], "after_days": "5"})

    rules = EntitlementRule.objects.filter(gate__page_id=pages[0].pk)
    assert dict(rules.values_list("product__name", "after_days")) == {"Pro": 5, "Basic": 5}


def test_undo_of_several_pages_brings_each_back_and_is_in_their_history(
    access_editor, pages, pro, alice, now, django_capture_on_commit_callbacks
):
    before = facts(pages)
    give(alice, pro, at=now)
    client = signed_in(access_editor)
    undo = set_on_all(client, pages, pro, django_capture_on_commit_callbacks)
    assert facts(pages) != before

    shown = " ".join(client.get(undo).content.decode().split())
    refused = client.post(undo)
    assert facts(pages) != before
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(undo, {"confirmed": token_in(refused.content.decode())}, follow=True)

    assert "3 pages go back to what they were" in shown
    assert "Pro after 3 days" in shown
    assert "1 member loses access, 1 page becomes public" in shown
    assert "3 pages are as they were." in done.content.decode()
    assert facts(pages) == before
    entries = PageLogEntry.objects.filter(action=PAGE_ACTION, user=access_editor)
    assert entries.count() == 6
    assert entries.values("uuid").distinct().count() == 2
    again = client.get(undo).content.decode()
    assert "Nothing is left to take back" in again


def test_a_page_that_was_changed_since_is_left_alone(
    access_editor, pages, pro, basic, django_capture_on_commit_callbacks
):
    before = facts(pages)
    client = signed_in(access_editor)
    undo = set_on_all(client, pages, pro, django_capture_on_commit_callbacks)
    Gate.objects.filter(page_id=pages[1].pk).update(without_access="login")

    post_and_confirm(client, undo, {})

    assert [facts(pages)[0], facts(pages)[2]] == [before[0], before[2]]
    assert facts(pages)[1]["without_access"] == "login"


def test_products_that_are_gone_are_said_and_nothing_is_done(
    access_editor, pages, pro, basic, django_capture_on_commit_callbacks
):
    client = signed_in(access_editor)
    undo = set_on_all(client, pages, pro, django_capture_on_commit_callbacks)
    after = facts(pages)
    basic.delete()

    shown = client.get(undo).content.decode()
    client.post(undo)

    assert "The products that opened “Page 1” are gone." in shown
    assert facts(pages) == after


def test_the_link_is_for_who_did_it_and_is_not_made_up(
    access_editor, olivia, erin, pages, pro, django_capture_on_commit_callbacks
):
    undo = set_on_all(signed_in(access_editor), pages, pro, django_capture_on_commit_callbacks)

    assert signed_in(olivia).get(undo).status_code == 404
    assert signed_in(access_editor).get("/admin/licensing/undo/made-up/").status_code == 404
    access_editor.groups.filter(name="Access editors").get().permissions.clear()
    answer = signed_in(access_editor).get(undo).content.decode()
    assert "Nothing is left to take back" in answer
