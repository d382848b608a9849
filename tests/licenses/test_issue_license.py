"""Issuing a license."""

import datetime as dt

import pytest

from tests.conftest import STAFF, give, make_product, make_user
from wagtail_licensing.licenses import LicenseError, issue_license
from wagtail_licensing.models import LicenseEvent, Organization, ProductUserPermission

pytestmark = pytest.mark.django_db


def test_a_license_is_active_from_now_on_and_has_one_history_line(alice, pro, now):
    license = give(alice, pro, at=now)
    assert (license.state, license.access_until) == ("active", None)
    event = LicenseEvent.objects.get(license=license)
    assert (event.kind, event.before, event.after["state"]) == ("issued", {}, "active")


def test_a_fixed_term_ends_exactly_after_its_days(alice, now):
    week = make_product("Week", kind="fixed_term", term_days=7)
    license = give(alice, week, at=now)
    assert license.access_until == license.ends_at == now + dt.timedelta(days=7)


def test_a_renewing_license_stays_open_for_the_slack_beyond_its_end(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + dt.timedelta(days=30), renews=True)
    assert license.access_until == now + dt.timedelta(days=33)


def test_a_start_in_the_future_is_pending_start(alice, pro, now):
    license = give(alice, pro, at=now, starts_at=now + dt.timedelta(days=1))
    assert (license.state, license.pending_reason) == ("pending", "start")


def test_the_holder_of_a_shared_license_has_the_first_seat(alice, team, now):
    license = give(alice, team, at=now)
    assert [seat.user for seat in license.seats.all()] == [alice]
    assert ProductUserPermission.objects.get(license=license).seat.user == alice


def test_an_organization_holds_a_license_and_nobody_sits_on_it_yet(pro, now):
    acme = Organization.objects.create(name="Acme", slug="acme", owner=make_user("owner"))
    license = issue_license(product=pro, organization=acme, source="by_hand", at=now, by=STAFF)
    assert license.uses_seats
    assert not license.seats.exists()


@pytest.mark.parametrize("holders", ["none", "both"])
def test_a_license_needs_one_holder(alice, pro, now, holders):
    acme = (
        Organization.objects.create(name="Acme", slug="acme", owner=make_user("owner"))
        if holders == "both"
        else None
    )
    user = alice if holders == "both" else None
    with pytest.raises(LicenseError):
        issue_license(product=pro, user=user, organization=acme, source="by_hand", at=now, by=STAFF)


def test_a_license_cannot_end_before_it_starts(alice, pro, now):
    with pytest.raises(LicenseError):
        give(alice, pro, at=now, ends_at=now)
