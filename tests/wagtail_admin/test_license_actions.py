"""What staff does to one license."""

import datetime as dt

import pytest

from tests.conftest import STAFF, STRIPE, give
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.access import check_access
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import end_due_licenses, place_hold, revoke_license

BASE = "/admin/licensing/licenses"


@pytest.fixture
def license(alice, pro, now):
    return give(alice, pro, at=now)


def post(user, license, action, **data):
    response = signed_in(user).post(f"{BASE}/{action}/{license.pk}/", data)
    license.refresh_from_db()
    return response


def test_suspending_closes_and_resuming_opens_again(manager, license, gated_article, alice):
    post(manager, license, "suspend", reason="Shared the password")
    assert license.state == "suspended"
    assert not check_access(alice, gated_article)

    post(manager, license, "resume", reason="Apologized")
    assert license.state == "active"
    assert check_access(alice, gated_article)

    events = list(license.events.values_list("kind", "cause", "actor__username", "reason"))
    assert events[1:] == [
        ("suspended", "staff", "max", "Shared the password"),
        ("resumed", "staff", "max", "Apologized"),
    ]


@pytest.mark.parametrize("action", ["suspend", "revoke", "extend"])
@pytest.mark.parametrize("reason", ["", "   ", "x" * 501])
def test_without_a_fitting_reason_nothing_is_done(manager, license, action, reason):
    response = post(manager, license, action, reason=reason)

    assert response.status_code == 200
    assert response.context["form"].errors["reason"]
    assert license.events.count() == 1


def test_suspending_twice_writes_one_line(manager, license):
    post(manager, license, "suspend", reason="once")
    response = post(manager, license, "suspend", reason="twice")

    assert response.status_code == 302
    assert license.events.filter(kind="suspended").count() == 1


def test_lifting_the_hold_of_staff_leaves_the_hold_of_billing(manager, license, now):
    place_hold(license_id=license.pk, hold=Hold.BILLING, at=now, by=STRIPE)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)

    post(manager, license, "resume", reason="Sorry")

    assert license.state == "suspended"
    assert list(license.holds.values_list("kind", flat=True)) == ["billing"]


def test_revoking_is_final(manager, license, gated_article, alice):
    post(manager, license, "revoke", reason="Fraud")

    assert license.state == "revoked"
    assert not check_access(alice, gated_article)
    for action in ("suspend", "resume", "extend", "revoke"):
        assert post(manager, license, action, reason="again").status_code == 302
    assert license.state == "revoked"
    assert license.events.count() == 2


def test_the_form_says_that_payments_go_on(manager, alice, pro, now):
    license = give(alice, pro, at=now, renews=True, ends_at=now + dt.timedelta(days=30))

    body = signed_in(manager).get(f"{BASE}/revoke/{license.pk}/").content.decode()

    assert "Nothing changes at Stripe" in body


def test_the_last_day_is_a_day_of_access(manager, license, alice, gated_article):
    post(manager, license, "extend", last_day="2031-12-31", reason="Won a prize")

    end = dt.datetime(2032, 1, 1, tzinfo=dt.UTC)
    assert license.ends_at == license.access_until == end
    assert check_access(alice, gated_article, at=end - dt.timedelta(microseconds=1))
    assert not check_access(alice, gated_article, at=end)


def test_an_expired_license_comes_back_with_a_new_end(manager, dana, pro, now):
    license = give(dana, pro, at=now - dt.timedelta(days=9), ends_at=now - dt.timedelta(days=1))
    end_due_licenses(at=now)

    post(manager, license, "extend", last_day="", reason="Goodwill")

    assert license.state == "active"
    assert license.ends_at is None


@pytest.mark.parametrize("day", ["2001-01-01", "31.12.31x", "0000-00-00", "99999-01-01"])
def test_a_day_that_is_past_or_none_changes_nothing(manager, license, day):
    response = post(manager, license, "extend", last_day=day, reason="try")

    assert response.status_code == 200
    assert response.context["form"].errors["last_day"]
    assert license.ends_at is None


def test_a_license_that_its_subscription_renews_has_no_end_by_hand(manager, alice, pro, now):
    license = give(alice, pro, at=now, renews=True, ends_at=now + dt.timedelta(days=30))

    response = post(manager, license, "extend", last_day="2031-12-31", reason="try")

    assert response.status_code == 302
    assert license.ends_at == now + dt.timedelta(days=30)


def test_what_the_write_path_refuses_is_an_error_of_the_form(manager, license, now, monkeypatch):
    """Between the look and the act somebody else may have revoked it."""
    from wagtail_licensing.wagtail_admin import license_actions

    monkeypatch.setattr(license_actions.SuspendView, "obstacle", staticmethod(lambda license: ""))
    revoke_license(license_id=license.pk, at=now, by=STAFF)

    response = post(manager, license, "suspend", reason="late")

    assert response.status_code == 200
    assert response.context["form"].non_field_errors()


def test_a_license_that_does_not_exist_is_not_found(manager):
    assert signed_in(manager).get(f"{BASE}/suspend/999/").status_code == 404


def test_looking_at_a_form_changes_nothing(manager, license):
    for action in ("suspend", "revoke", "extend"):
        assert signed_in(manager).get(f"{BASE}/{action}/{license.pk}/").status_code == 200
    assert license.events.count() == 1
