"""The page of one license: facts, holds, seats, Stripe's ids, and the whole history."""

import datetime as dt

from tests.conftest import STAFF, STRIPE, give
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.domain.states import Cause, Hold, State
from wagtail_licensing.domain.terms import Terms
from wagtail_licensing.licenses import (
    ChangedBy,
    apply_terms,
    assign_seat,
    invite_to_seat,
    lift_hold,
    place_hold,
)


def page_of(user, license) -> str:
    response = signed_in(user).get(f"/admin/licensing/licenses/inspect/{license.pk}/")
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_the_history_says_what_when_who_why_and_what_changed(viewer, olivia, alice, pro, basic, now):
    at = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    license = give(alice, basic, at=at)
    by = ChangedBy(cause=Cause.STAFF, actor=olivia, reason="Shared the password")
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=at + dt.timedelta(days=1), by=by)
    lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=at + dt.timedelta(days=2), by=by)
    apply_terms(
        license_id=license.pk,
        terms=Terms(
            state=State.ACTIVE,
            starts_at=at,
            ends_at=at + dt.timedelta(days=40),
            access_until=at + dt.timedelta(days=43),
            renews=True,
        ),
        product=pro,
        at=at + dt.timedelta(days=3),
        by=ChangedBy(cause=Cause.STRIPE, stripe_event_id="evt_switch"),
    )

    response = signed_in(viewer).get(f"/admin/licensing/licenses/inspect/{license.pk}/")
    entries = response.context["timeline"]

    assert [entry.what for entry in entries] == [
        "Switched to another product",
        "Resumed",
        "Suspended",
        "License issued",
    ]
    switched, _resumed, suspended, issued = entries
    assert (switched.cause, switched.actor) == ("Stripe", "")
    assert [(each.id, each.url) for each in switched.stripe] == [
        ("evt_switch", "https://dashboard.stripe.com/test/events/evt_switch")
    ]
    changes = {change.name: (change.before, change.after) for change in switched.changes}
    assert changes["Product"] == ("Basic", "Pro")
    assert changes["Ends"] == ("never", "April 10, 2026, noon")
    assert changes["Renews"] == ("no", "yes")
    assert (suspended.cause, suspended.actor, suspended.reason) == (
        "Staff",
        "olivia",
        "Shared the password",
    )
    assert {change.name: change.after for change in suspended.changes} == {
        "State": "Suspended",
        "Holds": "by staff",
    }
    assert issued.changes[0].before == ""
    assert "evt_switch" in response.content.decode()


def test_holds_say_their_cause_and_reason(viewer, alice, pro, now):
    license = give(alice, pro, at=now)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    place_hold(license_id=license.pk, hold=Hold.DISPUTE, at=now, by=STRIPE)

    body = page_of(viewer, license)

    assert "by staff" in body
    assert "payment disputed" in body
    assert "It opens nothing right now." in body


def test_seats_show_who_sits_where(viewer, alice, bob, team, now):
    license = give(alice, team, at=now, seats=4)
    assign_seat(license_id=license.pk, user=bob, at=now, by=STAFF)
    invite_to_seat(license_id=license.pk, email="new@example.org", at=now, by=STAFF)

    body = page_of(viewer, license)

    assert "Seats: 3 of 4 taken" in body
    for words in ("alice: Assigned", "bob: Assigned", "new@example.org: Invited"):
        assert words in body
    assert "Seat assigned: bob" in body


def test_a_reason_cannot_smuggle_markup_into_the_page(viewer, alice, pro, now):
    license = give(alice, pro, at=now)
    by = ChangedBy(cause=Cause.STAFF, reason="<img src=x onerror=alert(1)>")
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now, by=by)

    assert "<img src=x" not in page_of(viewer, license)


def test_who_only_views_sees_no_action(viewer, manager, alice, pro, now):
    license = give(alice, pro, at=now)
    base = "/admin/licensing/licenses/"

    for name in ("suspend", "revoke", "extend"):
        assert f"{base}{name}/{license.pk}/" not in page_of(viewer, license)
        assert f"{base}{name}/{license.pk}/" in page_of(manager, license)
    assert "bulk-action-btn" not in signed_in(viewer).get(base).content.decode()
    assert f"{base}issue/" not in signed_in(viewer).get(base).content.decode()


def test_only_what_is_possible_is_offered(manager, alice, bob, pro, now):
    plain, renewing = give(alice, pro, at=now), give(bob, pro, at=now, renews=True)
    place_hold(license_id=renewing.pk, hold=Hold.ADMIN, at=now, by=STAFF)

    assert "/resume/" not in page_of(manager, plain)
    body = page_of(manager, renewing)
    assert "/resume/" in body
    assert "/suspend/" not in body
    assert "/extend/" not in body


def test_a_license_that_does_not_exist_is_not_found(viewer):
    assert signed_in(viewer).get("/admin/licensing/licenses/inspect/999/").status_code == 404
