"""Revoking is final."""

import pytest

from tests.conftest import STAFF, STRIPE, give
from wagtail_licensing.domain.states import Cause, PendingReason, State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import (
    ChangedBy,
    LicenseError,
    apply_terms,
    renew_license,
    revoke_license,
)
from wagtail_licensing.models import LicenseEvent, ProductUserPermission

pytestmark = pytest.mark.django_db


def test_a_revoked_license_gives_nothing_and_says_why(alice, pro, now):
    license = give(alice, pro, at=now)
    revoke_license(license_id=license.pk, at=now, by=ChangedBy(Cause.STAFF, alice, "fraud"))
    license.refresh_from_db()
    assert license.state == "revoked"
    assert not ProductUserPermission.objects.exists()
    event = LicenseEvent.objects.filter(license=license).last()
    assert (event.kind, event.reason, event.actor) == ("revoked", "fraud", alice)


def test_revoking_needs_a_reason(alice, pro, now):
    license = give(alice, pro, at=now)
    with pytest.raises(LicenseError, match="reason"):
        revoke_license(license_id=license.pk, at=now, by=ChangedBy(Cause.STAFF, reason="  "))


def test_revoking_twice_is_one_history_line(alice, pro, now):
    license = give(alice, pro, at=now)
    for _ in range(2):
        revoke_license(license_id=license.pk, at=now, by=STAFF)
    assert LicenseEvent.objects.filter(license=license, kind="revoked").count() == 1


def test_nothing_brings_a_revoked_license_back(alice, pro, now):
    license = give(alice, pro, at=now)
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    terms = Terms(State.ACTIVE, starts_at=now, ends_at=None, access_until=None, renews=True)
    apply_terms(license_id=license.pk, terms=terms, at=now, by=STRIPE)
    with pytest.raises(LicenseError):
        renew_license(license_id=license.pk, ends_at=None, at=now, by=STAFF)
    license.refresh_from_db()
    assert license.state == "revoked"


def test_denying_a_request_revokes_it(alice, pro, now):
    license = give(alice, pro, at=now, pending=PendingReason.APPROVAL)
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    assert LicenseEvent.objects.filter(license=license).last().kind == "denied"
