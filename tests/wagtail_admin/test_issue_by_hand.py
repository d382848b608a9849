"""Issue a license by hand."""

import datetime as dt

import pytest

from tests.conftest import make_product, make_user
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.access import has_access
from wagtail_licensing.models import License

URL = "/admin/licensing/licenses/issue/"


def issue(user, **data):
    data.setdefault("reason", "Press copy")
    return signed_in(user).post(URL, data)


@pytest.mark.parametrize("person", ["alice", "alice@example.org", " ALICE@EXAMPLE.ORG "])
def test_a_license_opens_at_once(manager, alice, pro, gated_article, person):
    response = issue(manager, person=person, product=pro.pk)

    license = License.objects.get()
    assert response.status_code == 302
    assert response.url == f"/admin/licensing/licenses/inspect/{license.pk}/"
    assert has_access(alice, gated_article)
    assert (license.source, license.ends_at, license.renews) == ("by_hand", None, False)
    event = license.events.get()
    assert (event.cause, event.actor, event.reason) == ("staff", manager, "Press copy")


def test_the_last_day_is_included(manager, alice, pro):
    issue(manager, person="alice", product=pro.pk, last_day="2031-06-30")

    assert License.objects.get().ends_at == dt.datetime(2031, 7, 1, tzinfo=dt.UTC)


def test_the_last_day_ends_at_midnight_of_the_sites_time_zone(manager, alice, pro, settings):
    settings.TIME_ZONE = "America/New_York"

    issue(manager, person="alice", product=pro.pk, last_day="2031-06-30")

    assert License.objects.get().ends_at == dt.datetime(2031, 7, 1, 4, tzinfo=dt.UTC)


def test_a_fixed_term_ends_by_itself(manager, alice):
    product = make_product("Week", kind="fixed_term", term_days=7)

    issue(manager, person="alice", product=product.pk)

    license = License.objects.get()
    assert license.ends_at - license.starts_at == dt.timedelta(days=7)


def errors(response) -> dict:
    assert response.status_code == 200
    assert not License.objects.exists()
    return response.context["form"].errors


def test_an_unknown_person_is_a_clear_error_and_nothing_typed_is_lost(manager, pro):
    response = issue(manager, person="nobody@example.org", product=pro.pk)

    assert "Nobody has the user name" in errors(response)["person"][0]
    assert "Press copy" in response.content.decode()


def test_an_address_of_several_people_is_an_error(manager, pro):
    for name in ("one", "two"):
        user = make_user(name)
        user.email = "shared@example.org"
        user.save()

    assert (
        "Several accounts"
        in errors(issue(manager, person="shared@example.org", product=pro.pk))["person"][0]
    )


def test_an_inactive_person_is_an_error(manager, alice, pro):
    alice.is_active = False
    alice.save()

    assert "inactive" in errors(issue(manager, person="alice", product=pro.pk))["person"][0]


def test_an_archived_product_is_not_issued(manager, alice):
    product = make_product("Old", is_archived=True)

    assert errors(issue(manager, person="alice", product=product.pk))["product"]


@pytest.mark.parametrize("missing", ["person", "product", "reason"])
def test_nothing_is_issued_while_something_is_missing(manager, alice, pro, missing):
    data = {"person": "alice", "product": pro.pk, "reason": "x", missing: ""}

    assert errors(issue(manager, **data))[missing]


def test_an_end_that_is_past_is_an_error(manager, alice, pro):
    response = issue(manager, person="alice", product=pro.pk, last_day="2001-01-01")

    assert errors(response)["last_day"]


def test_a_second_click_issues_no_second_license_but_asks(manager, alice, pro):
    issue(manager, person="alice", product=pro.pk)
    response = issue(manager, person="alice", product=pro.pk)

    assert response.status_code == 200
    assert "They have one already" in response.content.decode()
    assert License.objects.count() == 1


def test_who_ticks_the_box_issues_one_more(manager, alice, pro):
    issue(manager, person="alice", product=pro.pk)
    issue(manager, person="alice", product=pro.pk, again="on")

    assert License.objects.count() == 2
