"""What is nested in an answer about something open: of what is closed, id and type only."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext
from wagtail import VERSION
from wagtail.models import Collection

from tests.apisite.models import HubLink, HubPage
from tests.conftest import CANARY, gate_page, give
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db

V3 = pytest.mark.skipif(VERSION < (8, 0), reason="the API v3 came with Wagtail 8.0")
WAGTAIL_8_0 = pytest.mark.skipif(VERSION[:2] != (8, 0), reason="Wagtail 8.0 gives the id of a page")


def v2(client, page, fields="*"):
    return client.get(f"/site-api/pages/{page.pk}/?fields={fields}").json()


def v3(client, page):
    return client.get(f"/api/v3/pages/{page.pk}/").json()


def reference(instance, label):
    return {"id": instance.pk, "meta": {"type": label}}


def test_a_closed_page_or_document_is_its_id_and_its_type_in_v2(client, world):
    data = v2(client, world.hub)
    gated = reference(world.gated, "testapp.ArticlePage")
    hidden = reference(world.hidden, "testapp.ArticlePage")
    document = reference(world.document, "wagtaildocs.Document")
    assert data["title"] == "Openhub"
    assert (data["related"], data["article"], data["document"]) == (gated, hidden, document)
    assert data["articles"] == [gated, hidden]
    link, other = data["links"]
    assert (link["page"], link["article"], link["document"]) == (gated, hidden, document)
    assert other["article"] == gated
    # What is open is as it was.
    assert data["image"]["title"] == "Open image"
    assert data["thumbnail"]["url"]
    topic = v2(client, world.hub, "topic(*)")["topic"]
    assert (topic["name"], topic["page"], topic["article"]) == ("Open topic", gated, hidden)


@V3
def test_a_closed_page_or_document_is_no_more_than_its_id_and_its_type_in_v3(client, world, recwarn):
    data = v3(client, world.hub)
    assert data["title"] == "Openhub"
    closed = [data["related"], data["article"], data["document"]]
    closed += [link[name] for link in data["links"] for name in ("page", "article", "document")]
    for answer in filter(None, closed):
        assert set(answer) <= {"id", "meta"}
        assert set(answer["meta"]) <= {"type", "warnings"}
    assert data["related"] == reference(world.gated, "wagtailcore.Page")
    assert data["document"] == reference(world.document, "wagtaildocs.Document")
    assert not [warning for warning in recwarn if "Pydantic" in str(warning.message)]


@V3
@WAGTAIL_8_0
def test_a_closed_page_of_a_type_gives_its_id_in_v3(client, world):
    data = v3(client, world.hub)
    assert data["article"] == reference(world.hidden, "testapp.ArticlePage")
    assert data["links"][1]["article"] == reference(world.gated, "testapp.ArticlePage")


@pytest.mark.parametrize("ask", [v2, pytest.param(v3, marks=V3)])
def test_blocks_that_write_out_what_was_chosen_do_so_of_what_is_open_only(client, world, home, ask):
    blocks = {block["type"]: block["value"] for block in reversed(ask(client, world.hub)["content"])}
    assert blocks["whole_page"] == world.gated.pk
    assert blocks["card"] == {
        "heading": "Open card",
        "page": None,
        "document": None,
        "more": [],
        "stream": [],
    }
    assert blocks["page"] == world.gated.pk
    Gate.objects.all().delete()
    blocks = {block["type"]: block["value"] for block in reversed(ask(client, world.hub)["content"])}
    assert blocks["whole_page"]["title"] == "Gatedtitle"
    assert CANARY in blocks["card"]["page"]
    assert CANARY in blocks["card"]["document"]
    assert len(blocks["card"]["more"]) == len(blocks["card"]["stream"]) == 2


@pytest.mark.parametrize("ask", [v2, pytest.param(v3, marks=V3)])
def test_a_field_of_the_site_follows_nothing_that_is_closed(client, world, ask):
    data = ask(client, world.hub)
    assert data["article_body"] is None
    assert data["article_text"] in (None, reference(world.hidden, "testapp.ArticlePage"))
    Gate.objects.all().delete()
    data = ask(client, world.hub)
    assert CANARY in data["article_body"]
    assert data["article_text"] == "Hiddentitle"


@pytest.mark.parametrize("ask", [v2, pytest.param(v3, marks=V3)])
def test_the_parent_and_the_source_of_an_open_page_are_not_told_when_they_are_closed(client, world, ask):
    gate_page(world.child, audience="everyone")
    data = ask(client, world.child)
    assert data["title"] == "Childtitle"
    assert "Gatedtitle" not in str(data)
    assert "gatedslug" not in str(data["meta"]["parent"])


def test_who_may_open_it_sees_what_is_nested(who, world):
    client = who("alice")
    data = v2(client, world.hub, "*,article(*),related(*),links(*,article(*))")
    assert CANARY in data["article"]["body"]
    assert data["related"]["title"] == "Gatedtitle"
    assert CANARY in data["article_body"]
    assert CANARY in data["links"][1]["article"]["body"]
    assert data["document"]["title"].startswith("Handbook")


def test_a_license_for_one_of_them_opens_that_one(client, world, charlie, basic, now):
    Gate.objects.filter(page_id=world.hidden.pk).delete()
    gate_page(world.hidden, basic, without_access="not_found")
    give(charlie, basic, at=now)
    client.force_login(charlie)
    data = v2(client, world.hub, "*,article(*),related(*)")
    assert CANARY in data["article"]["body"]
    assert data["related"] == reference(world.gated, "testapp.ArticlePage")


def test_an_editor_sees_in_the_api_what_they_may_edit(client, world, erin):
    client.force_login(erin)
    data = v2(client, world.hub, "*,article(*)")
    assert CANARY in data["article"]["body"]


@pytest.mark.parametrize("ask", [v2, pytest.param(v3, marks=V3)])
def test_a_hundred_nested_pages_cost_no_more_queries_for_licenses_than_one(
    client, world, charlie, ask, settings
):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600  # no look at the stamp in between
    client.force_login(charlie)

    def cost():
        ask(client, world.hub)
        with CaptureQueriesContext(connection) as captured:
            ask(client, world.hub)
        return sum("wagtail_licensing_" in query["sql"] for query in captured.captured_queries)

    few = cost()
    hub = HubPage.objects.get(pk=world.hub.pk)
    HubLink.objects.bulk_create(HubLink(hub=hub, article=world.gated) for _ in range(100))
    assert cost() == few


def test_a_failing_decision_closes_what_is_nested(client, world, monkeypatch):
    from wagtail_licensing.access import reader

    monkeypatch.setattr(reader, "gates_of", lambda *args: 1 / 0)
    response = client.get(f"/site-api/pages/{world.hub.pk}/?fields=*")
    assert CANARY not in response.content.decode()


@pytest.mark.skipif(VERSION >= (8, 1), reason="the admin has no API of its own since Wagtail 8.1")
def test_the_apis_of_the_admin_are_left_to_their_own_permissions(client, world, erin):
    client.force_login(erin)
    response = client.get("/admin/api/main/pages/?fields=*")
    assert "Gatedtitle" in response.content.decode()


@pytest.mark.parametrize(
    "url",
    [
        "/site-api/redirects/",
        "/site-api/redirects/{}/",
        *(pytest.param(url, marks=V3) for url in ("/api/v3/redirects/", "/api/v3/redirects/{}/")),
    ],
)
def test_a_redirect_to_a_hidden_page_is_told_to_who_may_know_of_it(who, world, olivia, client, url):
    url = url.format(world.redirect.pk)
    assert "gone-hidden" not in client.get(url).content.decode()
    gate = Gate.objects.get(page_id=world.hidden.pk)
    gate.without_access = "teaser"
    gate.save()
    assert "gone-hidden" in client.get(url).content.decode()


@pytest.mark.parametrize("ask", [v2, pytest.param(v3, marks=V3)])
def test_an_image_of_a_gated_collection_gives_no_address_of_a_file(who, world, pro, ask):
    collection = Collection.get_first_root_node().add_child(name="Members")
    world.image.collection = collection
    world.image.title = "Closedimage"
    world.image.save()
    gate = Gate.objects.create(kind="collection", collection=collection)
    EntitlementRule.objects.create(gate=gate, product=pro)
    client = who("charlie")
    data = ask(client, world.hub)
    assert set(data["image"]) == {"id", "meta"}
    assert set(data["image"]["meta"]) == {"type"}
    assert data["thumbnail"] in (None, reference(world.image, "wagtailimages.Image"))
    for url in ("/site-api/images/", f"/site-api/images/{world.image.pk}/"):
        assert "Closedimage" not in client.get(url).content.decode()
    if ask is v2:
        assert ask(who("alice"), world.hub)["thumbnail"]["url"]


@pytest.mark.parametrize("ask", [v2, pytest.param(v3, marks=V3)])
def test_a_snippet_with_a_gate_of_its_own_is_closed_like_a_page(who, world, pro, ask):
    gate = Gate.objects.create(
        kind="object",
        object_type=ContentType.objects.get_for_model(world.topic),
        object_id=str(world.topic.pk),
    )
    EntitlementRule.objects.create(gate=gate, product=pro)
    client = who("charlie")
    assert "Open topic" not in str(ask(client, world.hub))
    assert client.get("/site-api/topics/").json()["meta"]["total_count"] == 0
    assert client.get(f"/site-api/topics/{world.topic.pk}/").status_code == 404
    assert client.get(f"/site-api/topics/find/?id={world.topic.pk}").status_code == 404
    client = who("alice")
    assert client.get("/site-api/topics/").json()["meta"]["total_count"] == 1
