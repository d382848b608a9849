"""Renewing by hand."""

import datetime as dt

import pytest

from tests.conftest import STAFF, give
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import LicenseError, end_due_licenses, place_hold, renew_license

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def test_an_active_license_gets_a_later_end(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + DAY)
    renewed = renew_license(license_id=license.pk, ends_at=now + 9 * DAY, at=now, by=STAFF)
    assert renewed.access_until == now + 9 * DAY
    assert license.events.last().kind == "renewed"


def test_an_expired_license_opens_again_and_the_gap_is_not_time_held(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + DAY)
    end_due_licenses(at=now + DAY)
    renewed = renew_license(license_id=license.pk, ends_at=None, at=now + 3 * DAY, by=STAFF)
    assert (renewed.state, renewed.access_until) == ("active", None)
    assert renewed.held_since == now + 2 * DAY


def test_a_suspended_license_stays_suspended_with_a_later_end(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + DAY)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    renewed = renew_license(license_id=license.pk, ends_at=now + 9 * DAY, at=now, by=STAFF)
    assert (renewed.state, renewed.ends_at) == ("suspended", now + 9 * DAY)


def test_an_end_that_is_past_is_refused(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + DAY)
    with pytest.raises(LicenseError):
        renew_license(license_id=license.pk, ends_at=now, at=now, by=STAFF)


def test_what_stripe_renews_is_not_renewed_by_hand(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + DAY, renews=True)
    with pytest.raises(LicenseError):
        renew_license(license_id=license.pk, ends_at=None, at=now, by=STAFF)
