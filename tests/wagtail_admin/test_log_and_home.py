"""What others see: Wagtail's site history, the home of the admin, the list of users."""

import pytest
from django.utils.html import strip_tags
from wagtail.models import ModelLogEntry

from tests.conftest import STRIPE, give, make_user
from tests.wagtail_admin.conftest import formset, member_of, post_and_confirm, signed_in
from wagtail_licensing.domain.states import Cause, Hold
from wagtail_licensing.gates.write import set_page_gate
from wagtail_licensing.licenses import ChangedBy, assign_seat, issue_license, place_hold
from wagtail_licensing.models import Gate, License
from wagtail_licensing.wagtail_admin.words import EVENT_WORDS


@pytest.fixture
def logged(olivia, alice, pro, now, django_capture_on_commit_callbacks):
    """A license that Stripe paid for and staff suspended."""
    with django_capture_on_commit_callbacks(execute=True):
        license = issue_license(product=pro, source="subscription", user=alice, at=now, by=STRIPE)
        by = ChangedBy(cause=Cause.STAFF, actor=olivia, reason="Leaked")
        place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=by)
    return license


def test_every_change_of_a_license_is_in_the_log_once(logged, olivia):
    entries = ModelLogEntry.objects.for_instance(logged).order_by("pk")

    assert [(entry.action.rsplit(".")[-1], entry.user) for entry in entries] == [
        ("issued", None),
        ("suspended", olivia),
    ]
    assert [entry.message for entry in entries] == ["License issued (Stripe)", "Suspended (Staff)"]
    assert entries[1].comment == "Leaked"


def test_a_machine_is_nobody_even_while_somebody_is_signed_in(
    alice, olivia, pro, now, django_capture_on_commit_callbacks
):
    from wagtail.log_actions import LogContext

    with LogContext(user=olivia), django_capture_on_commit_callbacks(execute=True):
        issue_license(product=pro, source="subscription", user=alice, at=now, by=STRIPE)

    assert ModelLogEntry.objects.get(action="wagtail_licensing.license.issued").user is None


def test_every_kind_of_event_has_an_action_that_the_log_knows(db):
    from wagtail.log_actions import registry

    for kind in EVENT_WORDS:
        assert registry.action_exists(f"wagtail_licensing.license.{kind}")


def test_site_history_shows_licenses_to_who_may_see_them_and_links_there(logged, viewer, erin):
    url = f"/admin/licensing/licenses/inspect/{logged.pk}/"

    body = signed_in(viewer).get("/admin/reports/site-history/").content.decode()
    assert "Suspended (Staff)" in body
    assert url in body
    assert logged.reference not in signed_in(erin).get("/admin/reports/site-history/").content.decode()


def test_a_gate_is_in_the_history_of_its_page_and_of_the_site_when_set_changed_and_removed(
    access_editor, article, pro, team, django_capture_on_commit_callbacks
):
    client, url = signed_in(access_editor), f"/admin/licensing/access/{article.pk}/"
    with django_capture_on_commit_callbacks(execute=True):
        client.post(url, {"audience": "licensed", "products": [pro.pk]})
        client.post(url, {"audience": "licensed", "products": [pro.pk]})  # nothing new
        client.post(url, {"audience": "licensed", "products": [pro.pk, team.pk], "after_days": "7"})
        post_and_confirm(client, url, {"audience": "inherit"})

    history = strip_tags(client.get(f"/admin/pages/{article.pk}/history/").content.decode())
    site = strip_tags(client.get("/admin/reports/site-history/").content.decode())

    one = "people with a license for Pro; others see: Teaser and plans"
    both = "people with a license for Pro after 7 days, Team after 7 days; others see: Teaser and plans"
    for body in (" ".join(history.split()), " ".join(site.split())):
        assert body.count("Changed who can read this") == 3
        assert "How to sell" in body
        assert "ada" in body
    for change in (f"same as parent → {one}", f"{one} → {both}", f"{both} → same as parent"):
        assert change in " ".join(history.split())


def test_a_gate_of_an_area_is_in_the_history_of_the_site(
    access_editor, pro, django_capture_on_commit_callbacks
):
    client, base = signed_in(access_editor), "/admin/licensing/gates"
    rule = {"product": pro.pk, "after_days": 0}
    data = {"kind": "area", "area": "corner", "audience": "licensed", "without_access": "teaser"}
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{base}/new/", {**data, **formset("rules", rule)})
        gate = Gate.objects.get()
        row = {**rule, "id": gate.rules.get().pk}
        changed = {**data, "without_access": "login"}
        client.post(f"{base}/edit/{gate.pk}/", {**changed, **formset("rules", row, initial=1)})
        post_and_confirm(client, f"{base}/delete/{gate.pk}/", {})

    site = strip_tags(client.get("/admin/reports/site-history/").content.decode())

    for words in ("Gate put up", "Gate changed", "Gate taken away"):
        assert words in site
    assert "Named area: corner" in site


def test_the_history_of_a_page_is_for_who_may_see_the_page(
    article, erin, manager, pro, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        set_page_gate(page=article, audience="licensed", products=[pro], by=erin)

    seen = signed_in(manager).get("/admin/reports/site-history/").content.decode()

    assert (
        "Changed who can read this"
        in signed_in(erin).get(f"/admin/pages/{article.pk}/history/").content.decode()
    )
    assert "How to sell" not in seen


def test_the_home_counts_what_the_lists_behind_the_numbers_show(viewer, pro, now):
    for number in range(3):
        give(make_user(f"m{number}"), pro, at=now)
    License.objects.filter(user__username="m0").update(state="grace", unheld_state="grace")
    client = signed_in(viewer)

    body = client.get("/admin/").content.decode()

    assert "2 active licenses" in body
    assert "1 license past due" in body
    assert "pending license" not in body
    for state, count in (("active", 2), ("grace", 1)):
        assert f"/admin/licensing/licenses/?state={state}" in body
        listed = client.get("/admin/licensing/licenses/", {"state": state})
        assert listed.context["items_count"] == count


def test_the_home_counts_nothing_for_page_editors(erin, alice, pro, now):
    give(alice, pro, at=now)

    assert "active license" not in signed_in(erin).get("/admin/").content.decode()


def test_the_menu_shows_to_each_what_they_may_see(viewer, access_editor, erin):
    def menu(user) -> str:
        return signed_in(user).get("/admin/").content.decode()

    assert "/admin/licensing/licenses/" in menu(viewer)
    assert "/admin/licensing/gates/" in menu(access_editor)
    assert "/admin/licensing/licenses/" not in menu(access_editor)
    assert "/admin/licensing/products/" not in menu(access_editor)
    assert "licensing/licenses" not in menu(erin)
    assert "licensing/gates" not in menu(erin)


def test_the_list_of_users_leads_to_the_licenses_of_a_person(olivia, alice, bob, pro, team, now):
    own, shared = give(alice, pro, at=now), give(bob, team, at=now)
    assign_seat(license_id=shared.pk, user=alice, at=now, by=STRIPE)
    give(bob, pro, at=now)
    client = signed_in(olivia)

    assert "?holder=alice" in client.get("/admin/users/").content.decode()
    rows = client.get("/admin/licensing/licenses/", {"holder": "alice"}).context["object_list"]
    assert set(rows) == {own, shared}


def test_who_may_not_see_licenses_gets_no_button_in_the_list_of_users(db, alice):
    from django.contrib.auth.models import Group, Permission

    user = member_of("una")
    group = Group.objects.create(name="User admins")
    group.permissions.add(
        *Permission.objects.filter(codename__in=["access_admin", "add_user", "change_user"])
    )
    user.groups.add(group)

    response = signed_in(user).get("/admin/users/")

    assert response.status_code == 200
    assert "?holder=" not in response.content.decode()


@pytest.mark.parametrize("how", ["license", "seat"])
def test_a_person_with_a_license_is_not_deleted_but_kept_with_words(
    olivia, alice, bob, pro, team, now, how
):
    if how == "license":
        give(alice, pro, at=now)
    else:
        assign_seat(license_id=give(bob, team, at=now).pk, user=alice, at=now, by=STRIPE)
    client = signed_in(olivia)

    for response in (
        client.get(f"/admin/users/delete/{alice.pk}/", follow=True),
        client.post(f"/admin/users/delete/{alice.pk}/", follow=True),
        client.post(f"/admin/bulk/auth/user/delete/?id={alice.pk}", follow=True),
    ):
        assert response.status_code == 200
        assert "Make it inactive: an inactive person opens nothing" in response.content.decode()
    alice.refresh_from_db()


def test_a_person_without_licenses_is_deleted_as_ever(olivia, alice, bob):
    client = signed_in(olivia)

    client.post(f"/admin/users/delete/{alice.pk}/")
    client.post(f"/admin/bulk/auth/user/delete/?id={bob.pk}")

    assert not type(alice).objects.filter(username__in=["alice", "bob"]).exists()
