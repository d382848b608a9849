"""Making a license what billing says it is."""

import datetime as dt
from dataclasses import replace

import pytest

from tests.conftest import STRIPE, give
from wagtail_licensing.domain.states import Hold, IllegalTransition, PendingReason, State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import apply_terms
from wagtail_licensing.models import LicenseEvent

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def license(alice, pro, now):
    return give(alice, pro, at=now, ends_at=now + 30 * DAY, renews=True, source="subscription")


@pytest.fixture
def terms(license):
    """The terms the license has already."""
    return Terms(
        State.ACTIVE,
        starts_at=license.starts_at,
        ends_at=license.ends_at,
        access_until=license.access_until,
        renews=True,
    )


def kinds(license):
    return list(LicenseEvent.objects.filter(license=license).values_list("kind", flat=True))[1:]


def test_the_same_terms_a_hundred_times_write_nothing(license, terms, now):
    for _ in range(100):
        apply_terms(license_id=license.pk, terms=terms, at=now, by=STRIPE)
    assert kinds(license) == []


def test_a_renewal_moves_the_end_and_is_one_line(license, terms, now):
    later = replace(terms, ends_at=now + 60 * DAY, access_until=now + 63 * DAY)
    apply_terms(license_id=license.pk, terms=later, at=now, by=STRIPE)
    assert kinds(license) == ["renewed"]


def test_a_cancellation_at_period_end_and_its_withdrawal(license, terms, now):
    cancelled = replace(terms, renews=False, access_until=terms.ends_at)
    apply_terms(license_id=license.pk, terms=cancelled, at=now, by=STRIPE)
    apply_terms(license_id=license.pk, terms=terms, at=now, by=STRIPE)
    assert kinds(license) == ["cancel_scheduled", "cancel_withdrawn"]


def test_a_failed_payment_and_its_recovery(license, terms, now):
    grace = replace(terms, state=State.GRACE, access_until=now + 7 * DAY)
    apply_terms(license_id=license.pk, terms=grace, at=now, by=STRIPE)
    apply_terms(license_id=license.pk, terms=terms, at=now, by=STRIPE)
    assert kinds(license) == ["payment_failed", "paid"]


def test_unpaid_suspends_and_a_payment_resumes(license, terms, now):
    unpaid = replace(terms, state=State.GRACE, holds=frozenset({Hold.BILLING}))
    apply_terms(license_id=license.pk, terms=unpaid, at=now, by=STRIPE)
    license.refresh_from_db()
    assert license.state == "suspended"
    apply_terms(license_id=license.pk, terms=terms, at=now, by=STRIPE)
    license.refresh_from_db()
    assert license.state == "active"
    assert kinds(license) == ["suspended", "resumed"]


def test_the_end_and_a_new_payment_keep_the_license(license, terms, now):
    ended = replace(terms, state=State.EXPIRED, renews=False, access_until=now)
    apply_terms(license_id=license.pk, terms=ended, at=now, by=STRIPE)
    later = now + 10 * DAY
    again = replace(terms, ends_at=later + 30 * DAY, access_until=later + 33 * DAY)
    apply_terms(license_id=license.pk, terms=again, at=later, by=STRIPE)
    license.refresh_from_db()
    assert license.state == "active"
    assert license.held_since == now + 10 * DAY, "ten days without a license are not days held"


def test_a_switch_of_product_keeps_the_license(license, terms, basic, now):
    apply_terms(license_id=license.pk, terms=terms, product=basic, at=now, by=STRIPE)
    license.refresh_from_db()
    assert license.product == basic
    assert kinds(license) == ["switched"]
    assert license.grants.get().content_object == basic


def test_a_quantity_is_the_number_of_seats(license, terms, now):
    apply_terms(license_id=license.pk, terms=replace(terms, seats=7), at=now, by=STRIPE)
    license.refresh_from_db()
    assert license.seats_total == 7
    assert kinds(license) == ["seats_changed"]


def test_what_the_table_does_not_have_is_refused_and_nothing_changes(license, terms, now):
    pending = replace(terms, state=State.PENDING, pending_reason=PendingReason.PAYMENT)
    with pytest.raises(IllegalTransition):
        apply_terms(license_id=license.pk, terms=pending, at=now, by=STRIPE)
    license.refresh_from_db()
    assert license.state == "active"


def test_a_pending_payment_is_paid(alice, pro, now):
    license = give(alice, pro, at=now, pending=PendingReason.PAYMENT, source="subscription")
    terms = Terms(State.ACTIVE, starts_at=now, ends_at=None, access_until=None, renews=True)
    apply_terms(license_id=license.pk, terms=terms, at=now, by=STRIPE)
    license.refresh_from_db()
    assert (license.state, license.pending_reason) == ("active", "")
