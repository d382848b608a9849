"""Gated blocks and the paywall line in GraphQL."""

import json

import pytest

from tests.blocks.conftest import only_for
from tests.conftest import CANARY, give

pytest.importorskip("grapple", reason="wagtail-grapple is not installed")

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.apisite.urls")]

BLOCK = "blockType field ... on TextBlock { value } ... on RichTextBlock { value }"
DEEP = f"{BLOCK} ... on StructBlock {{ blocks {{ {BLOCK} }} }}"
DEEPER = f"{DEEP} ... on StructBlock {{ blocks {{ {DEEP} }} }} ... on ListBlock {{ items {{ {DEEP} }} }}"


def ask(client, page, fields=DEEPER):
    query = f"{{ page(id: {page.pk}) {{ title ... on StreamPage {{ body {{ {fields} }} }} }} }}"
    response = client.post(
        "/grapple/graphql/", json.dumps({"query": query}), content_type="application/json"
    )
    answer = json.loads(response.content)
    # Grapple writes no struct with a list in it out as a text.
    assert "errors" not in answer or fields != DEEPER, answer
    assert answer["data"]["page"]["title"] == "Blocks"
    return response, json.dumps(answer)


def test_gated_blocks_are_closed_in_graphql_and_open_for_holders(make_page, client, alice, team, now):
    page = make_page(
        ("text", "For everybody."),
        ("gated", only_for(team, otherwise="Ask us")),
        ("card", {"inner": only_for(team, otherwise="")}),
        ("list", [{"type": "item", "value": only_for(team, otherwise=""), "id": "l"}]),
        (
            "group",
            {**only_for(team, otherwise=""), "content": [{"type": "text", "value": CANARY, "id": "t"}]},
        ),
    )
    response, shown = ask(client, page)
    assert "For everybody." in shown
    assert "Ask us" in shown
    assert CANARY not in shown
    assert (
        CANARY not in ask(client, page, fields="rawValue ... on StructBlock { blocks { rawValue } }")[1]
    )
    assert response["Cache-Control"] == "private, no-store"
    give(alice, team, at=now)
    client.force_login(alice)
    assert CANARY in ask(client, page)[1]


def test_below_the_line_there_is_nothing_in_graphql(make_page, client, home, pro):
    from tests.conftest import gate_page
    from tests.testapp.models import StreamPage
    from wagtail_licensing.gates.graphql import _shown_block, _without_closed

    page = make_page(("text", "For everybody."), ("line", None), ("text", CANARY))
    assert CANARY in ask(client, page)[1]
    gate_page(page, pro)
    from graphql import GraphQLList, GraphQLString

    stream = StreamPage.objects.get(pk=page.pk).body
    assert _shown_block(1, None) == 1
    for kind in (GraphQLString, GraphQLList(GraphQLString)):
        shown = _without_closed(stream, kind, None)
        assert CANARY not in json.dumps(list(shown.raw_data))
        assert "For everybody." in json.dumps(list(shown.raw_data))
