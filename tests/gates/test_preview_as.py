"""Preview as somebody else in the editor, and a look at the live site as somebody else."""

import pytest
from django.core import signing
from django.test import Client

from tests.conftest import CANARY, gate_page, make_user
from tests.testapp.models import RoutedPage
from wagtail_licensing.gates import personas, view_as
from wagtail_licensing.models import Gate, MeteredRead
from wagtail_licensing.signals import access_denied


def as_(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def preview(client, page, mode):
    return client.get(f"/admin/pages/{page.pk}/view_draft/", {"mode": mode})


def product(one) -> str:
    return f"licensing:product:{one.pk}"


def test_the_panel_offers_a_visitor_members_and_each_product(erin, gated_article, pro, basic):
    body = as_(erin).get(f"/admin/pages/{gated_article.pk}/edit/").content.decode()

    for words in ("As a visitor", "As a member without a license", "As a member with Pro", "in grace"):
        assert words in body
    assert f'value="{product(basic)}"' in body


def test_each_person_gets_what_they_would_get(erin, gated_article, pro, basic):
    client = as_(erin)
    seen = {
        mode: CANARY in preview(client, gated_article, mode).content.decode()
        for mode in ("", "licensing:visitor", "licensing:member", product(pro), product(basic))
    }

    assert list(seen.values()) == [True, False, False, True, False]
    assert CANARY in preview(client, gated_article, "licensing:grace").content.decode()


@pytest.mark.parametrize(
    "mode",
    ["licensing:", "licensing:nobody", "licensing:product:x", "licensing:product:99999999999999999999"],
)
def test_a_mode_that_is_not_there_shows_what_somebody_with_nothing_gets(erin, gated_article, mode):
    answer = preview(as_(erin), gated_article, mode)

    assert answer.status_code == 200
    assert CANARY not in answer.content.decode()


def test_a_page_with_routes_of_its_own_is_previewed_too(erin, home, pro):
    page = home.add_child(instance=RoutedPage(title="R", slug="r", body=f"<p>{CANARY}</p>"))
    gate_page(page, pro)

    assert CANARY not in preview(as_(erin), page, "licensing:visitor").content.decode()
    assert CANARY in preview(as_(erin), page, product(pro)).content.decode()


@pytest.mark.parametrize(
    ("without_access", "words"), [("login", "leads to the sign-in page"), ("not_found", "404")]
)
def test_what_cannot_be_shown_is_put_in_words(erin, gated_article, without_access, words):
    Gate.objects.update(without_access=without_access)

    body = preview(as_(erin), gated_article, "licensing:visitor").content.decode()

    assert words in body
    assert CANARY not in body


def test_a_preview_is_stored_nowhere_and_denies_nobody(erin, gated_article):
    heard = []
    access_denied.connect(lambda **kwargs: heard.append(kwargs), weak=False, dispatch_uid="t")
    try:
        answer = preview(as_(erin), gated_article, "licensing:visitor")
    finally:
        access_denied.disconnect(dispatch_uid="t")

    assert "no-store" in answer["Cache-Control"]
    assert heard == []


def test_previews_are_for_editors_only(charlie, gated_article):
    for client in (Client(), as_(charlie)):
        assert preview(client, gated_article, "licensing:grace").status_code in (302, 403)


def test_a_page_type_with_modes_of_its_own_keeps_them(erin, article, monkeypatch):
    monkeypatch.setattr(type(article), "preview_modes", [("mine", "Mine")], raising=False)

    body = as_(erin).get(f"/admin/pages/{article.pk}/edit/").content.decode()

    assert "As a visitor" not in body
    assert article.default_preview_mode == "mine"


def live(client, page, mode, user):
    token = signing.dumps([str(user.pk), page.pk, mode], salt=view_as._SALT, compress=True)
    return client.get(page.url, {"view-as": token})


def test_an_editor_sees_the_live_page_as_somebody_else_with_a_bar(erin, gated_article, pro):
    client = as_(erin)
    visitor = live(client, gated_article, personas.VISITOR, erin)
    holder = live(client, gated_article, product(pro), erin)

    for answer in (visitor, holder):
        assert "You see this page like this" in answer.content.decode()
        assert answer["Cache-Control"] == "private, no-store"
    assert CANARY not in visitor.content.decode()
    assert CANARY in holder.content.decode()
    # The next click is the editor's own again.
    again = client.get(gated_article.url).content.decode()
    assert CANARY in again
    assert "You see this page like this" not in again


def test_a_token_is_good_for_its_editor_its_page_and_an_hour(
    erin, charlie, gated_article, home, pro, course
):
    gate_page(course, pro)
    by_erin = signing.dumps(
        [str(erin.pk), gated_article.pk, product(pro)], salt=view_as._SALT, compress=True
    )
    for client in (Client(), as_(charlie), as_(make_user("other"))):
        body = client.get(gated_article.url, {"view-as": by_erin}).content.decode()
        assert CANARY not in body
        assert "You see this page" not in body
    other_page = as_(erin).get(course.url, {"view-as": by_erin}).content.decode()
    assert "You see this page like this" not in other_page


def test_a_member_cannot_make_a_token_and_a_former_editor_loses_it(erin, charlie, gated_article, pro):
    own = signing.dumps(
        [str(charlie.pk), gated_article.pk, product(pro)], salt=view_as._SALT, compress=True
    )
    assert CANARY not in as_(charlie).get(gated_article.url, {"view-as": own}).content.decode()

    client = as_(erin)
    erin.groups.clear()
    assert CANARY not in live(client, gated_article, product(pro), erin).content.decode()


@pytest.mark.parametrize("token", ["", "x", "a:b:c", "licensing:product:1"])
def test_a_forged_token_is_as_if_there_were_none(erin, charlie, gated_article, token):
    plain = as_(charlie).get(gated_article.url, {"view-as": token})
    assert CANARY not in plain.content.decode()
    assert (
        "You see this page" not in as_(erin).get(gated_article.url, {"view-as": token}).content.decode()
    )


def test_nothing_is_read_on_the_meter_of_an_editor_who_looks(erin, gated_article):
    Gate.objects.update(free_reads=3)
    live(as_(erin), gated_article, personas.MEMBER, erin)

    assert not MeteredRead.objects.exists()


def test_a_request_without_the_parameter_costs_no_query_more(article, django_assert_num_queries):
    from django.test import RequestFactory

    request = RequestFactory().get("/")
    with django_assert_num_queries(0):
        assert not view_as.enter(article, request)
