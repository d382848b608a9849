"""How things stood with a person on a day: what they held, what that opened, what is not known."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import assign_perm
from wagtail.users.models import UserProfile

from tests.conftest import STAFF, gate_page, give, make_product, make_user
from tests.wagtail_admin.conftest import signed_in
from tests.wagtail_admin.test_timeline import EVIL, may
from wagtail_licensing.access import AccessReason
from wagtail_licensing.access.explain import explain_as_it_was
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import (
    assign_seat,
    lift_hold,
    place_hold,
    revoke_license,
    transfer_license,
)
from wagtail_licensing.models import EntitlementRule, Gate, LicenseSeat, Organization
from wagtail_licensing.reports.as_of import as_of

DAY = dt.timedelta(days=1)


def url_of(person, at=None) -> str:
    url = f"/admin/licensing/people/{person.pk}/as-of/"
    return f"{url}?at={at:%Y-%m-%d %H:%M}" if at else url


def held(person, at) -> list[tuple[str, str, bool]]:
    return [(one.reference, one.facts.state, one.opens) for one in as_of(person, at=at).held]


def opened(person, at) -> list[str]:
    return [each.gate.target_label for each in as_of(person, at=at).opened]


def test_a_license_is_told_as_it_was_then_and_not_as_it_is(article, pro, alice, now):
    gate_page(article, pro)
    license = give(alice, pro, at=now - 9 * DAY)
    place_hold(license_id=license.pk, hold=Hold.ADMIN, at=now - 5 * DAY, by=STAFF)
    lift_hold(license_id=license.pk, hold=Hold.ADMIN, at=now - 4 * DAY, by=STAFF)
    revoke_license(license_id=license.pk, at=now - 2 * DAY, by=STAFF)
    name = license.reference
    tick = dt.timedelta(microseconds=1)

    for at, state, opens in (
        (now - 9 * DAY, "active", True),
        (now - 5 * DAY - tick, "active", True),
        (now - 5 * DAY, "suspended", False),
        (now - 4 * DAY, "active", True),
        (now - 2 * DAY - tick, "active", True),
        (now - 2 * DAY, "revoked", False),
    ):
        assert held(alice, at) == [(name, state, opens)], at
        assert opened(alice, at) == ([article.title] if opens else []), at
    assert held(alice, now - 9 * DAY - tick) == []
    assert opened(alice, now - 9 * DAY - tick) == []


def test_what_was_handed_over_is_told_of_who_held_it_then(article, pro, alice, charlie, now):
    gate_page(article, pro)
    license = give(alice, pro, at=now - 9 * DAY)
    transfer_license(license_id=license.pk, at=now - 3 * DAY, by=STAFF, user=charlie)
    before, after = now - 4 * DAY, now - 3 * DAY
    mine = [(license.reference, "active", True)]

    assert (held(alice, before), held(charlie, before)) == (mine, [])
    assert (held(alice, after), held(charlie, after)) == ([], mine)
    for person, at, reason in (
        (alice, before, AccessReason.LICENSE),
        (charlie, before, AccessReason.LICENSE_REQUIRED),
        (alice, after, AccessReason.LICENSE_REQUIRED),
        (charlie, after, AccessReason.LICENSE),
    ):
        assert explain_as_it_was(person, article, at).decision.reason is reason


def test_what_went_to_a_team_was_used_by_its_holder_until_then(pro, alice, charlie, now):
    license = give(alice, pro, at=now - 9 * DAY)
    firm = Organization.objects.create(name="Firm", slug="firm", owner=charlie)
    transfer_license(license_id=license.pk, at=now - 3 * DAY, by=STAFF, organization=firm)

    assert held(alice, now - 4 * DAY) == [(license.reference, "active", True)]
    (by_seat,) = as_of(alice, at=now - 2 * DAY).held
    assert by_seat.by_seat
    assert held(charlie, now - 4 * DAY) == held(charlie, now - 2 * DAY) == []


def test_a_seat_that_is_suspended_counts_until_then(team, alice, bob, now):
    shared = give(bob, team, at=now - 9 * DAY, seats=3)
    seat = assign_seat(license_id=shared.pk, user=alice, at=now - 8 * DAY, by=STAFF)
    LicenseSeat.objects.filter(pk=seat.pk).update(state="suspended", suspended_at=now - 3 * DAY)

    assert held(alice, now - 4 * DAY) == [(shared.reference, "active", True)]
    assert held(alice, now - 3 * DAY) == []
    assert held(alice, now - 9 * DAY) == []


def test_days_held_and_what_was_given_by_hand_count(article, course, pro, alice, charlie, now):
    gate_page(article, pro, after_days=5)
    by_hand = gate_page(course, pro, after_days=5)
    give(alice, pro, at=now - 9 * DAY)
    assign_perm("open_gate", charlie, by_hand)

    early, late = as_of(alice, at=now - 7 * DAY), as_of(alice, at=now - 3 * DAY)
    assert (len(early.opened), len(early.waiting)) == (0, 2)
    assert early.waiting[0].decision.unlocks_at == now - 4 * DAY
    assert (len(late.opened), len(late.waiting)) == (2, 0)
    assert opened(charlie, now - 3 * DAY) == [course.title]


def test_what_everybody_opens_is_not_what_a_person_had(article, course, pro, alice, now):
    gate_page(article, pro, audience="members")
    gate_page(course, pro, audience="everyone")
    give(alice, pro, at=now - 2 * DAY)
    assert opened(alice, now - DAY) == []


def test_the_screen_says_what_was_and_what_is_not_known(viewer, article, pro, alice, now):
    pro.name = f"Pro {EVIL}"
    pro.save()
    gate_page(article, pro)
    license = give(alice, pro, at=now - 9 * DAY)
    revoke_license(license_id=license.pk, at=now - 2 * DAY, by=STAFF)
    alice.is_active = False
    alice.save()

    then = signed_in(viewer).get(url_of(alice, now - 5 * DAY))
    today = signed_in(viewer).get(url_of(alice, now - DAY))

    body = then.content.decode()
    assert license.reference in body
    assert "opened what its product opens" in body
    assert article.title in body
    assert "<script>alert(1)" not in body
    assert "&lt;script&gt;alert(1)" in body
    for words in (
        "Gates and rules, and what was given by hand, are those of today.",
        "Which pages were opened then is not written down.",
        "The account is inactive today",
        "The account was made later",
        "put up or changed since",
    ):
        assert words in body
    assert "Nothing beside what everybody opens." in today.content.decode()


def test_the_instant_is_that_of_the_readers_time_zone(viewer, pro, alice, now):
    at = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
    give(alice, pro, at=at)
    UserProfile.objects.update_or_create(user=viewer, defaults={"current_time_zone": "Asia/Tokyo"})

    # Noon in UTC is nine in the evening in Tokyo.
    before = signed_in(viewer).get(f"{url_of(alice)}?at=2026-03-01 20:59")
    after = signed_in(viewer).get(f"{url_of(alice)}?at=2026-03-01 21:00")

    assert before.context["held"] == []
    assert len(after.context["held"]) == 1
    assert 'title="2026-03-01 12:00:00 UTC"' in after.content.decode()


@pytest.mark.parametrize(
    "at",
    ["", "yesterday", "2999-01-01 00:00", "2026-99-01 00:00", "0001-01-01 00:00", "9999-12-31 23:59"],
)
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
def test_what_is_no_past_instant_is_refused_in_words(viewer, pro, alice, at, zone, now):
    give(alice, pro, at=now)
    UserProfile.objects.update_or_create(user=viewer, defaults={"current_time_zone": zone})
    if (at, zone) == ("0001-01-01 00:00", "America/New_York"):
        # Five hours later in UTC, so that it is an instant; nothing was held then.
        assert signed_in(viewer).get(url_of(alice), {"at": at}).context["held"] == []
        return
    response = signed_in(viewer).get(url_of(alice), {"at": at})
    assert response.status_code == 200
    assert response.context["form"].errors
    assert "Held then" not in response.content.decode()


def test_it_costs_the_same_however_much_there_is(viewer, home, alice, bob, pro, now):
    def cost(person) -> int:
        client = signed_in(viewer)
        client.get(url_of(person, now - DAY))
        with CaptureQueriesContext(connection) as captured:
            client.get(url_of(person, now - DAY))
        return len(captured)

    gate_page(home, pro)
    products = [make_product(f"Product {number}") for number in range(30)]
    for product in products:
        area = Gate.objects.create(kind="area", area=product.slug)
        EntitlementRule.objects.create(gate=area, product=product)
    give(alice, pro, at=now - 3 * DAY)
    for product in products:
        give(bob, product, at=now - 3 * DAY)
        give(bob, product, at=now - 2 * DAY)

    assert (len(opened(alice, now - DAY)), len(opened(bob, now - DAY))) == (1, 30)
    assert cost(bob) == cost(alice)


def test_the_timeline_leads_there_for_those_who_see_gates(viewer, pro, alice, now):
    give(alice, pro, at=now)
    timeline = f"/admin/licensing/people/{alice.pk}/timeline/"
    assert url_of(alice) in signed_in(viewer).get(timeline).content.decode()
    clerk = may(make_user("clerk"), "access_admin", "view_license")
    assert url_of(alice) not in signed_in(clerk).get(timeline).content.decode()
    headers = {"x-requested-with": "XMLHttpRequest"}
    assert signed_in(clerk).get(url_of(alice), headers=headers).status_code == 403
    assert signed_in(viewer).get("/admin/licensing/people/999/as-of/").status_code == 404
