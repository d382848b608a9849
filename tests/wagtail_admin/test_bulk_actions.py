"""Suspend and revoke several licenses with one reason."""

import datetime as dt

import pytest

from tests.conftest import STAFF, give, make_user
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import place_hold, revoke_license
from wagtail_licensing.models import License, LicenseEvent

SUSPEND = "/admin/bulk/wagtail_licensing/license/suspend/"
REVOKE = "/admin/bulk/wagtail_licensing/license/revoke/"


@pytest.fixture
def three(alice, bob, charlie, pro, now):
    """One active, one suspended by staff, one revoked."""
    active, suspended, revoked = (give(user, pro, at=now) for user in (alice, bob, charlie))
    place_hold(license_id=suspended.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    revoke_license(license_id=revoked.pk, at=now, by=STAFF)
    return active, suspended, revoked


def address(url: str, licenses, **query) -> str:
    ids = "&".join(f"id={getattr(item, 'pk', item)}" for item in licenses)
    return f"{url}?{ids}" + "".join(f"&{name}={value}" for name, value in query.items())


def test_the_screen_counts_what_will_change_is_so_already_and_cannot(manager, three):
    body = " ".join(signed_in(manager).get(address(SUSPEND, three)).content.decode().split())

    assert "1 license will change" in body
    assert "1 is so already" in body
    assert "1 cannot be changed" in body
    assert "It has ended." in body


def test_suspending_changes_those_that_can_be_and_logs_the_reason(manager, three):
    response = signed_in(manager).post(address(SUSPEND, three), {"reason": "Leaked list"}, follow=True)

    assert "1 license suspended." in response.content.decode()
    states = list(License.objects.order_by("pk").values_list("state", flat=True))
    assert states == ["suspended", "suspended", "revoked"]
    event = LicenseEvent.objects.get(license=three[0], kind="suspended")
    assert (event.actor, event.reason, event.cause) == (manager, "Leaked list", "staff")


def test_revoking_changes_all_but_the_revoked(manager, three):
    signed_in(manager).post(address(REVOKE, three), {"reason": "Closing down"})

    assert set(License.objects.values_list("state", flat=True)) == {"revoked"}
    assert LicenseEvent.objects.filter(kind="revoked").count() == 3


def test_without_a_reason_nothing_changes(manager, three):
    response = signed_in(manager).post(address(REVOKE, three), {"reason": " "})

    assert response.status_code == 200
    assert "Say why" in response.content.decode()
    assert LicenseEvent.objects.filter(kind="revoked").count() == 1


def test_it_says_that_stripe_hears_nothing(manager, alice, pro, now):
    license = give(alice, pro, at=now, renews=True, ends_at=now + dt.timedelta(days=9))

    assert (
        "Nothing changes at Stripe"
        in signed_in(manager).get(address(REVOKE, [license])).content.decode()
    )


def test_all_in_the_listing_means_all_that_the_filters_and_the_search_show(
    manager, alice, bob, pro, basic, now
):
    for number in range(60):
        give(make_user(f"m{number}"), pro, at=now)
    give(alice, basic, at=now)
    give(make_user("mallory"), basic, at=now)

    signed_in(manager).post(address(SUSPEND, ["all"], product=pro.pk, q="m"), {"reason": "x"})

    kept = set(License.objects.filter(state="active").values_list("user__username", flat=True))
    assert kept == {"alice", "mallory"}
    assert License.objects.filter(state="suspended").count() == 60


def test_all_with_a_filter_that_makes_no_sense_means_none(manager, three):
    response = signed_in(manager).post(address(REVOKE, ["all"], state="nonsense"), {"reason": "x"})

    assert response.status_code == 404
    assert LicenseEvent.objects.filter(kind="revoked").count() == 1


@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["9" * 40], ["1;drop"], ["²"]])
def test_ids_that_are_none_are_not_found(manager, three, ids):
    assert signed_in(manager).get(address(REVOKE, ids)).status_code == 404


def test_what_ends_between_the_look_and_the_act_is_counted_as_left_alone(
    manager, alice, pro, now, monkeypatch
):
    from wagtail_licensing.wagtail_admin import license_bulk_actions

    license = give(alice, pro, at=now)
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    monkeypatch.setattr(license_bulk_actions, "cannot_suspend", lambda license: "")

    response = signed_in(manager).post(address(SUSPEND, [license]), {"reason": "x"}, follow=True)

    body = response.content.decode()
    assert "1 license could not be changed" in body
    assert "0 licenses suspended" in body


def test_licenses_cannot_be_deleted_in_bulk(olivia, three):
    url = "/admin/bulk/wagtail_licensing/license/delete/"

    assert signed_in(olivia).get(address(url, three)).status_code == 404
    assert signed_in(olivia).post(address(url, three)).status_code == 404
    assert License.objects.count() == 3
