"""The meter: some pages a month are free to a signed-in visitor."""

import datetime as dt

import pytest
from wagtail.models import Page

from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import ArticlePage
from wagtail_licensing.access import check_access, only_accessible
from wagtail_licensing.models import MeteredRead

pytestmark = pytest.mark.django_db


@pytest.fixture
def magazine(home, pro):
    """Three articles behind one gate that gives two of them a month away."""
    shelf = home.add_child(instance=ArticlePage(title="Magazine", slug="magazine"))
    pages = [
        shelf.add_child(instance=ArticlePage(title=f"Issue {n}", slug=f"i{n}", body=CANARY))
        for n in range(3)
    ]
    gate = gate_page(shelf, pro)
    gate.free_reads = 2
    gate.save()
    return pages


def reads(client, page, **headers):
    return CANARY in client.get(page.url, **headers).text


def test_two_pages_a_month_are_free_and_stay_so(client, magazine, charlie):
    client.force_login(charlie)
    assert [reads(client, page) for page in magazine] == [True, True, False]
    assert [reads(client, page) for page in magazine] == [True, True, False]
    assert "2 free pages of this month" in client.get(magazine[2].url).text
    assert MeteredRead.objects.filter(user=charlie).count() == 2


def test_a_stranger_is_asked_to_sign_in_and_gets_no_cookie(client, magazine):
    response = client.get(magazine[0].url)
    assert CANARY not in response.text
    assert "read 2 pages a month for free" in response.text
    assert not response.cookies
    assert not MeteredRead.objects.exists()


def test_the_next_month_begins_anew(client, magazine, charlie, settings, monkeypatch):
    from wagtail_licensing.gates import pages

    client.force_login(charlie)
    end = dt.datetime(2026, 6, 30, 23, 59, 59, tzinfo=dt.UTC)
    monkeypatch.setattr(pages, "now", lambda: end)
    assert [reads(client, page) for page in magazine] == [True, True, False]
    monkeypatch.setattr(pages, "now", lambda: end + dt.timedelta(seconds=1))
    assert [reads(client, page) for page in reversed(magazine)] == [True, True, False]


def test_members_use_nothing_up(client, magazine, alice, pro, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    assert all(reads(client, page) for page in magazine)
    assert not MeteredRead.objects.exists()


def test_only_a_reading_counts(client, magazine, charlie):
    client.force_login(charlie)
    client.head(magazine[0].url)
    client.options(magazine[0].url)
    client.post(magazine[0].url)
    assert not reads(client, magazine[0], HTTP_SEC_PURPOSE="prefetch;prerender")
    assert not MeteredRead.objects.exists()
    assert reads(client, magazine[0])
    assert reads(client, magazine[0], HTTP_SEC_PURPOSE="prefetch")


def test_what_hides_gives_nothing_away(client, magazine, charlie):
    gate = magazine[0].get_parent().licensing_gates.get()
    gate.without_access = "not_found"
    gate.save()
    client.force_login(charlie)
    assert client.get(magazine[0].url).status_code == 404
    assert not MeteredRead.objects.exists()


def test_the_revoked_and_the_inactive_get_nothing(client, magazine, charlie, pro, now):
    from wagtail_licensing.testing import give_license, revoke_license

    revoke_license(give_license(charlie, pro), reason="fraud")
    client.force_login(charlie)
    assert not reads(client, magazine[0])


def test_lists_and_apis_do_not_run_on_the_meter(client, magazine, charlie):
    client.force_login(charlie)
    assert reads(client, magazine[0])
    assert not check_access(charlie, magazine[0]).allowed
    assert not only_accessible(Page.objects.filter(pk=magazine[0].pk), charlie).exists()
    assert client.get(f"/api/v2/pages/{magazine[0].pk}/").status_code == 404


def test_an_alias_of_a_metered_page_stays_closed(client, home, magazine, charlie, basic):
    alias = magazine[0].create_alias(parent=home, update_slug="alias")
    gate_page(alias, basic)
    client.force_login(charlie)
    assert not reads(client, alias)
