"""Who can read this: the dialog on every page."""

import pytest
from wagtail.models import PageLogEntry

from tests.conftest import gate_page, give
from tests.wagtail_admin.conftest import member_of, post_and_confirm, signed_in
from wagtail_licensing.access import has_access
from wagtail_licensing.models import EntitlementRule, Gate

XHR = {"headers": {"x-requested-with": "XMLHttpRequest"}}


def url(page) -> str:
    return f"/admin/licensing/access/{page.pk}/"


def rules(page) -> dict:
    return dict(
        EntitlementRule.objects.filter(gate__page_id=page.pk).values_list("product__name", "after_days")
    )


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_gating_a_page_locks_it_at_once_for_who_has_no_license(access_editor, article, pro, charlie):
    client = signed_in(access_editor)
    assert has_access(charlie, article)

    response = client.post(url(article), {"audience": "licensed", "products": [pro.pk]})

    assert response.status_code == 302
    assert not has_access(charlie, article)
    assert rules(article) == {"Pro": 0}


def test_the_first_line_is_a_sentence_with_the_number_of_people(
    access_editor, article, pro, basic, team, alice, bob, dana, now
):
    from tests.conftest import STAFF
    from wagtail_licensing.licenses import assign_seat

    gate_page(article, pro, team)
    give(alice, pro, at=now)
    give(alice, team, at=now)  # the same person twice counts once
    license = give(dana, team, at=now, seats=3)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)

    response = signed_in(access_editor).get(url(article))

    line = "People with an active <strong>Pro</strong> or <strong>Team</strong> license, or let in by "
    assert line + "hand: <strong>3 members</strong>. Everyone else sees the teaser." in text(response)


def test_an_inherited_rule_names_the_ancestor_and_links_to_it(access_editor, course, pro):
    gate_page(course, pro)
    lesson = course.get_children().first()

    body = text(signed_in(access_editor).get(url(lesson)))

    assert f'Inherited from <a href="/admin/pages/{course.pk}/edit/">Wagtail in a week</a>' in body


def test_an_alias_says_that_the_gates_of_its_source_count_too(access_editor, article, course, pro, team):
    alias = article.create_alias(parent=course, update_slug="copy")
    gate_page(article, pro)
    gate_page(course, team)

    body = text(signed_in(access_editor).get(url(alias)))

    assert "This page is an alias" in body
    assert "This page is an alias" not in text(signed_in(access_editor).get(url(article)))


def test_it_says_for_how_many_pages_below_it_counts(access_editor, course, pro):
    gate_page(course, pro)
    gate_page(course.get_children().last(), audience="everyone")

    assert "Also for 2 pages below." in text(signed_in(access_editor).get(url(course)))


def test_people_with_a_license_for_nothing_cannot_be_saved(access_editor, article):
    response = signed_in(access_editor).post(url(article), {"audience": "licensed"})

    assert response.status_code == 200
    assert "Choose at least one product" in text(response)
    assert not Gate.objects.exists()


@pytest.mark.parametrize("audience", ["", "nonsense"])
def test_a_choice_that_is_none_is_an_error_and_changes_nothing(access_editor, gated_article, audience):
    response = signed_in(access_editor).post(url(gated_article), {"audience": audience})

    assert response.status_code == 200
    assert rules(gated_article) == {"Pro": 0}


def test_a_product_that_does_not_exist_is_an_error(access_editor, article):
    response = signed_in(access_editor).post(url(article), {"audience": "licensed", "products": ["x"]})

    assert response.status_code == 200
    assert not Gate.objects.exists()


def test_same_as_parent_takes_the_own_gate_away(access_editor, gated_article, charlie):
    post_and_confirm(signed_in(access_editor), url(gated_article), {"audience": "inherit"})

    assert not Gate.objects.exists()
    assert has_access(charlie, gated_article)


def test_a_free_preview_opens_one_lesson_of_a_gated_course(access_editor, course, pro, charlie):
    gate_page(course, pro)
    lesson, other = course.get_children()[:2]

    post_and_confirm(signed_in(access_editor), url(lesson), {"audience": "everyone"})

    assert has_access(charlie, lesson)
    assert not has_access(charlie, other)


def test_days_that_differ_between_products_are_kept_when_none_are_given(
    access_editor, article, pro, team, basic
):
    gate = gate_page(article, pro)
    EntitlementRule.objects.create(gate=gate, product=team, after_days=30)
    products = [pro.pk, team.pk, basic.pk]

    signed_in(access_editor).post(
        url(article), {"audience": "licensed", "products": products, "after_days": ""}
    )

    assert rules(article) == {"Pro": 0, "Team": 30, "Basic": 0}


def test_page_history_says_who_could_read_it_before_and_who_can_now(
    access_editor, gated_article, pro, team, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(access_editor).post(
            url(gated_article), {"audience": "licensed", "products": [pro.pk, team.pk]}
        )

    entry = PageLogEntry.objects.get(action="wagtail_licensing.page.access")
    assert entry.user == access_editor
    assert entry.message == "Changed who can read this"
    assert entry.comment == (
        "people with a license for Pro; others see: Teaser and plans → "
        "people with a license for Pro, Team; others see: Teaser and plans"
    )


def test_setting_the_same_again_writes_nothing_and_says_so(
    access_editor, gated_article, pro, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        response = signed_in(access_editor).post(
            url(gated_article), {"audience": "licensed", "products": [pro.pk]}, follow=True
        )

    assert "Nothing changed" in text(response)
    assert not PageLogEntry.objects.filter(action="wagtail_licensing.page.access").exists()
    assert callbacks == [] or all("announce" not in repr(call) for call in callbacks)


def test_the_dialog_is_the_same_form_and_answers_with_what_to_show(access_editor, article, pro):
    client = signed_in(access_editor)

    assert client.get(url(article), **XHR).json()["step"] == "access"
    assert client.post(url(article), {"audience": "licensed"}, **XHR).json()["step"] == "access"
    done = client.post(url(article), {"audience": "licensed", "products": [pro.pk]}, **XHR).json()

    assert done["step"] == "access_set"
    assert done["label"] == "Access: own rule (Pro)"


def test_a_title_cannot_smuggle_markup_into_the_screen(access_editor, course, pro):
    course.title = "<script>alert(1)</script>"
    course.save()
    gate_page(course, pro)

    body = signed_in(access_editor).get(url(course.get_children().first())).content.decode()

    assert "<script>alert(1)" not in body


def test_who_edits_pages_but_not_gates_is_refused_and_sees_no_button(erin, article):
    client = signed_in(erin)

    assert client.get(url(article), **XHR).status_code == 403
    assert client.post(url(article), {"audience": "everyone"}, **XHR).status_code == 403
    assert "data-wl-access" not in client.get(f"/admin/pages/{article.pk}/edit/").content.decode()
    assert not Gate.objects.exists()


def test_who_edits_gates_but_not_this_page_is_refused(article, db):

    client = signed_in(member_of("zoe", "Access editors"))

    assert client.get(url(article), **XHR).status_code == 403
    assert client.post(url(article), {"audience": "everyone"}, **XHR).status_code == 403


@pytest.mark.parametrize(
    ("gate", "label"),
    [
        (None, "Access: open"),
        ({"audience": "licensed"}, "Access: own rule (Pro)"),
        ({"audience": "everyone"}, "Access: free preview"),
    ],
)
def test_the_button_says_how_the_page_stands(access_editor, article, pro, gate, label):
    if gate:
        gate_page(article, *([pro] if gate["audience"] == "licensed" else []), **gate)
    client = signed_in(access_editor)

    for screen in (f"/admin/pages/{article.pk}/edit/", f"/admin/pages/{article.pk}/"):
        assert label in text(client.get(screen))


def test_a_page_below_a_gated_one_says_inherited(access_editor, course, pro):
    gate_page(course, pro)
    lesson = course.get_children().first()

    body = text(signed_in(access_editor).get(f"/admin/pages/{lesson.pk}/edit/"))

    assert "Access: inherited (Pro)" in body


def test_every_row_of_the_explorer_offers_it(access_editor, home, article):
    body = signed_in(access_editor).get(f"/admin/pages/{home.pk}/").content.decode()

    assert url(article) in body


def test_the_explorer_does_not_cost_more_queries_with_more_gates(
    access_editor, home, pro, django_assert_max_num_queries
):
    from tests.testapp.models import PlainPage

    client = signed_in(access_editor)
    pages = [home.add_child(instance=PlainPage(title=f"P{n}", slug=f"p{n}")) for n in range(3)]
    client.get(f"/admin/pages/{home.pk}/")
    few = _queries(client, home)
    for n in range(3, 12):
        pages.append(home.add_child(instance=PlainPage(title=f"P{n}", slug=f"p{n}")))
    for page in pages:
        gate_page(page, pro)

    # Wagtail itself adds one or two queries a row; ours add none. The column reads gates, rules and
    # products, and an index with gates in it is four queries more to load.
    with_ours = _queries(client, home)
    Gate.objects.all().delete()
    assert with_ours <= _queries(client, home) + 7, few


def _queries(client, home) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as captured:
        client.get(f"/admin/pages/{home.pk}/")
    return len(captured)


def test_a_page_that_does_not_exist_is_not_found(access_editor):
    assert signed_in(access_editor).get("/admin/licensing/access/99999/").status_code == 404
