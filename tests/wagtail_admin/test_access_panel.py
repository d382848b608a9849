"""The side panel of the editor, and the question before a change that takes something away."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from wagtail import VERSION
from wagtail.models import PageLogEntry

from tests.conftest import gate_page, give
from tests.wagtail_admin.conftest import member_of, post_and_confirm, signed_in, token_in
from tests.wagtail_admin.test_page_access import XHR, rules, text, url
from wagtail_licensing.access import has_access
from wagtail_licensing.models import EntitlementRule, Gate

#: Before Wagtail 8.0 the editor has the dialog only.
WITH_PANEL = pytest.mark.skipif(VERSION < (8, 0), reason="the panel came with Wagtail 8.0")

PANEL = {"headers": {"x-requested-with": "XMLHttpRequest", "x-licensing-panel": "1"}}


def panel(client, page) -> str:
    body = text(client.get(f"/admin/pages/{page.pk}/edit/"))
    return body[body.index('data-side-panel="licensing-access"') :]


@WITH_PANEL
def test_the_editor_has_a_panel_with_the_sentence_and_the_form(access_editor, gated_article):
    shown = panel(signed_in(access_editor), gated_article)

    line = "People with an active <strong>Pro</strong> license, or let in by hand: "
    assert line + "<strong>0 members</strong>." in shown
    assert 'name="csrfmiddlewaretoken"' in shown
    assert 'id="wl_panel_audience_0"' in shown


@WITH_PANEL
def test_the_button_of_the_panel_says_how_the_page_stands(access_editor, gated_article, team):
    EntitlementRule.objects.create(gate=Gate.objects.get(), product=team)
    body = text(signed_in(access_editor).get(f"/admin/pages/{gated_article.pk}/edit/"))

    assert 'aria-label="Access: own rule (Pro, Team)"' in body
    assert re.search(r"data-wl-badge\s*>Pro \+1</span>", body)


@WITH_PANEL
def test_who_may_not_set_access_reads_the_sentence_and_gets_no_form(erin, gated_article):
    shown = panel(signed_in(erin), gated_article)

    assert "People with an active <strong>Pro</strong> license" in shown
    assert "You may not change who can read this page." in shown
    assert "data-wl-access-form" not in shown


def test_the_panel_is_sent_on_its_own_and_comes_back_as_it_stands_now(access_editor, article, pro):
    client = signed_in(access_editor)
    done = client.post(url(article), {"audience": "licensed", "products": [pro.pk]}, **PANEL).json()

    assert (done["step"], done["badge"]) == ("access_set", "Pro")
    assert "People with an active <strong>Pro</strong> license" in done["html"]
    assert "Undo" in done["html"]
    assert "<html" not in done["html"]


def test_an_error_comes_back_in_the_panel(access_editor, article):
    answer = signed_in(access_editor).post(url(article), {"audience": "licensed"}, **PANEL).json()

    assert answer["step"] == "access"
    assert "Choose at least one product" in answer["html"]


@pytest.mark.parametrize("how", [{}, XHR, PANEL], ids=["page", "dialog", "panel"])
def test_a_change_that_takes_access_away_is_asked_about_first(
    access_editor, gated_article, basic, pro, alice, now, how
):
    give(alice, pro, at=now)
    client = signed_in(access_editor)
    data = {"audience": "licensed", "products": [basic.pk]}

    asked = client.post(url(gated_article), data, **how)

    assert "1 member loses access" in asked.content.decode()
    assert rules(gated_article) == {"Pro": 0}
    assert has_access(alice, gated_article)
    client.post(url(gated_article), {**data, "confirmed": token_in(asked.content.decode())}, **how)
    assert rules(gated_article) == {"Basic": 0}


@pytest.mark.parametrize("sent", ["", "1", "yes", "0" * 64])
def test_a_confirmation_that_was_not_given_saves_nothing(access_editor, gated_article, sent):
    data = {"audience": "everyone", "confirmed": sent}

    answer = signed_in(access_editor).post(url(gated_article), data)

    assert "1 page becomes public" in text(answer)
    assert rules(gated_article) == {"Pro": 0}


def test_a_confirmation_is_good_for_that_change_that_page_and_that_person(
    access_editor, gated_article, course, pro, olivia
):
    gate_page(course, pro)
    client = signed_in(access_editor)
    token = token_in(client.post(url(gated_article), {"audience": "everyone"}).content.decode())

    client.post(url(gated_article), {"audience": "inherit", "confirmed": token})
    client.post(url(course), {"audience": "everyone", "confirmed": token})
    signed_in(olivia).post(url(gated_article), {"audience": "everyone", "confirmed": token})

    assert set(Gate.objects.values_list("audience", flat=True)) == {"licensed"}


def test_it_is_asked_again_when_more_would_be_taken_than_was_seen(
    access_editor, gated_article, basic, pro, alice, bob, now
):
    give(alice, pro, at=now)
    client = signed_in(access_editor)
    data = {"audience": "licensed", "products": [basic.pk]}
    token = token_in(client.post(url(gated_article), data).content.decode())
    give(bob, pro, at=now)

    again = client.post(url(gated_article), {**data, "confirmed": token})

    assert "2 members lose access" in text(again)
    assert rules(gated_article) == {"Pro": 0}


def test_a_change_that_harms_nobody_applies_at_once(access_editor, gated_article, pro, team):
    data = {"audience": "licensed", "products": [pro.pk, team.pk]}

    assert signed_in(access_editor).post(url(gated_article), data).status_code == 302
    assert rules(gated_article) == {"Pro": 0, "Team": 0}


def test_undo_shows_what_stood_before_and_brings_it_back(access_editor, gated_article, pro):
    client = signed_in(access_editor)
    done = post_and_confirm(client, url(gated_article), {"audience": "inherit"}, **XHR).json()

    form = text(client.get(done["undo"]["url"]))

    assert "This is how it was before the change." in form
    assert re.search(r'value="licensed"[^>]*checked', form)
    assert re.search(rf'name="products" value="{pro.pk}"[^>]*checked', form)
    client.post(url(gated_article), {"audience": "licensed", "products": [pro.pk]})
    assert rules(gated_article) == {"Pro": 0}


@pytest.mark.parametrize("token", ["", "nonsense", "a:b:c"])
def test_an_undo_that_is_not_ours_shows_what_stands(access_editor, gated_article, token):
    form = text(signed_in(access_editor).get(url(gated_article), {"undo": token}))

    assert "This is how it was before" not in form
    assert re.search(r'value="licensed"[^>]*checked', form)


@WITH_PANEL
def test_dates_the_meter_and_what_is_kept_are_set_and_shown_and_logged(
    access_editor, article, pro, django_capture_on_commit_callbacks
):
    since = timezone.localtime() + dt.timedelta(days=9)
    data = {
        "audience": "licensed",
        "products": [pro.pk],
        "keeps": "on",
        "free_reads": "3",
        "free_from": since.strftime("%Y-%m-%d %H:%M"),
    }
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(access_editor).post(url(article), data)

    gate = Gate.objects.get()
    assert (gate.free_reads, gate.free_until) == (3, None)
    assert gate.free_from == since.replace(second=0, microsecond=0)
    assert EntitlementRule.objects.get().keeps
    shown = panel(signed_in(access_editor), article)
    assert "reads 3 pages a month free of charge" in shown
    assert "Open to everyone from" in shown
    comment = PageLogEntry.objects.get(action="wagtail_licensing.page.access").comment
    assert "Pro keeps what was published while held" in comment
    assert "3 free pages a month" in comment


def test_what_is_left_empty_is_taken_away(access_editor, gated_article, pro):
    Gate.objects.update(free_reads=3, free_from=timezone.now() + dt.timedelta(days=9))
    signed_in(access_editor).post(url(gated_article), {"audience": "licensed", "products": [pro.pk]})

    gate = Gate.objects.get()
    assert (gate.free_reads, gate.free_from) == (0, None)


def test_dates_that_leave_no_time_to_be_closed_are_an_error(access_editor, article, pro):
    data = {"audience": "licensed", "products": [pro.pk]}
    dates = {"free_until": "2027-01-02 00:00", "free_from": "2027-01-01 00:00"}

    answer = signed_in(access_editor).post(url(article), {**data, **dates})

    assert "the page would never be closed" in text(answer)
    assert not Gate.objects.exists()


def test_the_bulk_form_leaves_dates_and_the_meter_as_they_are(access_editor, gated_article, pro, team):
    from wagtail_licensing.wagtail_admin.access_form import AccessForm, set_access

    Gate.objects.update(free_reads=3)
    form = AccessForm({"audience": "licensed", "products": [team.pk], "without_access": "teaser"})
    assert form.is_valid()
    set_access(gated_article, form.cleaned_data, by=access_editor)

    assert Gate.objects.get().free_reads == 3


@WITH_PANEL
def test_the_panel_costs_the_same_for_many_pages_and_gates(access_editor, course, pro):
    from tests.testapp.models import LessonPage

    client = signed_in(access_editor)
    gate_page(course, pro)
    gate_page(course.get_children().first(), pro)
    panel(client, course)
    with CaptureQueriesContext(connection) as few:
        panel(client, course)
    for number in range(4, 12):
        lesson = course.add_child(instance=LessonPage(title=f"L{number}", slug=f"l{number}"))
        gate_page(lesson, pro)
    panel(client, course)
    with CaptureQueriesContext(connection) as many:
        panel(client, course)

    assert len(many) == len(few)


def test_nobody_sets_access_through_the_panel_without_the_right(erin, gated_article):
    client = signed_in(erin)

    assert client.post(url(gated_article), {"audience": "everyone"}, **PANEL).status_code == 403
    other = signed_in(member_of("zoe", "Access editors"))
    assert other.post(url(gated_article), {"audience": "everyone"}, **PANEL).status_code == 403
    assert rules(gated_article) == {"Pro": 0}


@WITH_PANEL
def test_a_product_cannot_smuggle_markup_into_the_sentence(access_editor, gated_article, pro):
    pro.name = "<script>alert(1)</script>"
    pro.save()

    assert "<script>alert(1)" not in panel(signed_in(access_editor), gated_article)
