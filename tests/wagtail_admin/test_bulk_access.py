"""One rule for several pages: shown before it is done, done for all or for none."""

import pytest
from django.contrib.auth.models import Permission
from django.utils.html import strip_tags
from wagtail.models import PageLogEntry

from tests.conftest import gate_page, give
from tests.testapp.models import PlainPage
from tests.wagtail_admin.conftest import member_of, signed_in
from wagtail_licensing.access import has_access
from wagtail_licensing.gates import write
from wagtail_licensing.models import Gate
from wagtail_licensing.wagtail_admin import page_bulk_access
from wagtail_licensing.wagtail_admin.log_actions import PAGE_ACTION

BULK = "/admin/bulk/wagtailcore/page/licensing_access/"


def address(*pages, **query) -> str:
    ids = "&".join(f"id={getattr(page, 'pk', page)}" for page in pages)
    return f"{BULK}?{ids}" + "".join(f"&{name}={value}" for name, value in query.items())


def rule(*products, step="review", **data) -> dict:
    return {
        "audience": "licensed",
        "products": [product.pk for product in products],
        "without_access": "teaser",
        "after_days": "0",
        "step": step,
        **data,
    }


def words(response) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


@pytest.fixture
def pages(home):
    return [
        home.add_child(instance=PlainPage(title=f"Page {number}", slug=f"page-{number}"))
        for number in range(3)
    ]


def gates() -> dict:
    return dict(Gate.objects.values_list("page_id", "audience"))


def test_the_screen_lists_the_ticked_pages_and_asks_for_the_rule(access_editor, pages, pro):
    body = words(signed_in(access_editor).get(address(*pages)))

    assert "3 pages" in body
    assert all(page.title in body for page in pages)
    assert "Rule for these pages" in body
    assert 'value="apply"' not in body


def test_what_changes_is_shown_and_nothing_is_done(access_editor, pages, course, pro, basic, alice, now):
    gate_page(pages[0], pro)
    gate_page(course, pro)
    lesson = course.get_children().first()
    give(alice, basic, at=now)
    gate_page(pages[2], basic)
    before = gates()

    body = strip_tags(words(signed_in(access_editor).post(address(*pages, lesson), rule(pro))))

    assert "2 pages will change" in body
    assert "everyone: no gate → then: people with a license for Pro" in body
    assert "Basic; others see: Teaser and plans → then: people with a license for Pro" in body
    assert "1 has this rule already" in body
    assert "1 follows such a rule already" in body
    assert "1 member loses access to some of them." in body
    assert "1 page that everybody or every member reads now is open to fewer." in body
    assert gates() == before
    assert not PageLogEntry.objects.filter(action=PAGE_ACTION).exists()


def test_it_is_done_at_once_and_stands_in_the_history_of_each_page(
    access_editor, pages, pro, charlie, django_capture_on_commit_callbacks
):
    gate_page(pages[0], pro)
    with django_capture_on_commit_callbacks(execute=True):
        response = signed_in(access_editor).post(address(*pages), rule(pro, step="apply"), follow=True)

    assert "Who can read them was set for 2 pages." in words(response)
    assert set(gates()) == {page.pk for page in pages}
    assert not any(has_access(charlie, page) for page in pages)
    entries = PageLogEntry.objects.filter(action=PAGE_ACTION)
    assert {entry.page_id for entry in entries} == {page.pk for page in pages[1:]}
    assert {entry.user for entry in entries} == {access_editor}


def test_a_page_that_follows_the_rule_gets_none_of_its_own(access_editor, course, pro):
    gate_page(course, pro)
    lessons = list(course.get_children())

    signed_in(access_editor).post(address(*lessons), rule(pro, step="apply"))

    assert set(gates()) == {course.pk}


def test_same_as_parent_takes_rules_away(access_editor, course, pro, basic):
    first, second, _third = course.get_children()
    gate_page(course, pro)
    gate_page(first, basic)
    gate_page(second, pro)
    data = {"audience": "inherit", "step": "apply"}
    client = signed_in(access_editor)

    body = words(client.post(address(first, second), {**data, "step": "review"}))
    client.post(address(first, second), data)

    assert "2 pages will change" in body
    assert "Teaser and plans (Inherited from “Wagtail in a week”)" in body
    assert set(gates()) == {course.pk}


def test_pages_below_are_counted(access_editor, course, pro):
    body = words(signed_in(access_editor).post(address(course), rule(pro)))

    assert "3 pages below follow." in body


def test_pages_that_one_may_not_edit_are_named_and_left_alone(home, pages, pro):
    inside = home.add_child(instance=PlainPage(title="Mine", slug="mine"))
    user = member_of("part", "Access editors")
    group = user.groups.get()
    group.page_permissions.create(page=inside, permission=Permission.objects.get(codename="change_page"))
    client = signed_in(user)

    body = words(client.get(address(inside, pages[0])))
    client.post(address(inside, pages[0]), rule(pro, step="apply"))

    assert "You don't have permission to set who can read this page" in body
    assert set(gates()) == {inside.pk}


def test_without_the_right_on_gates_nobody_gets_in(erin, pages, pro):
    client = signed_in(erin)

    for response in (client.get(address(*pages)), client.post(address(*pages), rule(pro, step="apply"))):
        assert response.status_code in {302, 403}
    assert not Gate.objects.exists()


def test_an_error_in_the_middle_undoes_everything(access_editor, pages, pro, monkeypatch):
    real, calls = write.set_page_gate, []

    def fails_at_the_last(**kwargs):
        calls.append(kwargs["page"].pk)
        # Each page is tried twice in the plans of the view and of the action, then done.
        if len(calls) == 3 * len(pages):
            raise write.GateError("The products are gone.")
        return real(**kwargs)

    monkeypatch.setattr("wagtail_licensing.wagtail_admin.access_form.set_page_gate", fails_at_the_last)
    response = signed_in(access_editor).post(address(*pages), rule(pro, step="apply"))

    assert "The products are gone." in words(response)
    assert not Gate.objects.exists()


def test_people_with_a_license_need_a_product(access_editor, pages):
    body = words(signed_in(access_editor).post(address(*pages), rule(step="apply")))

    assert "Choose at least one product" in body
    assert not Gate.objects.exists()


def test_many_pages_need_the_name_of_the_site(access_editor, pages, pro, monkeypatch):
    monkeypatch.setattr(page_bulk_access, "MANY", 2)
    client = signed_in(access_editor)

    asked = words(client.post(address(*pages), rule(pro, step="apply")))
    wrong = words(client.post(address(*pages), rule(pro, step="apply", confirm_site_name="other")))
    assert not Gate.objects.exists()
    client.post(address(*pages), rule(pro, step="apply", confirm_site_name="Licensing tests"))

    assert "Type “Licensing tests” to confirm." in asked
    assert "Type “Licensing tests” to confirm." in wrong
    assert Gate.objects.count() == 3


def test_the_limit_counts_pages_below_too(access_editor, course, pro, monkeypatch):
    monkeypatch.setattr(page_bulk_access, "MANY", 3)
    signed_in(access_editor).post(address(course), rule(pro, step="apply"))

    assert not Gate.objects.exists()


def test_all_in_the_listing_means_those_that_the_filters_show(access_editor, home, pages, pro, basic):
    gate_page(pages[1], pro)
    shown = f"/admin/pages/{home.pk}/%3Flicensing_rule%3Down"

    body = words(signed_in(access_editor).get(f"{BULK}?id=all&childOf={home.pk}&next={shown}"))

    assert "1 page" in body
    assert "Page 1" in body
    assert "Page 0" not in body


def test_all_in_the_listing_without_filters_means_the_children(access_editor, home, pages, pro, course):
    body = words(
        signed_in(access_editor).get(f"{BULK}?id=all&childOf={home.pk}&next=/admin/pages/{home.pk}/")
    )

    assert "Page 0" in body
    assert "Wagtail in a week" in body
    assert "Lesson 1" not in body


@pytest.mark.parametrize("ids", ["id=x", "id=-1", "id=99999999999999999999", ""])
def test_what_is_no_page_is_no_error(access_editor, pages, ids):
    assert signed_in(access_editor).get(f"{BULK}?{ids}").status_code == 200


def test_the_explorer_offers_it(access_editor, home, pages):
    assert BULK in signed_in(access_editor).get(f"/admin/pages/{home.pk}/").content.decode()
