"""History: append-only, and enough to tell the state of a license at any line."""

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import CLOCK, STAFF, STRIPE, examples, give, make_product, make_user
from wagtail_licensing.domain.states import Hold, IllegalTransition, State
from wagtail_licensing.domain.terms import BILLING_HOLDS, Terms
from wagtail_licensing.licenses import (
    LicenseError,
    apply_terms,
    end_due_licenses,
    lift_hold,
    place_hold,
    renew_license,
    revoke_license,
)
from wagtail_licensing.licenses.change import holds_of
from wagtail_licensing.licenses.history import snapshot
from wagtail_licensing.models import LicenseEvent, ProductUserPermission
from wagtail_licensing.models.append_only import AppendOnlyError

pytestmark = pytest.mark.django_db

START = dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize("change", ["save", "delete", "update", "delete_all"])
def test_history_is_never_changed(alice, pro, now, change):
    event = give(alice, pro, at=now).events.get()
    with pytest.raises(AppendOnlyError):
        {
            "save": event.save,
            "delete": event.delete,
            "update": lambda: LicenseEvent.objects.update(kind="x"),
            "delete_all": lambda: LicenseEvent.objects.all().delete(),
        }[change]()


def test_a_license_with_a_history_cannot_be_deleted(alice, pro, now):
    license = give(alice, pro, at=now)
    with pytest.raises(Exception, match="protected"):
        license.delete()


def test_a_change_is_announced_after_the_commit_only(
    alice, pro, now, django_capture_on_commit_callbacks
):
    from wagtail_licensing.signals import license_issued

    heard = []
    receiver = lambda **kwargs: heard.append(kwargs["event"].kind)  # noqa: E731
    license_issued.connect(receiver)
    try:
        with django_capture_on_commit_callbacks(execute=True):
            give(alice, pro, at=now)
            assert heard == []
        assert heard == ["issued"]
    finally:
        license_issued.disconnect(receiver)


days = st.integers(min_value=-2, max_value=40)
states = st.sampled_from([State.ACTIVE, State.GRACE, State.EXPIRED])
actions = st.one_of(
    st.tuples(
        st.just("terms"), states, days, st.booleans(), st.sets(st.sampled_from(sorted(BILLING_HOLDS)))
    ),
    st.tuples(st.just("hold"), st.sampled_from(list(Hold))),
    st.tuples(st.just("lift"), st.sampled_from(list(Hold))),
    st.tuples(
        st.just("sweep"),
    ),
    st.tuples(st.just("renew"), days),
    st.tuples(
        st.just("revoke"),
    ),
)


@settings(
    max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck), database=None
)
@given(st.lists(st.tuples(actions, st.integers(min_value=0, max_value=10)), max_size=12))
def test_the_last_history_line_is_the_license_whatever_happens(steps):
    product = make_product(f"P{LicenseEvent.objects.count()}")
    user = make_user(f"u{product.pk}")
    at = START
    license = give(user, product, at=at, ends_at=at + dt.timedelta(days=30), renews=True)
    for action, wait in steps:
        at += dt.timedelta(days=wait)
        before = snapshot(license, holds_of(license))
        lines = license.events.count()
        try:
            _do(action, license, at)
        except (LicenseError, IllegalTransition):
            license.refresh_from_db()
            assert snapshot(license, holds_of(license)) == before
            assert license.events.count() == lines
            continue
        license.refresh_from_db()
        after = snapshot(license, holds_of(license))
        assert license.events.count() == lines + (after != before)
        assert license.events.last().after == after
        if after != before:
            assert license.events.last().before == before
        mirrored = ProductUserPermission.objects.filter(license=license)
        assert [row.ends_at for row in mirrored] == (
            [license.access_until] if license.state in {"active", "grace"} else []
        )


def _owner(hold):
    return STAFF if hold is Hold.ADMIN else STRIPE


def _do(action, license, at):
    name, *values = action
    if name == "terms":
        state, length, renews, holds = values
        end = max(at + dt.timedelta(days=length), license.starts_at)
        terms = Terms(state, START, end, end, renews, holds=frozenset(holds))
        apply_terms(license_id=license.pk, terms=terms, at=at, by=STRIPE)
    elif name == "hold":
        place_hold(
            license_id=license.pk, hold=values[0], at=at, by=STAFF if values[0] is Hold.ADMIN else STRIPE
        )
    elif name == "lift":
        lift_hold(
            license_id=license.pk, hold=values[0], at=at, by=STAFF if values[0] is Hold.ADMIN else STRIPE
        )
    elif name == "sweep":
        end_due_licenses(at=at)
    elif name == "renew":
        renew_license(license_id=license.pk, ends_at=at + dt.timedelta(days=values[0]), at=at, by=STAFF)
    else:
        revoke_license(license_id=license.pk, at=at, by=STAFF)


def test_the_clock_cannot_do_what_only_staff_may(alice, pro, now):
    license = give(alice, pro, at=now)
    with pytest.raises(IllegalTransition):
        revoke_license(
            license_id=license.pk, at=now, by=type(CLOCK)(cause=CLOCK.cause, reason="because")
        )
