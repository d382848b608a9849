"""The paywall line: what is below it opens with the page."""

import copy
import json
import pickle

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.forms.models import model_to_dict
from django.test.utils import CaptureQueriesContext
from wagtail.models import ReferenceIndex

from tests.blocks.conftest import a_request, only_for, rendered
from tests.conftest import CANARY, gate_page, give
from tests.testapp.models import StreamPage
from wagtail_licensing.access import Persona
from wagtail_licensing.blocks import PaywallStreamValue
from wagtail_licensing.gates.headers import was_touched

pytestmark = pytest.mark.django_db

TEASER = "The first lines."


@pytest.fixture
def article(make_page):
    """A page with a line between its teaser and the canary; no gate yet."""
    return make_page(("text", TEASER), ("line", None), ("text", CANARY), ("rich", f"<p>{CANARY}</p>"))


@pytest.fixture
def gated(article, pro):
    """The page behind a gate that Pro opens."""
    gate_page(article, pro)
    return article


#: Ways in which a template can show the stream of a page: a list, a feed, a card.
SOURCES = [
    "{{ page.body }}",
    "{% include_block page.body %}",
    "{% include_block page.body only %}",
    "{% for block in page.body %}{{ block }}{% endfor %}",
    "{% for block in page.body %}{{ block.value }}{% endfor %}",
    "{% for block in page.body %}{% include_block block %}{% endfor %}",
    "{% with page.body as stream %}{% for block in stream %}{{ block.value }}{% endfor %}{% endwith %}",
    "{{ page.body.2.value }}{{ page.body.3.value }}",
    "{% for block in page.body.blocks_by_name.text %}{{ block.value }}{% endfor %}",
    "{{ page.body.first_block_by_name.rich.value }}",
    "{% for block in page.body reversed %}{{ block.value }}{% endfor %}",
    "{% for block in page.body|slice:'2:' %}{{ block.value }}{% endfor %}",
    "{{ page.body|last }}",
]


@pytest.mark.parametrize("source", SOURCES)
def test_no_template_shows_strangers_what_is_below(gated, charlie, source):
    for user in (None, charlie):
        assert CANARY not in rendered(source, page=gated, request=a_request(user))
    assert CANARY not in rendered(source, page=gated)


@pytest.mark.parametrize("source", SOURCES)
def test_a_page_without_a_gate_shows_everything(article, source):
    assert CANARY in rendered(source, page=article)


@pytest.mark.parametrize("source", SOURCES)
def test_a_page_being_shown_to_a_holder_shows_everything(gated, alice, pro, now, source):
    give(alice, pro, at=now)
    context = gated.get_context(a_request(alice))
    assert CANARY in rendered(source, **context)


@pytest.mark.parametrize("source", SOURCES)
def test_a_page_being_shown_to_a_stranger_does_not(gated, charlie, source):
    assert CANARY not in rendered(source, **gated.get_context(a_request(charlie)))


def test_a_list_shows_the_rest_of_other_pages_to_holders_where_it_passes_the_request(
    gated, home, alice, charlie, pro, now
):
    give(alice, pro, at=now)
    source = "{% for each in pages %}{% include_block each.body %}{% endfor %}"
    pages = StreamPage.objects.filter(pk=gated.pk)
    request = a_request(alice)
    assert CANARY in rendered(source, pages=pages, page=home, request=request)
    assert was_touched(request)
    assert CANARY not in rendered(source, pages=pages, page=home, request=a_request(charlie))


def test_the_page_of_a_list_does_not_open_the_streams_in_it(gated, home, make_page, charlie):
    open_page = make_page(("text", "List"), slug="list")
    source = "{% for each in pages %}{% include_block each.body %}{% endfor %}"
    context = open_page.get_context(a_request(charlie))
    assert CANARY not in rendered(source, **context, pages=[StreamPage.objects.get(pk=gated.pk)])


def test_the_paywall_shows_what_is_above_and_nothing_below(gated, client, charlie):
    for user in (None, charlie):
        if user:
            client.force_login(user)
        source = client.get(gated.url).content.decode()
        assert TEASER in source
        assert CANARY not in source
        assert '<meta name="robots" content="noarchive">' in source


def test_a_gated_block_above_the_line_holds_on_the_paywall(make_page, client, alice, pro, team, now):
    page = make_page(("gated", only_for(team, otherwise="For Team")), ("line", None), ("text", "x"))
    gate_page(page, pro)
    assert "For Team" in client.get(page.url).content.decode()
    assert CANARY not in client.get(page.url).content.decode()
    give(alice, team, at=now)
    client.force_login(alice)
    assert CANARY in client.get(page.url).content.decode()


def test_without_a_line_the_paywall_shows_the_text_teaser(make_page, client, pro):
    page = make_page(("text", CANARY), search_description="In one sentence.")
    nothing = make_page(("line", None), ("text", CANARY), slug="b", search_description="Another one.")
    gate_page(page, pro)
    gate_page(nothing, pro)
    for each, words in ((page, "In one sentence."), (nothing, "Another one.")):
        source = client.get(each.url).content.decode()
        assert f'<div class="licensing-teaser"><p>{words}</p></div>' in source
        assert CANARY not in source


def test_holders_see_all_of_the_page_and_no_line(gated, client, alice, pro, now):
    give(alice, pro, at=now)
    client.force_login(alice)
    response = client.get(gated.url)
    source = response.content.decode()
    assert TEASER in source
    assert source.count(CANARY) == 2
    assert source.count('<div class="licensing-gated">') == 2
    assert response["Cache-Control"] == "private, no-store"


def test_the_apis_end_at_the_line(gated, client, alice, pro, now):
    block = gated.body.stream_block
    for context in (None, {}, {"request": None}, {"request": a_request()}):
        shown = json.dumps(block.get_api_representation(gated.body, context))
        assert TEASER in shown
        assert CANARY not in shown
        assert '"type": "line"' in shown
    give(alice, pro, at=now)
    shown = block.get_api_representation(gated.body, {"request": a_request(alice)})
    assert [each["type"] for each in shown] == ["text", "text", "rich"]
    assert CANARY in json.dumps(shown)
    assert block.get_api_representation(None) == []


def test_the_apis_show_all_of_a_page_without_a_gate(article, client):
    assert CANARY in client.get(f"/api/v2/pages/{article.pk}/").content.decode()


def test_the_search_index_ends_at_the_line(article):
    assert StreamPage.objects.search("lines").count() == 1
    assert StreamPage.objects.search(CANARY).count() == 0


def test_the_reference_index_goes_on_below_the_line(make_page, pro, team):
    page = make_page(("line", None), ("gated", only_for(team)))
    gate_page(page, pro)
    ReferenceIndex.create_or_update_for_object(page)
    assert ReferenceIndex.get_references_to(team).count() == 1


def test_python_code_gets_and_keeps_everything(gated):
    assert len(gated.body) == 4
    assert [each.block_type for each in gated.body] == ["text", "line", "text", "rich"]
    gated.body.append(("text", "added"))
    gated.save()
    again = StreamPage.objects.get(pk=gated.pk)
    assert [each.value for each in again.body if each.block_type == "text"] == [TEASER, CANARY, "added"]
    assert CANARY in json.dumps(list(again.body.raw_data))
    again.body = [(each.block_type, each.value) for each in again.body]
    again.save_revision().publish()
    assert len(StreamPage.objects.get(pk=gated.pk).body) == 5


def test_the_form_of_an_editor_has_everything(gated, client, erin):
    part = gated.body()
    assert isinstance(part, PaywallStreamValue)
    assert len(part) == 2
    block = gated.body.stream_block
    assert block.get_prep_value(part) == block.get_prep_value(gated.body)
    assert CANARY in str(block.get_form_state(part))
    assert len(block.clean(part)) == 4
    assert len(list(block.extract_references(part))) == len(list(block.extract_references(gated.body)))
    assert block.get_block_by_content_path(part, ["id-2"]).value == CANARY
    form = StreamPage.get_edit_handler().get_form_class()(instance=gated, for_user=erin)
    assert CANARY in str(form["body"].as_widget())
    assert model_to_dict(gated)["body"] == gated.body
    client.force_login(erin)
    assert CANARY in client.get(f"/admin/pages/{gated.pk}/edit/").content.decode()


def test_saving_in_the_editor_loses_nothing(gated, client, erin):
    from wagtail.test.utils.form_data import nested_form_data, streamfield

    client.force_login(erin)
    blocks = streamfield([("text", TEASER), ("line", ""), ("text", f"{CANARY} again")])
    data = nested_form_data({"title": "Blocks", "slug": "blocks", "body": blocks})
    response = client.post(f"/admin/pages/{gated.pk}/edit/", {**data, "action-publish": "1"})
    assert response.status_code == 302
    stored = StreamPage.objects.get(pk=gated.pk).body
    assert [each.block_type for each in stored] == ["text", "line", "text"]
    revision = StreamPage.objects.get(pk=gated.pk).latest_revision
    compare = f"/admin/pages/{gated.pk}/revisions/compare/earliest...{revision.pk}/"
    assert client.get(compare).status_code == 200


def test_one_line_is_enough(article):
    block = article.body.stream_block
    value = block.to_python([("line", None), ("text", "x"), ("line", None)])
    with pytest.raises(ValidationError):
        block.clean(value)
    assert len(block.clean(block.to_python([("line", None), ("text", "x")]))) == 2


def test_the_first_line_counts_where_there_are_two(make_page, pro):
    page = make_page(("text", TEASER), ("line", None), ("text", CANARY), ("line", None))
    gate_page(page, pro)
    assert CANARY not in rendered("{{ page.body }}", page=page)


def test_an_editor_previews_the_whole_and_a_persona_what_it_may_see(gated, client, erin, pro):

    client.force_login(erin)
    revision = gated.save_revision()
    response = client.get(f"/admin/pages/{gated.pk}/revisions/{revision.pk}/view/")
    assert response.content.decode().count(CANARY) == 2
    for persona, is_open in (
        (Persona.visitor(), False),
        (Persona.member(), False),
        (Persona.holding([pro.pk]), True),
    ):
        page = StreamPage.objects.get(pk=gated.pk)
        request = a_request(persona)
        request.is_preview = True
        response = page.serve_preview(request, "").render()
        assert (CANARY in response.content.decode()) is is_open


def test_a_page_that_is_not_saved_yet_can_be_previewed(home, erin, pro):
    page = StreamPage(title="New", slug="new", body=[("line", None), ("text", CANARY)])
    page.path, page.depth = home.path + "0999", home.depth + 1
    request = a_request(erin)
    request.is_preview = True
    assert CANARY in page.serve_preview(request, "").render().content.decode()


def test_a_page_from_a_cache_is_shown_to_nobody_yet(gated, alice, pro, now):
    give(alice, pro, at=now)
    gated.get_context(a_request(alice))
    assert CANARY in rendered("{{ page.body }}", page=gated)
    for other in (pickle.loads(pickle.dumps(gated)), copy.deepcopy(gated)):
        assert CANARY not in rendered("{{ page.body }}", page=other)
        assert len(other.body) == 4


def test_a_stream_that_knows_no_page_is_closed_below_the_line(article):
    loose = article.body.stream_block.to_python([("text", TEASER), ("line", None), ("text", CANARY)])
    assert CANARY not in rendered("{{ stream }}", stream=loose, request=a_request())
    assert TEASER in rendered("{{ stream }}", stream=loose)


def test_an_error_closes(gated, monkeypatch, alice, pro, now):
    give(alice, pro, at=now)

    def fail(*args, **kwargs):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("wagtail_licensing.access.reader.load_holdings", fail)
    source = "{% include_block page.body %}"
    assert CANARY not in rendered(source, page=gated, request=a_request(alice))


def test_a_gated_page_with_a_line_costs_no_more(gated, client, alice, pro, now, settings):
    settings.WAGTAIL_LICENSING_GATE_INDEX_MAX_AGE = 3600
    plain = StreamPage(title="Plain", slug="plain", body=[("text", "x")])
    gated.get_parent().add_child(instance=plain)
    gate_page(plain, pro)
    give(alice, pro, at=now)
    client.force_login(alice)
    counts = []
    for page in (plain, gated):
        client.get(page.url)
        with CaptureQueriesContext(connection) as queries:
            client.get(page.url)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_values_know_how_to_be_empty(article):
    block = article.body.stream_block
    for value in (block.empty_value(), block.to_python([]), block.bulk_to_python([[]])[0]):
        assert isinstance(value, PaywallStreamValue)
        assert block.get_prep_value(value) == []
        assert block.above_the_line(value) is None
    assert (
        StreamPage._meta.get_field("body").get_prep_value(block.to_python("<p>old</p>")) == "<p>old</p>"
    )
