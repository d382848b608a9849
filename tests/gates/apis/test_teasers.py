"""Pages that declare public fields are listed with those, and no question finds out more."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail import VERSION

from tests.apisite.models import SilentTeaserPage, TeaserPage
from tests.conftest import CANARY, gate_page, give
from wagtail_licensing.models import Gate

pytestmark = pytest.mark.django_db

V3 = pytest.mark.skipif(VERSION < (8, 0), reason="the API v3 came with Wagtail 8.0")
V2_PAGES, V3_PAGES = "/site-api/pages/", "/api/v3/pages/"
BOTH = pytest.mark.parametrize("pages", [V2_PAGES, pytest.param(V3_PAGES, marks=V3)])


def answer_with(page, mode):
    """Let the gate of a page show something else to people without access."""
    gate = Gate.objects.get(page_id=page.pk)
    gate.without_access = mode
    gate.save()


def titles(client, url):
    return [item.get("title") for item in client.get(url).json().get("items", [])]


@BOTH
def test_a_teaser_is_listed_with_its_public_fields(client, world, pages):
    response = client.get(f"{pages}?type=apisite.TeaserPage")
    assert response["Cache-Control"] == "private, no-store"
    data = response.json()
    assert data.get("count", data["meta"]["total_count"] if "meta" in data else None) == 1
    assert data["items"][0]["title"] == "Teasertitle"
    assert data["items"][0]["meta"]["slug"] == "teaserslug"
    assert "Teasertitle" in titles(client, pages)


def test_in_v2_it_says_that_it_is_not_accessible(client, world):
    data = client.get(f"{V2_PAGES}{world.teaser.pk}/").json()
    assert data["meta"]["licensing"] == {"accessible": False}
    assert data["meta"]["html_url"].endswith("/teaserslug/")
    assert {name for name in data if name not in ("id", "meta")} == {"title", "introduction"}
    listed = client.get(f"{V2_PAGES}?type=apisite.TeaserPage&fields=*").json()["items"][0]
    assert listed["introduction"] == "Openly said"
    assert not {"body", "notes", "rating", "related"} & set(listed)
    assert listed["meta"]["licensing"] == {"accessible": False}
    assert "licensing" not in client.get(f"{V2_PAGES}{world.hub.pk}/").json()["meta"]


@V3
def test_in_v3_the_other_fields_are_absent_and_a_warning_says_so(client, world, recwarn):
    data = client.get(f"{V3_PAGES}{world.teaser.pk}/").json()
    assert data["meta"]["warnings"] == ["Only the public fields of this page are shown."]
    assert (data["title"], data["introduction"]) == ("Teasertitle", "Openly said")
    assert not {"body", "notes", "rating", "related"} & set(data)
    assert not [warning for warning in recwarn if "Pydantic" in str(warning.message)]


@BOTH
@pytest.mark.parametrize(
    "question",
    [
        f"search={CANARY}",
        "search=Teasertitle",
        "search=nothing",
        f"body=<p>{CANARY}</p>",
        "rating=3",
        "order=rating",
        "order=-body",
        "order=title,rating",
        "related=1",
    ],
)
def test_a_question_about_anything_else_leaves_it_out(client, world, pages, question):
    assert "Teasertitle" not in titles(client, f"{pages}?type=apisite.TeaserPage&{question}")
    Gate.objects.all().delete()
    if question in ("rating=3", "order=rating", "order=-body", "search=Teasertitle"):
        assert "Teasertitle" in titles(client, f"{pages}?type=apisite.TeaserPage&{question}")


@BOTH
@pytest.mark.parametrize(
    "question",
    [
        "introduction=Openly said",
        "title=Teasertitle",
        "slug=teaserslug",
        "order=title",
        "order=-first_published_at",
        "child_of=root",
        "descendant_of=root",
        "locale=en",
        "limit=20",
    ],
)
def test_a_question_about_what_is_public_finds_it(client, world, pages, question):
    assert "Teasertitle" in titles(client, f"{pages}?type=apisite.TeaserPage&{question}")
    assert titles(client, f"{pages}?type=apisite.TeaserPage&introduction=Something else") == []


def test_a_filter_of_the_site_s_own_leaves_it_out(client, world):
    url = "/site-api/everything/"
    assert "Teasertitle" in titles(client, url)
    assert titles(client, f"{url}?says={CANARY}") == []


def test_a_serializer_of_the_site_adds_nothing_to_it(client, world):
    data = client.get(f"/site-api/everything/{world.teaser.pk}/?fields=*").json()
    assert data["title"] == "Teasertitle"
    assert "whole" not in data
    open_page = client.get(f"/site-api/everything/{world.hub.pk}/").json()
    assert "whole" in open_page


@BOTH
@pytest.mark.parametrize("mode", ["teaser", "login", "not_found"])
def test_a_hidden_page_is_never_listed_and_one_that_asks_to_sign_in_is(client, world, pages, mode):
    answer_with(world.teaser, mode)
    assert ("Teasertitle" in titles(client, pages)) == (mode != "not_found")
    status = client.get(f"{pages}{world.teaser.pk}/").status_code
    assert status == (404 if mode == "not_found" else 200)


@BOTH
def test_nested_it_shows_its_public_fields_and_when_hidden_its_id_and_type(client, world, pages):
    def nested():
        return client.get(f"{pages}{world.hub.pk}/").json()["links"][1]["page"]

    shown = nested()
    assert shown["id"] == world.teaser.pk
    assert shown["meta"].get("licensing") or shown["meta"].get("warnings")
    answer_with(world.teaser, "not_found")
    hidden = nested()
    assert set(hidden) == {"id", "meta"}
    assert set(hidden["meta"]) == {"type"}


@BOTH
def test_a_teaser_below_a_hidden_page_is_hidden(client, world, pages, home):
    below = TeaserPage(title="Belowtitle", slug="below", introduction="Openly said")
    world.hidden.add_child(instance=below)
    assert "Belowtitle" not in titles(client, pages)
    assert client.get(f"{pages}{below.pk}/").status_code == 404


@BOTH
def test_a_page_type_that_takes_the_declaration_back_is_not_listed(client, world, pages, home, pro):
    silent = home.add_child(instance=SilentTeaserPage(title="Silenttitle", slug="silent", body=CANARY))
    gate_page(silent, pro)
    assert "Silenttitle" not in titles(client, f"{pages}?limit=20")
    assert "Silenttitle" not in titles(client, f"{pages}?type=apisite.TeaserPage")
    assert client.get(f"{pages}{silent.pk}/").status_code == 404


def test_who_holds_a_license_sees_all_of_it(client, world, alice, pro, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    data = client.get(f"{V2_PAGES}{world.teaser.pk}/").json()
    assert CANARY in data["body"]
    assert "licensing" not in data["meta"]
    assert titles(client, f"{V2_PAGES}?search={CANARY}&type=apisite.TeaserPage") == ["Teasertitle"]
    assert titles(client, f"{V2_PAGES}?type=apisite.TeaserPage&order=rating") == ["Teasertitle"]


def test_what_is_nested_in_a_teaser_s_public_field_is_closed_too(client, world, monkeypatch):
    monkeypatch.setattr(TeaserPage, "licensing_public_fields", ["title", "related"])
    data = client.get(f"{V2_PAGES}{world.teaser.pk}/?fields=related(*)").json()
    assert data["related"] == {"id": world.hidden.pk, "meta": {"type": "testapp.ArticlePage"}}
    data = client.get(f"{V2_PAGES}?type=apisite.TeaserPage&fields=_,body,notes,title").json()["items"][0]
    assert data == {"meta": {"licensing": {"accessible": False}}, "title": "Teasertitle"}


def test_a_list_costs_the_same_however_many_teasers_are_in_it(
    client, world, charlie, home, pro, settings
):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600  # no look at the stamp in between
    client.force_login(charlie)
    url = f"{V2_PAGES}?type=apisite.TeaserPage&limit=20"

    def cost():
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert "Teasertitle" in titles(client, url)
        about_access = [query for query in captured if "wagtail_licensing_" in query["sql"]]
        return len(captured), len(about_access)

    few = cost()
    for number in range(10):
        page = TeaserPage(title=f"T{number}", slug=f"t{number}", introduction="i")
        gate_page(home.add_child(instance=page), pro)
    assert cost() == few
    assert few[1] <= 8  # two of them are Wagtail's own question for what is private
