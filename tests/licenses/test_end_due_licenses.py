"""The labels follow the clock; running the sweep twice changes nothing more."""

import datetime as dt

import pytest

from tests.conftest import STRIPE, give
from wagtail_licensing.domain.states import PendingReason, State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import apply_terms, end_due_licenses
from wagtail_licensing.models import LicenseEvent

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)
TICK = dt.timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("offset", "state"), [(-TICK, "active"), (TICK * 0, "expired"), (TICK, "expired")]
)
def test_a_license_expires_at_its_end_to_the_microsecond(alice, pro, now, offset, state):
    license = give(alice, pro, at=now, ends_at=now + DAY)
    end_due_licenses(at=now + DAY + offset)
    license.refresh_from_db()
    assert license.state == state


def test_a_license_that_waits_for_its_start_becomes_active(alice, pro, now):
    license = give(alice, pro, at=now, starts_at=now + DAY)
    assert end_due_licenses(at=now + DAY - TICK) == 0
    assert end_due_licenses(at=now + DAY) == 1
    license.refresh_from_db()
    assert (license.state, license.pending_reason) == ("active", "")


def test_a_license_that_was_over_before_anybody_looked_expires(alice, pro, now):
    license = give(alice, pro, at=now, starts_at=now + DAY, ends_at=now + 2 * DAY)
    end_due_licenses(at=now + 3 * DAY)
    license.refresh_from_db()
    assert license.state == "expired"


def test_grace_that_is_over_is_a_hold_of_billing(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + 30 * DAY, renews=True)
    end = now + 7 * DAY
    terms = Terms(State.GRACE, starts_at=now, ends_at=end, access_until=end, renews=True)
    apply_terms(license_id=license.pk, terms=terms, at=now, by=STRIPE)
    end_due_licenses(at=end)
    license.refresh_from_db()
    assert (license.state, license.unheld_state) == ("suspended", "grace")
    assert [hold.kind for hold in license.holds.all()] == ["billing"]


def test_a_license_that_waits_for_payment_is_left_alone(alice, pro, now):
    license = give(alice, pro, at=now, ends_at=now + DAY, pending=PendingReason.PAYMENT)
    assert end_due_licenses(at=now + 2 * DAY) == 0
    license.refresh_from_db()
    assert license.state == "pending"


def test_the_second_sweep_writes_nothing(alice, pro, now):
    give(alice, pro, at=now, ends_at=now + DAY)
    end_due_licenses(at=now + DAY)
    lines = LicenseEvent.objects.count()
    assert end_due_licenses(at=now + 2 * DAY) == 0
    assert LicenseEvent.objects.count() == lines


def test_a_sweep_takes_no_more_than_its_limit(alice, bob, charlie, pro, now):
    for user in (alice, bob, charlie):
        give(user, pro, at=now, ends_at=now + DAY)
    assert end_due_licenses(at=now + DAY, limit=2) == 2
    assert end_due_licenses(at=now + DAY, limit=2) == 1
