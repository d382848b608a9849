"""{% if_licensed %}, its Jinja2 brother, and what search engines are told."""

import json
import re

import pytest
from django.template import TemplateSyntaxError
from jinja2 import Environment

from tests.blocks.conftest import a_request, only_for, rendered
from tests.conftest import CANARY, gate_page, give
from wagtail_licensing.gates.headers import was_touched
from wagtail_licensing.gates.marks import marking
from wagtail_licensing.models import EntitlementRule, Gate

pytestmark = pytest.mark.django_db


def shown(arguments, user=None, **context):
    context.setdefault("request", a_request(user))
    source = "{% if_licensed " + arguments + " %}" + CANARY + "{% else %}no{% endif_licensed %}"
    return rendered(source, **context)


def test_holders_of_one_of_the_products_see_it(alice, charlie, dana, pro, basic, team, now):
    give(alice, team, at=now)
    give(charlie, basic, at=now)
    assert shown('"pro" "team"', alice) == CANARY
    for user in (None, charlie, dana):
        assert shown('"pro" "team"', user) == "no"
    assert shown("product", alice, product=team) == CANARY
    assert shown("product", charlie, product=team) == "no"
    assert shown("slug", alice, slug="team") == CANARY


def test_an_unknown_product_is_closed_and_the_others_still_open(alice, team, now):
    give(alice, team, at=now)
    assert shown('"taem"', alice) == "no"
    assert shown('"taem" "team"', alice) == CANARY
    assert shown("missing", alice) == "no"
    assert shown("page=missing", alice) == "no"


def test_a_named_area_opens_with_its_gate(alice, charlie, pro, now):
    assert shown('area="tools"', alice) == "no"
    gate = Gate.objects.create(kind="area", area="tools")
    EntitlementRule.objects.create(gate=gate, product=pro)
    give(alice, pro, at=now)
    assert shown('area="tools"', alice) == CANARY
    assert shown('area="tools"', charlie) == "no"
    assert shown('area="tool"', alice) == "no"


def test_a_page_opens_with_its_gate(alice, charlie, gated_article, home, pro, now):
    give(alice, pro, at=now)
    assert shown("page=page", alice, page=gated_article) == CANARY
    assert shown("page=page", charlie, page=gated_article) == "no"
    assert shown("page=page", None, page=home) == CANARY
    assert shown('"basic" page=page', alice, page=gated_article) == CANARY


def test_without_a_request_it_is_closed(alice, team, now):
    give(alice, team, at=now)
    assert shown('"team"', alice, request=None) == "no"
    source = '{% if_licensed "team" %}' + CANARY + "{% endif_licensed %}"
    assert rendered(source) == ""
    assert rendered(source, request=a_request(alice)) == CANARY


def test_whoever_asks_the_answer_is_marked_as_one_for_a_person(team):
    request = a_request()
    shown('"team"', request=request)
    assert was_touched(request)


def test_an_error_closes(alice, team, now, monkeypatch, caplog):
    give(alice, team, at=now)

    def fail(*args, **kwargs):
        raise RuntimeError(CANARY)

    monkeypatch.setattr("wagtail_licensing.gates.parts._ids_of", fail)
    assert shown('"team"', alice) == "no"
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "for whom is it?"),
        ('aera="x"', "no argument 'aera'"),
        ('area="x" "team"', "products come first"),
    ],
)
def test_mistakes_in_the_tag_are_explained(arguments, words):
    with pytest.raises(TemplateSyntaxError, match=re.escape(words)):
        shown(arguments)


def test_a_tag_that_is_not_closed_is_a_mistake():
    with pytest.raises(TemplateSyntaxError, match="endif_licensed"):
        rendered('{% if_licensed "team" %}')


def test_products_cost_one_query_each_time_and_what_is_held_one(
    alice, pro, team, now, django_assert_num_queries
):
    Gate.objects.create(kind="area", area="tools")
    give(alice, team, at=now)
    source = '{% if_licensed "team" %}x{% endif_licensed %}'
    source += '{% if_licensed "team" "pro" %}y{% endif_licensed %}'
    rendered(source, request=a_request(alice))
    with django_assert_num_queries(3):
        assert rendered(source, request=a_request(alice)) == "xy"


def test_jinja2_templates_ask_the_same(alice, team, pro, make_page, now):
    environment = Environment(extensions=["wagtail_licensing.jinja2tags.licensing"], autoescape=True)
    give(alice, team, at=now)
    source = environment.from_string("{% if is_licensed('team') %}" + CANARY + "{% endif %}")
    assert source.render(request=a_request(alice)) == CANARY
    assert source.render(request=a_request()) == ""
    assert source.render() == ""
    page = make_page(("text", "above"), ("line", None), ("text", CANARY))
    gate_page(page, team)
    source = environment.from_string(
        "{% for block in visible_blocks(page.body) %}{{ block }}{% endfor %}{{ visible_blocks(1) }}"
    )
    assert CANARY in source.render(request=a_request(alice), page=page)
    assert source.render(page=page) == "above1"


@pytest.mark.parametrize(
    ("source", "hers", "theirs"),
    [
        ("{% if is_licensed(area='desk') %}x{% endif %}", "<!-- mark -->x", ""),
        ("{%- if is_licensed('pro', area=name) and 1 -%} x {%- endif %}", "<!-- mark -->x", ""),
        (
            "{% if 0 %}{% elif is_licensed(area='desk') %}x{% else %}y{% endif %}",
            "<!-- mark -->x",
            "y",
        ),
        ("{% if not is_licensed(area='desk') %}x{% endif %}", "", "x"),
        ("{{ 'x' if is_licensed(area='desk') else 'y' }}", "x", "y"),
        ("{% if is_licensed('team') %}x{% endif %}", "x", ""),
    ],
)
def test_a_scan_marks_what_an_area_opens_in_jinja2(alice, charlie, team, now, source, hers, theirs):
    gate = Gate.objects.create(kind="area", area="desk")
    EntitlementRule.objects.create(gate=gate, product=team)
    give(alice, team, at=now)
    template = Environment(
        extensions=["wagtail_licensing.jinja2tags.licensing"], autoescape=True
    ).from_string(source)
    unmarked = hers.replace("<!-- mark -->", "")
    assert template.render(request=a_request(alice), name="desk") == unmarked
    with marking({"desk": "mark"}):
        assert template.render(request=a_request(alice), name="desk") == hers
        assert template.render(request=a_request(charlie), name="desk") == theirs
        assert template.render(name="desk") == theirs


def data_of(source):
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', source)
    assert len(found) == 1
    data = json.loads(found[0])
    assert data["@context"] == "https://schema.org"
    assert set(data) - {"hasPart"} == {
        "@context",
        "@type",
        "name",
        "description",
        "isAccessibleForFree",
    }
    assert isinstance(data["isAccessibleForFree"], bool)
    if part := data.get("hasPart"):
        assert part == {
            "@type": "WebPageElement",
            "isAccessibleForFree": False,
            "cssSelector": ".licensing-gated",
        }
    return data


def test_a_free_page_is_said_to_be_free(make_page, client):
    page = make_page(("text", "above"), ("line", None), ("text", "below"))
    data = data_of(client.get(page.url).content.decode())
    assert data["isAccessibleForFree"] is True
    assert "hasPart" not in data
    gate_page(page, audience="everyone")
    assert data_of(client.get(page.url).content.decode())["isAccessibleForFree"] is True


def test_a_gated_page_is_said_not_to_be_free_whoever_reads_it(make_page, client, alice, pro, now):
    page = make_page(("text", "above"), ("line", None), ("text", CANARY), search_description="Short.")
    gate_page(page, pro)
    give(alice, pro, at=now)
    paywall = client.get(page.url).content.decode()
    client.force_login(alice)
    article = client.get(page.url).content.decode()
    for source in (paywall, article):
        data = data_of(source)
        assert data["isAccessibleForFree"] is False
        assert data["hasPart"]["cssSelector"] == ".licensing-gated"
        assert data["description"] == "Short."
        assert 'licensing-gated"' in source.split("</head>")[1]
    assert CANARY not in paywall
    assert CANARY not in json.dumps(data_of(article))


@pytest.mark.parametrize(
    "block",
    [
        lambda team: ("gated", only_for(team)),
        lambda team: ("list", [{"type": "item", "value": only_for(team), "id": "l"}]),
        lambda team: ("card", {"inner": only_for(team)}),
    ],
)
def test_a_page_with_a_gated_block_is_free_in_part(make_page, client, alice, team, now, block):
    page = make_page(("text", "free"), block(team))
    give(alice, team, at=now)
    assert data_of(client.get(page.url).content.decode())["isAccessibleForFree"] is False
    client.force_login(alice)
    source = client.get(page.url).content.decode()
    assert data_of(source)["hasPart"]["cssSelector"] == ".licensing-gated"
    assert '<div class="licensing-gated">' in source
    empty = make_page(("list", []), slug="empty")
    assert data_of(client.get(empty.url).content.decode())["isAccessibleForFree"] is True
