"""The screen and the command that say why somebody can or cannot read something."""

import datetime as dt
import json
from io import StringIO

import pytest
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation
from django.utils.timezone import localtime
from guardian.shortcuts import assign_perm
from wagtail.documents import get_document_model
from wagtail.models import Collection

from tests.conftest import CANARY, STAFF, gate_page, give, make_user
from tests.wagtail_admin.conftest import member_of, signed_in
from wagtail_licensing.access.explain import explain
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import place_hold
from wagtail_licensing.models import EntitlementRule, Gate, License
from wagtail_licensing.wagtail_admin.explain_words import stories

DAY = dt.timedelta(days=1)
SCREEN = "/admin/licensing/explain/"


@pytest.fixture
def asker(access_editor):
    """Sets access, edits every page and sees licenses."""
    return member_of_more(access_editor, "License viewers")


def member_of_more(user, *groups):
    from django.contrib.auth.models import Group

    user.groups.add(*Group.objects.filter(name__in=groups))
    return user


def ask(client: Client, target: str = "", **data) -> str:
    response = client.post(SCREEN + (f"?target={target}" if target else ""), data)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def past_due(user, product, now, until) -> License:
    license = give(user, product, at=now - 30 * DAY)
    License.objects.filter(pk=license.pk).update(state="grace", unheld_state="grace", access_until=until)
    return license


def test_a_license_past_due_is_told_from_rule_to_grace_to_outcome(asker, course, pro, alice, now):
    gate_page(course, pro)
    license = past_due(alice, pro, now, now + 7 * DAY)
    lesson = course.get_children().first()

    body = ask(signed_in(asker), f"page:{lesson.pk}", person="ALICE@example.org")

    assert "Rule inherited from “Wagtail in a week”: needs a license for Pro" in body
    assert f"License {license.reference} for Pro: past due → grace until" in body
    assert "Allowed: a license opens it" in body
    assert CANARY not in body


def test_a_stranger_is_told_to_hold_nothing(asker, gated_article, charlie):
    body = ask(signed_in(asker), f"page:{gated_article.pk}", person="charlie")

    assert "Own rule: needs a license for Pro" in body
    assert "Holds no license and no seat" in body
    assert "Denied: nothing that is held opens it." in body
    assert "May not edit this" in body


def test_another_instant_is_asked_for(asker, gated_article, alice, pro, now):
    give(alice, pro, at=now - 9 * DAY, ends_at=now - 2 * DAY)
    client, target = signed_in(asker), f"page:{gated_article.pk}"

    assert "Denied: the license has ended." in ask(client, target, person="alice")
    earlier = (now - 5 * DAY).strftime("%Y-%m-%d %H:%M")
    assert "Allowed: a license opens it" in ask(client, target, person="alice", at=earlier)


def test_the_target_is_found_by_its_address(asker, gated_article, charlie):
    body = ask(signed_in(asker), person="charlie", address="/how-to-sell/")

    assert "“How to sell”" in body
    assert "Denied" in body


@pytest.mark.parametrize(
    ("person", "address", "message"),
    [
        ("nobody@example.org", "/how-to-sell/", "Nobody has the user name or the e-mail address"),
        ("", "/how-to-sell/", "This field is required"),
        ("charlie", "/nothing/", "No published page, document or file is at this address"),
    ],
)
def test_what_cannot_be_found_is_said_clearly(asker, gated_article, charlie, person, address, message):
    body = ask(signed_in(asker), person=person, address=address)

    assert message in body
    assert "wl-outcome" not in body


def test_two_accounts_with_one_address_are_not_guessed_between(asker, gated_article, charlie):
    other = make_user("carl")
    other.email = charlie.email
    other.save()

    body = ask(signed_in(asker), f"page:{gated_article.pk}", person=charlie.email)

    assert "Several accounts have this e-mail address" in body


def test_an_inactive_account_is_explained_too(asker, gated_article):
    make_user("otto", is_active=False)

    assert "Denied: the account is inactive." in ask(
        signed_in(asker), f"page:{gated_article.pk}", person="otto"
    )


def test_documents_collections_and_areas_are_explained(asker, pro, charlie):
    shelf = Collection.get_first_root_node().add_child(name="Shelf")
    document = get_document_model().objects.create(
        title="Guide", file=ContentFile(b"x", name="guide.txt"), collection=shelf
    )
    gate = Gate.objects.create(kind="collection", collection=shelf)
    EntitlementRule.objects.create(gate=gate, product=pro)
    area = Gate.objects.create(kind="area", area="tools")
    EntitlementRule.objects.create(gate=area, product=pro)
    assign_perm("open_gate", charlie, area)
    client = signed_in(asker)

    assert "Rule of the collection “Shelf”" in ask(client, f"document:{document.pk}", person="charlie")
    assert "Own rule" in ask(client, f"collection:{shelf.pk}", person="charlie")
    assert "Was given this gate by hand." in ask(client, "area:tools", person="charlie")


def test_a_link_from_a_person_needs_no_mail_in_the_address(asker, gated_article, charlie):
    client = signed_in(asker)

    filled = client.get(f"{SCREEN}?user={charlie.pk}").content.decode()
    answered = client.get(f"{SCREEN}?user={charlie.pk}&target=page:{gated_article.pk}").content.decode()

    assert 'value="charlie"' in filled
    assert "Denied: nothing that is held opens it." in answered


@pytest.mark.parametrize("groups", [("Access editors",), ("License viewers",), ("License managers",)])
def test_one_of_the_two_rights_is_not_enough(erin, gated_article, groups):
    user = member_of("half", *groups)
    user.groups.add(*erin.groups.all())
    client = signed_in(user)

    # Wagtail answers a refusal inside the admin with the way back to its home.
    for response in (client.get(SCREEN), client.post(SCREEN, {"person": "half"})):
        assert response.status_code in {302, 403}
        assert b"wl-outcome" not in response.content
    assert (
        "licensing/explain" not in client.get(f"/admin/pages/{gated_article.pk}/edit/").content.decode()
    )


def test_a_page_that_one_may_not_edit_is_not_explained_by_any_way(gated_article, charlie):
    user = member_of("outsider", "Access editors", "License viewers")
    client = signed_in(user)

    for response in (
        client.get(f"{SCREEN}?target=page:{gated_article.pk}"),
        client.post(f"{SCREEN}?target=page:{gated_article.pk}", {"person": "charlie"}),
        client.post(SCREEN, {"person": "charlie", "address": "/how-to-sell/"}),
    ):
        assert response.status_code in {302, 403}
        assert b"wl-outcome" not in response.content


@pytest.mark.parametrize("target", ["page:999999", "page:x;y", "nothing:1", "page", "page:", "area:"])
def test_a_target_that_is_not_there_is_not_found(asker, target):
    assert signed_in(asker).get(SCREEN, {"target": target}).status_code == 404


def test_the_ways_to_the_screen(asker, gated_article, alice, pro, now, olivia):
    license = give(alice, pro, at=now)
    client = signed_in(asker)

    edit = client.get(f"/admin/pages/{gated_article.pk}/edit/").content.decode()
    dialog = client.get(f"/admin/licensing/access/{gated_article.pk}/").content.decode()
    detail = client.get(f"/admin/licensing/licenses/inspect/{license.pk}/").content.decode()
    users = signed_in(olivia).get("/admin/users/").content.decode()

    assert f"/admin/licensing/explain/?target=page%3A{gated_article.pk}" in edit
    assert f"/admin/licensing/explain/?target=page%3A{gated_article.pk}" in dialog
    assert f"/admin/licensing/explain/?user={alice.pk}" in detail
    assert f"/admin/licensing/explain/?user={alice.pk}" in users


# --- the command ---------------------------------------------------------------------------------


def run(*args: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("licensing_explain", *args, stdout=out)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue()
    return 0, out.getvalue()


def test_the_command_tells_the_same_and_leaves_with_0_or_1(gated_article, alice, charlie, pro, now):
    license = give(alice, pro, at=now)

    allowed, words = run("/how-to-sell/", "alice@example.org")
    denied, _ = run("/how-to-sell/", "charlie")

    assert (allowed, denied) == (0, 1)
    assert f"License {license.reference} for Pro: active" in words
    assert words.rstrip().endswith("Allowed: a license opens it.")
    assert CANARY not in words


def test_the_command_speaks_json(gated_article, alice, pro, now):
    give(alice, pro, at=now - 9 * DAY, ends_at=now - DAY)

    code, text = run("/how-to-sell/", "alice", "--json", "--at", (now - 2 * DAY).isoformat())
    told = json.loads(text)

    assert (code, told["allowed"], told["reason"]) == (0, True, "license")
    assert told["gates"][0]["licenses"][0]["access_until"] == (now - DAY).isoformat()
    assert "alice@" not in text


@pytest.mark.parametrize(
    "args",
    [
        ("/nothing/", "charlie"),
        ("/how-to-sell/", "nobody@example.org"),
        ("/how-to-sell/", "charlie", "--at", "yesterday"),
        ("/how-to-sell/", "charlie", "--at", "2026-02-31T10:00"),
    ],
)
def test_the_command_leaves_with_2_where_there_is_no_answer(gated_article, charlie, args):
    with pytest.raises(CommandError) as failed:
        run(*args)

    assert failed.value.returncode == 2
    assert "nobody@example.org" not in str(failed.value)


# --- views and areas ------------------------------------------------------------------------------


@pytest.fixture
def views(settings):
    """Put a view of products, one of an area, and an open one at addresses."""
    import sys
    from types import ModuleType

    from django.http import HttpResponse
    from django.urls import clear_url_caches, path
    from django.views.generic import View

    from tests.urls import urlpatterns
    from wagtail_licensing.decorators import LicenseRequiredMixin, license_required

    def view(request):
        return HttpResponse("in")

    class ClassView(LicenseRequiredMixin, View):
        license_products = ("pro",)

    module = ModuleType("tests.explain_urls")
    module.urlpatterns = [
        path("tools/", license_required(products=["pro"])(view)),
        path("corner/", license_required(area="corner", products=["pro"])(view)),
        path("class/", ClassView.as_view()),
        path("open/", view),
        *urlpatterns,
    ]
    sys.modules[module.__name__] = module
    settings.ROOT_URLCONF = module.__name__
    clear_url_caches()
    yield
    del sys.modules[module.__name__]


def test_a_guarded_view_is_explained_by_its_address(asker, views, alice, charlie, pro, basic, now):
    give(alice, pro, at=now)
    client = signed_in(asker)

    inside = ask(client, person="alice", address="/tools/")
    outside = ask(client, person="charlie", address="/class/")
    by_products = ask(client, person="alice", address="/corner/")
    gate = Gate.objects.create(kind="area", area="corner")
    EntitlementRule.objects.create(gate=gate, product=basic)
    by_area = ask(client, person="alice", address="/corner/")

    assert "Rule of the view at “/tools/”: needs a license for Pro" in inside
    assert "Allowed: a license opens it" in inside
    assert "Denied: nothing that is held opens it." in outside
    assert "Allowed: a license opens it" in by_products
    assert "Denied: the license is for another product." in by_area


def test_an_area_is_named_and_what_is_none_is_refused(asker, views, alice, pro):
    gate = Gate.objects.create(kind="area", area="corner")
    EntitlementRule.objects.create(gate=gate, product=pro)
    client = signed_in(asker)

    assert "needs a license for Pro" in ask(client, person="alice", address="area:corner")
    assert "No gate of an area of this name" in ask(client, person="alice", address="area:other")
    assert "No published page, document or file" in ask(client, person="alice", address="/open/")


def test_the_past_says_what_is_known_and_what_is_not(asker, gated_article, alice, pro, now):
    license = give(alice, pro, at=now - 9 * DAY)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now - 2 * DAY, by=STAFF)
    client, target = signed_in(asker), f"page:{gated_article.pk}"
    then = localtime(now - 5 * DAY).strftime("%Y-%m-%d %H:%M")

    today, past = ask(client, target, person="alice"), ask(client, target, person="alice", at=then)

    assert "Denied: the license is suspended." in today
    assert "What is known of that time" not in today
    assert "Allowed: a license opens it" in past
    assert "from the history of each license" in past
    assert "of these no history is kept" in past
    assert "Was put up or changed later, on" in past


def test_the_command_says_it_too(gated_article, alice, pro, now):
    license = give(alice, pro, at=now - 9 * DAY)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now - 2 * DAY, by=STAFF)
    out = StringIO()

    call_command(
        "licensing_explain",
        "/how-to-sell/",
        "alice",
        "--json",
        f"--at={(now - 5 * DAY).isoformat()}",
        stdout=out,
    )

    told = json.loads(out.getvalue())
    assert (told["allowed"], told["as_it_was"]) == (True, True)
    assert told["gates"][0]["changed_at"] > told["at"]


def test_the_arrow_points_on_in_both_directions_of_writing(course, pro, alice, now):
    gate_page(course, pro)
    give(alice, pro, at=now)

    def words():
        told = explain(alice, course, now)
        return stories(told)[0].steps[0].text

    assert "→" in words()
    with translation.override("ar"):
        assert "←" in words()
        assert "→" not in words()
