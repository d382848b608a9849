"""Hidden pages are private for Wagtail itself, too, and members still get in."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.models import Page, PageViewRestriction

from tests.conftest import CANARY, gate_page, give
from wagtail_licensing.gates import floor
from wagtail_licensing.models import FloorRestriction, Gate

pytestmark = pytest.mark.django_db


def hidden(page, *products):
    return gate_page(page, *products, without_access="not_found")


@pytest.fixture
def member(alice, pro, now):
    """Alice with her license."""
    give(alice, pro, at=now)
    return alice


def public(page):
    return Page.objects.public().filter(pk=page.pk).exists()


def test_a_hidden_page_is_private_for_wagtail_until_its_gate_goes(article, pro):
    gate = hidden(article, pro)
    restriction = PageViewRestriction.objects.get(page=article)
    assert restriction.restriction_type == "groups"
    assert not restriction.groups.get().user_set.exists()
    assert not public(article)
    gate.delete()
    assert public(article)
    assert not PageViewRestriction.objects.exists()
    assert not FloorRestriction.objects.exists()


@pytest.mark.parametrize("mode", ["teaser", "login"])
def test_a_page_that_only_shows_a_teaser_has_no_floor(article, pro, mode):
    gate = hidden(article, pro)
    gate.without_access = mode
    gate.save()
    assert public(article)
    assert not PageViewRestriction.objects.exists()


def test_a_free_page_has_no_floor(article):
    gate_page(article, audience="everyone", without_access="not_found")
    assert public(article)


def test_members_pass_the_floor_and_nobody_else(client, article, pro, member, charlie, dana):
    hidden(article, pro)
    for user, status in [(member, 200), (charlie, 404), (dana, 404)]:
        client.force_login(user)
        response = client.get(article.url)
        assert response.status_code == status
        assert (CANARY in response.text) is (status == 200)
    client.logout()
    assert client.get(article.url).status_code == 404


def test_the_group_of_the_floor_opens_nothing(client, article, pro, charlie):
    hidden(article, pro)
    charlie.groups.add(Group.objects.get(name=floor.GROUP_NAME))
    client.force_login(charlie)
    assert client.get(article.url).status_code == 404


def test_other_code_that_asks_the_restriction_gets_the_answer_of_the_gate(
    rf, article, pro, member, charlie
):
    hidden(article, pro)
    restriction = PageViewRestriction.objects.get(page=article)
    for user, accepted in [(member, True), (charlie, False)]:
        request = rf.get("/")
        request.user = user
        assert restriction.accept_request(request) is accepted


def test_a_free_page_under_a_hidden_one_is_served_to_everyone(client, course, pro):
    lessons = list(course.get_children())
    hidden(course, pro)
    gate_page(lessons[0], audience="everyone")
    assert client.get(lessons[0].url).status_code == 200
    assert client.get(lessons[1].url).status_code == 404


def test_a_restriction_of_wagtail_still_counts_beside_ours(client, article, pro, member):
    hidden(article, pro)
    PageViewRestriction.objects.create(page=article, restriction_type="groups")
    client.force_login(member)
    assert client.get(article.url).status_code == 302


def test_deleting_the_restriction_in_the_privacy_dialog_brings_it_back(admin_client, article, pro):
    hidden(article, pro)
    url = reverse("wagtailadmin_pages:set_privacy", args=[article.pk])
    assert admin_client.post(url, {"restriction_type": "none"}).status_code == 200
    assert not public(article)
    assert PageViewRestriction.objects.get(page=article).licensing_floor.gate.page_id == article.pk


def test_changing_the_restriction_in_the_privacy_dialog_changes_nothing(
    admin_client, client, article, pro, charlie
):
    hidden(article, pro)
    url = reverse("wagtailadmin_pages:set_privacy", args=[article.pk])
    admin_client.post(url, {"restriction_type": "login"})
    assert PageViewRestriction.objects.get(page=article).restriction_type == "groups"
    other = Group.objects.create(name="Others")
    PageViewRestriction.objects.get(page=article).groups.add(other)
    assert [g.name for g in PageViewRestriction.objects.get(page=article).groups.all()] == [
        floor.GROUP_NAME
    ]
    client.force_login(charlie)
    assert client.get(article.url).status_code == 404


def test_aliases_and_copies_of_a_hidden_page_are_private_and_open_to_members(
    client, home, article, pro, member
):
    before = article.create_alias(parent=home, update_slug="before")
    hidden(article, pro)
    after = article.create_alias(parent=home, update_slug="after")
    copied = article.copy(update_attrs={"slug": "copied"}, keep_live=True)
    client.force_login(member)
    for page in (before, after, copied):
        assert not public(page), page.slug
        assert client.get(page.url).status_code == 200, page.slug
    ours = FloorRestriction.objects.count()
    assert PageViewRestriction.objects.count() == ours == 4


def test_members_find_a_hidden_page_in_the_api(client, article, pro, member, charlie):
    hidden(article, pro)
    url = f"/api/v2/pages/{article.pk}/"
    assert client.get(url).status_code == 404
    client.force_login(charlie)
    assert client.get(url).status_code == 404
    client.force_login(member)
    assert client.get(url).status_code == 200


def test_the_floor_can_be_switched_off(article, pro, settings):
    settings.WAGTAIL_LICENSING_FLOOR = False
    hidden(article, pro)
    assert public(article)
    assert not PageViewRestriction.objects.exists()


def test_the_floor_stops_at_its_most(home, pro, monkeypatch):
    monkeypatch.setattr(floor, "MOST_GATES", 2)
    pages = [home.add_child(instance=Page(title=f"P{n}", slug=f"p{n}")) for n in range(3)]
    for page in pages:
        hidden(page, pro)
    assert [public(page) for page in pages] == [False, False, True]


def test_a_site_without_hidden_gates_pays_three_queries_a_change(
    article, pro, django_assert_num_queries
):
    gate_page(article, pro)
    with django_assert_num_queries(5):  # a savepoint around them
        floor.sync_floor()


def test_what_is_rolled_back_leaves_no_restriction(article, pro):
    from django.db import transaction

    with transaction.atomic():
        hidden(article, pro)
        transaction.set_rollback(True)
    assert public(article)
    assert not Gate.objects.exists()
