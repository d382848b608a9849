"""Suspending and resuming: each cause lifts only its own hold."""

import datetime as dt

import pytest

from tests.conftest import CLOCK, STAFF, STRIPE, give
from wagtail_licensing.domain.states import Cause, Hold, State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import (
    ChangedBy,
    LicenseError,
    apply_terms,
    lift_hold,
    place_hold,
    revoke_license,
)
from wagtail_licensing.models import LicenseEvent, ProductUserPermission

pytestmark = pytest.mark.django_db


def kinds(license):
    return list(LicenseEvent.objects.filter(license=license).values_list("kind", flat=True))


def test_staff_suspends_with_a_reason_and_resumes(alice, pro, now):
    license = give(alice, pro, at=now)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    license.refresh_from_db()
    assert (license.state, license.unheld_state) == ("suspended", "active")
    assert not ProductUserPermission.objects.filter(license=license).exists()
    lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    license.refresh_from_db()
    assert license.state == "active"
    assert ProductUserPermission.objects.filter(license=license).count() == 1
    assert kinds(license) == ["issued", "suspended", "resumed"]


def test_a_suspension_by_staff_needs_a_reason(alice, pro, now):
    license = give(alice, pro, at=now)
    with pytest.raises(LicenseError, match="reason"):
        place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=ChangedBy(Cause.STAFF))


def test_the_same_hold_twice_is_one_history_line(alice, pro, now):
    license = give(alice, pro, at=now)
    for _ in range(3):
        place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    assert kinds(license) == ["issued", "suspended"]


def test_two_holds_both_have_to_go(alice, pro, now):
    license = give(alice, pro, at=now)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    place_hold(license_id=license.pk, hold=Hold.DISPUTE, at=now, by=STRIPE)
    lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    license.refresh_from_db()
    assert license.state == "suspended"
    lift_hold(license_id=license.pk, hold=Hold.DISPUTE, at=now, by=STRIPE)
    license.refresh_from_db()
    assert license.state == "active"
    assert kinds(license) == ["issued", "suspended", "held", "hold_lifted", "resumed"]


@pytest.mark.parametrize("hold", [Hold.BILLING, Hold.DISPUTE, Hold.PAUSED])
def test_staff_cannot_lift_what_stripe_holds(alice, pro, now, hold):
    license = give(alice, pro, at=now)
    place_hold(license_id=license.pk, hold=hold, at=now, by=STRIPE)
    with pytest.raises(LicenseError):
        lift_hold(license_id=license.pk, hold=hold, at=now, by=STAFF)
    license.refresh_from_db()
    assert license.state == "suspended"


@pytest.mark.parametrize("by", [STRIPE, CLOCK, ChangedBy(Cause.MEMBER, reason="mine")])
def test_only_staff_lifts_what_staff_holds(alice, pro, now, by):
    license = give(alice, pro, at=now)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    with pytest.raises(LicenseError):
        lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=by)


def test_a_payment_does_not_lift_the_hold_of_staff(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + dt.timedelta(days=30), renews=True)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    end = now + dt.timedelta(days=60)
    terms = Terms(State.ACTIVE, starts_at=now, ends_at=end, access_until=end, renews=True)
    apply_terms(license_id=license.pk, terms=terms, at=now, by=STRIPE)
    license.refresh_from_db()
    assert (license.state, license.unheld_state, license.ends_at) == ("suspended", "active", end)


def test_a_license_whose_end_came_while_suspended_ends_when_the_hold_goes(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + dt.timedelta(days=1))
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=now + dt.timedelta(days=1), by=STAFF)
    license.refresh_from_db()
    assert license.state == "expired"


def test_a_license_in_grace_is_in_grace_again_after_a_suspension(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + dt.timedelta(days=30), renews=True)
    end = now + dt.timedelta(days=7)
    terms = Terms(State.GRACE, starts_at=now, ends_at=end, access_until=end, renews=True)
    apply_terms(license_id=license.pk, terms=terms, at=now, by=STRIPE)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    license.refresh_from_db()
    assert license.state == "grace"


def test_an_ended_license_cannot_be_suspended(alice, pro, now):
    license = give(alice, pro, at=now)
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    with pytest.raises(LicenseError):
        place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
