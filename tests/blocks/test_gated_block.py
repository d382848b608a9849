"""A gated block: who sees its content, on which ways."""

import json

import pytest
from django.core.exceptions import ValidationError
from wagtail.blocks import CharBlock, StructBlock, StructValue
from wagtail.models import ReferenceIndex, get_page_models

from tests.blocks.conftest import a_request, only_for, rendered, stream
from tests.conftest import CANARY, give
from tests.testapp.models import StreamPage
from wagtail_licensing.access import Persona
from wagtail_licensing.blocks import GatedBlock, GatedBlockMixin, GatedValue, gated
from wagtail_licensing.gates.headers import was_touched
from wagtail_licensing.models import EntitlementRule, Gate, LicenseProduct

pytestmark = pytest.mark.django_db

#: Every way of putting a gated block into a stream; the raw value of each for some products.
NESTINGS = {
    "gated": lambda *products: only_for(*products),
    "callout": lambda *products: only_for(*products),
    "group": lambda *products: {
        **{k: v for k, v in only_for(*products).items() if k == "only_for"},
        "content": [{"type": "text", "value": CANARY, "id": "t"}],
    },
    "list": lambda *products: [{"type": "item", "value": only_for(*products), "id": "l"}],
    "card": lambda *products: {"inner": only_for(*products)},
}


@pytest.fixture(params=NESTINGS)
def nested(request, make_page, team):
    """A page without a gate, with a block for Team in one of the nestings."""
    return make_page(("text", "For everybody."), (request.param, NESTINGS[request.param](team)))


def html(page, user=None, source="{% include_block page.body %}"):
    return rendered(source, page=page, request=a_request(user))


def test_holders_see_the_content_and_nobody_else(nested, alice, charlie, dana, pro, team, now):
    give(alice, team, at=now)
    give(charlie, pro, at=now)
    assert CANARY in html(nested, alice)
    assert '<div class="licensing-gated">' in html(nested, alice)
    for user in (None, charlie, dana):
        assert CANARY not in html(nested, user)
        assert "For everybody." in html(nested, user)


def test_a_license_that_ended_closes_the_block(nested, dana, team, now):
    from datetime import timedelta

    give(dana, team, at=now - timedelta(days=9), starts_at=now - timedelta(days=9), ends_at=now)
    assert CANARY not in html(nested, dana)


@pytest.mark.parametrize(
    "source",
    [
        "{{ page.body }}",
        "{% include_block page.body only %}",
        "{% for block in page.body %}{{ block }}{% endfor %}",
        "{% for block in page.body %}{{ block.value }}{% endfor %}",
        "{% for block in page.body %}{{ block.value.text }}{{ block.value.heading }}{% endfor %}",
        "{% for block in page.body %}{{ block.value.inner.text }}{{ block.value.content }}{% endfor %}",
        "{% for block in page.body %}{% for name, value in block.value.items %}{{ value }}{% endfor %}"
        "{% endfor %}",
        "{% for block in page.body %}{{ block.value.bound_blocks.text }}{% endfor %}",
        "{% for block in page.body %}{% for each in block.value %}{{ each.text }}{% endfor %}"
        "{% endfor %}",
        "{{ page.body.1.value.text }}",
    ],
)
def test_a_template_that_does_not_pass_the_request_shows_nothing(nested, alice, team, now, source):
    give(alice, team, at=now)
    assert CANARY not in html(nested, alice, source)
    assert CANARY not in html(nested, None, source)


def test_templates_that_pass_the_request_block_by_block_show_it_to_holders(nested, alice, team, now):
    source = "{% for block in page.body %}{% include_block block %}{% endfor %}"
    give(alice, team, at=now)
    assert CANARY in html(nested, alice, source)
    assert CANARY not in html(nested, None, source)


def test_without_a_request_it_is_closed(nested):
    assert CANARY not in nested.body.render_as_block()
    assert CANARY not in str(nested.body)
    assert CANARY not in nested.body.render_as_block({"request": None})


def test_the_page_shows_it_to_holders_and_no_cache_keeps_the_page(nested, client, alice, team, now):
    give(alice, team, at=now)
    for user in (None, alice):
        if user:
            client.force_login(user)
        response = client.get(nested.url)
        assert (CANARY in response.content.decode()) is (user is alice)
        assert response["Cache-Control"] == "private, no-store"


def test_apis_show_it_to_holders_only(nested, client, alice, team, now):
    give(alice, team, at=now)
    addresses = [f"/api/v2/pages/{nested.pk}/", "/api/v2/pages/?type=testapp.StreamPage&fields=*"]
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200
        assert "For everybody." in response.content.decode()
        assert CANARY not in response.content.decode()
    client.force_login(alice)
    response = client.get(addresses[0])
    assert CANARY in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"


def test_the_third_api_shows_it_to_nobody_without_a_license(nested, client):
    pytest.importorskip("wagtail.api.v3", exc_type=ImportError)
    response = client.get(f"/api/v3/pages/{nested.pk}/")
    assert response.status_code == 200
    assert "For everybody." in response.content.decode()
    assert CANARY not in response.content.decode()


def test_the_representation_without_a_request_is_closed(nested):
    block = nested.body.stream_block
    for context in (None, {}, {"request": None}):
        assert CANARY not in json.dumps(block.get_api_representation(nested.body, context))


def test_the_search_index_has_nothing_of_it(nested):
    texts = nested.body.stream_block.get_searchable_content(nested.body)
    assert texts[0] == "For everybody."
    assert CANARY not in str(texts)
    assert StreamPage.objects.search("everybody").count() == 1
    assert StreamPage.objects.search(CANARY).count() == 0


def test_many_blocks_cost_one_question(make_page, alice, team, now, django_assert_num_queries):
    give(alice, team, at=now)
    Gate.objects.create(kind="area", area="elsewhere")
    page = make_page(*[("gated", only_for(team))] * 5)
    request = a_request(alice)
    rendered("{% include_block page.body %}", page=page, request=a_request(alice))
    with django_assert_num_queries(1):
        shown = rendered("{% include_block page.body %}", page=page, request=request)
    assert shown.count(CANARY) == 5


def test_a_touched_request_is_marked(make_page, team):
    page = make_page(("gated", only_for(team)))
    request = a_request()
    assert not was_touched(request)
    rendered("{% include_block page.body %}", page=page, request=request)
    assert was_touched(request)


def test_the_teaser_is_for_the_others(make_page, client, alice, team, now):
    page = make_page(("gated", only_for(team, otherwise="Ask for <Team>")))
    give(alice, team, at=now)
    assert "Ask for &lt;Team&gt;" in html(page)
    assert "Ask for" not in html(page, alice)
    assert page.body.stream_block.get_searchable_content(page.body) == ["Ask for <Team>"]
    body = client.get(f"/api/v2/pages/{page.pk}/").json()["body"]
    assert body[0]["value"] == {"is_open": False, "teaser": "Ask for <Team>"}
    client.force_login(alice)
    body = client.get(f"/api/v2/pages/{page.pk}/").json()["body"]
    assert body[0]["value"] == {"is_open": True, "heading": "Inside", "text": f"It holds {CANARY}."}


def test_the_template_of_a_block_is_rendered_for_holders(make_page, alice, team, now):
    page = make_page(("callout", only_for(team)))
    give(alice, team, at=now)
    shown = html(page, alice)
    assert "<aside><h2>Inside</h2>" in shown
    assert f"<p>It holds {CANARY}.</p></aside>" in shown
    assert "<aside>" not in html(page)


def test_a_named_area_opens_the_block(make_page, alice, charlie, pro, now):
    gate = Gate.objects.create(kind="area", area="tools")
    EntitlementRule.objects.create(gate=gate, product=pro)
    page = make_page(("gated", only_for(only_in_area="tools")))
    give(alice, pro, at=now)
    assert CANARY in html(page, alice)
    assert CANARY not in html(page, charlie)
    gate.delete()
    assert CANARY not in html(page, alice)


def test_a_block_for_nobody_is_closed(make_page, alice, pro, now):
    give(alice, pro, at=now)
    assert CANARY not in html(make_page(("gated", only_for())), alice)
    assert CANARY not in html(make_page(("gated", only_for(only_in_area="x")), slug="other"), alice)


def test_a_deleted_product_closes_and_another_one_still_opens(make_page, alice, basic, team, now):
    give(alice, team, at=now)
    gone = LicenseProduct.objects.create(name="Gone", slug="gone", kind="perpetual")
    page = make_page(("gated", only_for(gone)))
    both = make_page(("gated", only_for(gone, team)), slug="both")
    gone.delete()
    page, both = (StreamPage.objects.get(pk=each.pk) for each in (page, both))
    assert CANARY not in html(page, alice)
    assert CANARY in html(both, alice)


def test_an_archived_product_opens_for_those_who_have_it(make_page, alice, charlie, team, now):
    give(alice, team, at=now)
    page = make_page(("gated", only_for(team)))
    LicenseProduct.objects.update(is_archived=True)
    assert CANARY in html(StreamPage.objects.get(pk=page.pk), alice)
    assert CANARY not in html(StreamPage.objects.get(pk=page.pk), charlie)
    chooser = page.body.stream_block.child_blocks["gated"].child_blocks["only_for"].child_block.widget
    team.refresh_from_db()
    assert chooser.get_value_data(team)["title"] == "Team (archived)"


def test_an_error_closes(make_page, alice, team, now, monkeypatch, caplog):
    give(alice, team, at=now)
    page = make_page(("gated", only_for(team)))

    def fail(*args, **kwargs):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("wagtail_licensing.access.reader.load_holdings", fail)
    assert CANARY not in html(page, alice)
    assert CANARY not in caplog.text


def test_a_persona_sees_what_somebody_like_it_sees(make_page, pro, team):

    page = make_page(("gated", only_for(team)))
    assert CANARY in html(page, Persona.holding([team.pk]))
    for persona in (Persona.visitor(), Persona.member(), Persona.holding([pro.pk])):
        assert CANARY not in html(page, persona)


def test_an_editor_sees_the_draft_whole_in_the_preview_and_not_on_the_site(make_page, erin, team, rf):

    page = make_page(("gated", only_for(team)))
    assert CANARY not in html(page, erin)
    preview = a_request(erin)
    preview.is_preview = True
    source = "{% include_block page.body %}"
    assert CANARY in rendered(source, page=page, request=preview)
    for other in (None, Persona.visitor(), Persona.member()):
        preview = a_request(other)
        preview.is_preview = True
        assert CANARY not in rendered(source, page=page, request=preview)


def test_the_preview_of_a_page_shows_its_editors_all(make_page, client, erin, charlie, team):
    page = make_page(("gated", only_for(team)))
    request = a_request(erin)
    request.META["HTTP_COOKIE"] = ""
    client.force_login(erin)
    response = client.get(f"/admin/pages/{page.pk}/revisions/0/view/", follow=False)
    assert response.status_code == 404
    revision = page.save_revision()
    response = client.get(f"/admin/pages/{page.pk}/revisions/{revision.pk}/view/")
    assert CANARY in response.content.decode()
    client.force_login(charlie)
    response = client.get(f"/admin/pages/{page.pk}/revisions/{revision.pk}/view/")
    assert CANARY not in response.content.decode()


def test_the_sample_in_the_block_picker_is_shown(settings):
    block = GatedBlock([("text", CharBlock(default=CANARY))])
    block.set_name("gated")
    context = {"request": a_request(), "block_def": block}
    assert CANARY in block.render(block.get_preview_value(), context)
    other = {"request": a_request(), "block_def": GatedBlock([("text", CharBlock())])}
    assert CANARY not in block.render(block.get_preview_value(), other)


def test_the_reference_index_knows_products_and_content(make_page, team):
    page = make_page(("gated", only_for(team)))
    ReferenceIndex.create_or_update_for_object(page)
    assert ReferenceIndex.get_references_to(team).count() == 1
    assert StreamPage in get_page_models()


def test_what_python_code_does_with_the_value_loses_nothing(nested):
    forms = [child.block.get_form_state(child.value) for child in nested.body]
    assert CANARY in json.dumps(forms)
    nested.save()
    assert CANARY in json.dumps(StreamPage.objects.get(pk=nested.pk).body.get_prep_value())


def test_what_a_template_got_is_stored_whole(make_page, team):
    page = make_page(("gated", only_for(team)))
    child = page.body[1 - 1]
    part = child.value()
    assert isinstance(part, GatedValue)
    assert "text" not in part
    assert child.block.get_prep_value(part) == child.block.get_prep_value(child.value)
    assert child.block.get_form_state(part) == child.block.get_form_state(child.value)
    assert CANARY in str(list(child.block.clean(part).items()))


def test_it_is_published_only_with_somebody_who_can_open_it():
    block = GatedBlock([("text", CharBlock())])
    value = block.to_python({"text": "x", "only_for": [], "only_in_area": "", "otherwise": ""})
    with pytest.raises(ValidationError) as caught:
        block.clean(value)
    assert set(caught.value.block_errors) == {"only_for"}
    assert block.clean_deferred(value)["text"] == "x"


def test_settings_of_a_block_cannot_be_taken_for_content():
    with pytest.raises(ValueError):
        GatedBlock([("only_for", CharBlock())])


def test_a_block_of_a_site_becomes_gated_with_the_mixin(alice, team, now):
    class QuoteValue(GatedValue):
        pass

    class Plain(StructValue):
        pass

    class Quote(StructBlock):
        words = CharBlock()

        class Meta:
            value_class = QuoteValue

    class GatedQuote(GatedBlockMixin, Quote):
        class Meta:
            pass

    class Wrong(GatedBlockMixin, Quote):
        class Meta:
            value_class = Plain

    block = GatedQuote()
    assert list(block.child_blocks) == ["words", "only_for", "only_in_area", "otherwise"]
    assert block.meta.form_layout.children == ["words"]
    assert block.meta.form_layout.settings == ["only_for", "only_in_area", "otherwise"]
    give(alice, team, at=now)
    value = block.to_python({"words": CANARY, "only_for": [team.pk]})
    assert isinstance(value, QuoteValue)
    assert CANARY in block.render(value, {"request": a_request(alice)})
    assert CANARY not in block.render(value, {"request": a_request()})
    with pytest.raises(TypeError):
        Wrong()


def test_any_block_can_be_wrapped(alice, team, now):
    give(alice, team, at=now)
    for inner in (CharBlock, CharBlock()):
        block = gated(inner)
        value = block.to_python({"content": CANARY, "only_for": [team.pk]})
        assert CANARY in block.render(value, {"request": a_request(alice)})
        assert CANARY not in block.render(value, {"request": a_request()})


def test_the_editor_says_for_whom_the_block_is():
    from wagtail.blocks.struct_block import StructBlockAdapter

    block = GatedBlock([("text", CharBlock())])
    block.set_name("gated")
    meta = StructBlockAdapter().js_args(block)[2]
    assert str(meta["labelFormat"]) == "Only: {only_for} {only_in_area}"
    assert meta["formLayout"].settings == ["only_for", "only_in_area", "otherwise"]
    assert stream() == []
