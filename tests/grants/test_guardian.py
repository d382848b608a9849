"""guardian's own functions see members, and what was given by hand outlives a license."""

import datetime as dt
from io import StringIO

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.core.management import call_command
from guardian.shortcuts import (
    assign_perm,
    get_objects_for_user,
    get_users_with_perms,
    remove_perm,
)

from tests.conftest import STAFF, gate_page, give
from wagtail_licensing.access import AccessReason, check_access, has_access
from wagtail_licensing.grants.rebuild import rebuild_all_grants
from wagtail_licensing.grants.sync import sweep_ended_grants
from wagtail_licensing.licenses import assign_seat, release_seat, revoke_license
from wagtail_licensing.models import LicenseProduct, ProductUserPermission

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


def members(product):
    return set(get_users_with_perms(product, only_with_perms_in=["use_product"]))


def products_of(user):
    found = get_objects_for_user(
        user, "use_product", LicenseProduct, accept_global_perms=False, with_superuser=False
    )
    return set(found)


def test_guardian_sees_holders_and_people_on_seats(alice, bob, charlie, pro, team, now):
    give(alice, pro, at=now)
    shared = give(alice, team, at=now)
    assign_seat(license_id=shared.pk, user=bob, at=now, by=STAFF)
    assert members(pro) == {alice}
    assert members(team) == {alice, bob}
    assert products_of(alice) == {pro, team}
    assert products_of(bob) == {team}
    assert products_of(charlie) == set()
    release_seat(seat_id=shared.seats.get(user=bob).pk, at=now, by=STAFF)
    assert members(team) == {alice}


def test_what_was_given_by_hand_outlives_a_license_of_the_same_product(alice, article, pro, now):
    gate_page(article, pro)
    license = give(alice, pro, at=now)
    assign_perm("use_product", alice, pro)
    assert check_access(alice, article, now).reason is AccessReason.GRANT
    revoke_license(license_id=license.pk, at=now, by=STAFF)
    assert products_of(alice) == {pro}
    assert has_access(alice, article, now)
    remove_perm("use_product", alice, pro)
    assert products_of(alice) == set()
    assert not has_access(alice, article, now)


def test_taking_back_a_grant_by_hand_leaves_the_license(alice, article, pro, now):
    gate_page(article, pro)
    give(alice, pro, at=now)
    assign_perm("use_product", alice, pro)
    remove_perm("use_product", alice, pro)
    assert products_of(alice) == {pro}
    assert check_access(alice, article, now).reason is AccessReason.LICENSE


def test_a_mirrored_row_is_never_read_by_the_decision(charlie, alice, article, pro, now):
    gate_page(article, pro)
    license = give(alice, pro, at=now)
    license.grants.update(user=charlie)
    assert products_of(charlie) == {pro}
    assert not has_access(charlie, article, now)
    assert has_access(alice, article, now)


def test_two_licenses_of_one_product_are_two_rows_and_end_one_by_one(alice, pro, now):
    first, second = give(alice, pro, at=now), give(alice, pro, at=now)
    assert ProductUserPermission.objects.filter(user=alice).count() == 2
    revoke_license(license_id=first.pk, at=now, by=STAFF)
    assert products_of(alice) == {pro}
    revoke_license(license_id=second.pk, at=now, by=STAFF)
    assert products_of(alice) == set()


def test_the_sweep_removes_rows_that_ended_and_no_other(alice, bob, pro, now):
    give(alice, pro, at=now, ends_at=now + DAY)
    assign_perm("use_product", bob, pro)
    assert sweep_ended_grants(at=now + DAY - dt.timedelta(microseconds=1)) == 0
    assert sweep_ended_grants(at=now + DAY) == 1
    assert members(pro) == {bob}


def test_a_group_grant_is_seen_by_guardian(alice, pro):
    press = Group.objects.create(name="Press")
    alice.groups.add(press)
    assign_perm("use_product", press, pro)
    assert products_of(alice) == {pro}
    assert has_access(alice, pro)
    remove_perm("use_product", press, pro)
    assert not has_access(alice, pro)


def test_an_anonymous_visitor_holds_nothing(pro):
    assert not has_access(AnonymousUser(), pro)
    assert AnonymousUser().has_perm("wagtail_licensing.use_product", pro) is False


# --- the rebuild --------------------------------------------------------------------------------


def run(*arguments):
    out = StringIO()
    call_command("licensing_sync_grants", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def broken_mirror(alice, bob, charlie, pro, team, now):
    """Alice's row is gone, Bob's is one too many; Charlie was given the product by hand."""
    ProductUserPermission.objects.all().delete()
    first = give(alice, pro, at=now)
    first.grants.all().delete()
    second = give(bob, pro, at=now)
    type(second).objects.filter(pk=second.pk).update(state="expired", unheld_state="expired")
    assign_perm("use_product", charlie, pro)


def test_the_rebuild_repairs_the_mirror_and_leaves_what_was_given_by_hand(
    alice, bob, charlie, pro, broken_mirror
):
    assert members(pro) == {bob, charlie}
    assert "2 compared, 2 with wrong rows" in run()
    assert members(pro) == {alice, charlie}
    assert "1 compared, 0 with wrong rows" in run()


def test_a_dry_run_counts_and_changes_nothing(bob, charlie, pro, broken_mirror):
    text = run("--dry-run")
    assert "2 compared, 2 with wrong rows" in text
    assert "nothing was changed" in text
    assert members(pro) == {bob, charlie}


def test_rows_that_ended_are_counted_once_and_do_not_come_back(alice, pro, now):
    give(alice, pro, at=now - 3 * DAY, ends_at=now - DAY)
    assert rebuild_all_grants(at=now, dry_run=True).ended == 1
    assert rebuild_all_grants(at=now).ended == 1
    report = rebuild_all_grants(at=now)
    assert (report.checked, report.wrong, report.ended) == (0, 0, 0)
