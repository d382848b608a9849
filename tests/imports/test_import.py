"""A list becomes licenses: checked first, brought in once, taken back whole."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model

from tests.conftest import STAFF, give, make_product
from tests.imports.conftest import outcomes
from wagtail_licensing.access import check_access
from wagtail_licensing.domain.recipes import Recipe
from wagtail_licensing.imports import (
    BadImportFile,
    advance,
    begin_check,
    begin_import,
    begin_undo,
    commit,
    purge_rows,
)
from wagtail_licensing.licenses import renew_license
from wagtail_licensing.models import License, LicenseEvent, LicenseImportRow, OutboxMessage

pytestmark = pytest.mark.django_db

User = get_user_model()
LIST = "email,name,ends\nalice@example.org,Alice A,2027-12-31\nnew@example.org,New Person,\n"


def test_a_check_writes_no_license_and_no_account(desk, alice):
    record = desk.check(LIST)
    assert record.state == "checked"
    assert outcomes(record) == [(2, "create", ""), (3, "create", "")]
    assert list(record.rows.values_list("new_account", flat=True)) == [False, True]
    assert not License.objects.exists()
    assert not User.objects.filter(email="new@example.org").exists()


def test_licenses_accounts_and_their_history(desk, alice, gated_article):
    record = desk.bring(LIST)
    assert record.state == "done"
    assert record.finished_at == desk.at
    mine = License.objects.get(user=alice)
    assert (mine.source, mine.state) == ("import", "active")
    assert mine.ends_at == dt.datetime(2028, 1, 1, tzinfo=dt.UTC)
    assert check_access(alice, gated_article, at=desk.at).allowed
    newcomer = User.objects.get(email="new@example.org")
    assert (newcomer.first_name, newcomer.last_name) == ("New", "Person")
    assert not newcomer.has_usable_password()
    event = LicenseEvent.objects.get(license=mine)
    assert (event.kind, event.cause, event.actor) == ("issued", "import", desk.by)
    assert "members.csv" in event.reason
    assert not OutboxMessage.objects.exists()


def test_the_same_list_again_changes_nothing(desk, alice):
    desk.bring(LIST)
    again = desk.bring(LIST)
    assert [row[1:] for row in outcomes(again)] == [("skip", "same"), ("skip", "same")]
    assert License.objects.count() == 2
    assert LicenseEvent.objects.count() == 2


def test_a_later_end_moves_the_license_and_no_end_takes_nothing_away(desk, alice):
    desk.bring(LIST)
    record = desk.bring("email,ends\nalice@example.org,2028-06-30\nnew@example.org,\n")
    assert [row[1:] for row in outcomes(record)] == [("update", ""), ("skip", "same")]
    assert License.objects.get(user=alice).ends_at == dt.datetime(2028, 7, 1, tzinfo=dt.UTC)


def test_whoever_pays_or_was_given_a_license_keeps_it_untouched(desk, alice, pro):
    held = give(alice, pro, at=desk.at)
    record = desk.bring(LIST)
    assert outcomes(record)[0] == (2, "skip", "has_another")
    held.refresh_from_db()
    assert (held.ends_at, License.objects.filter(user=alice).count()) == (None, 1)


@pytest.mark.parametrize(
    ("row", "outcome", "problem"),
    [
        (",2027-12-31", "error", "no_email"),
        ("not an address,2027-12-31", "error", "bad_email"),
        ("charlie@example.org,soon", "error", "bad_end"),
        ("charlie@example.org,2027-02-30", "error", "bad_end"),
        ("charlie@example.org,2027-02-28", "skip", "ended"),
        ("charlie@example.org,2027-03-01", "create", ""),
        ("Charlie@Example.org,31/12/2027", "create", ""),
        ("charlie@example.org,2027-03-01 12:00:00", "skip", "ended"),
        ("charlie@example.org,2027-03-01 12:00:01", "create", ""),
    ],
)
def test_what_a_row_says_decides(desk, charlie, row, outcome, problem):
    record = desk.check(f"email,ends\n{row}\n")
    assert outcomes(record) == [(2, outcome, problem)]


def test_accounts_that_are_closed_missing_or_not_the_only_one(desk, alice, bob, charlie):
    User.objects.filter(pk=bob.pk).update(is_active=False)
    User.objects.filter(pk=charlie.pk).update(email="ALICE@example.org")
    rows = "email\nalice@example.org\nbob@example.org\nnobody@example.org\n"
    record = desk.check(rows, makes_accounts=False)
    problems = ["several_accounts", "closed_account", "no_account"]
    assert [row[2] for row in outcomes(record)] == problems


def test_a_person_twice_in_a_list_has_one_license(desk):
    record = desk.bring("email\nnew@example.org\nNEW@example.org\n")
    assert outcomes(record) == [(2, "create", ""), (3, "error", "twice")]
    assert (License.objects.count(), User.objects.filter(email__iexact="new@example.org").count()) == (
        1,
        1,
    )


def test_an_address_that_only_looks_the_same_is_another_person(desk, alice):
    desk.bring("email\n\u0430lice@example.org\n")  # the first letter is Cyrillic
    assert not License.objects.filter(user=alice).exists()


def test_texts_of_a_column_are_products(desk, alice, bob, charlie):
    basic = make_product("Basic")
    rows = "email,plan\nalice@example.org,Gold\nbob@example.org,Silver\ncharlie@example.org,Bronze\n"
    desk.product = None
    record = desk.bring(rows, products={"Gold": basic.pk, "Silver": None})
    assert [row[2] for row in outcomes(record)] == ["", "unknown_product", "unknown_product"]
    assert License.objects.get().product == basic


def test_what_changed_between_check_and_import_is_not_done(desk, alice, pro):
    record = desk.check(LIST)
    give(alice, pro, at=desk.at)
    begin_import(import_id=record.pk)
    desk.go_on(record)
    assert outcomes(record) == [(2, "error", "changed"), (3, "create", "")]
    assert License.objects.filter(user=alice).count() == 1


def test_a_row_that_is_refused_stops_no_other(desk, monkeypatch):
    real = commit.issue_license

    def refuse(*, user, **kwargs):
        if user.email == "bad@example.org":
            real(user=user, **kwargs)
            raise ValueError("no")
        return real(user=user, **kwargs)

    monkeypatch.setattr(commit, "issue_license", refuse)
    record = desk.bring("email\none@example.org\nbad@example.org\ntwo@example.org\n")
    assert [row[1:] for row in outcomes(record)] == [
        ("create", ""),
        ("error", "refused"),
        ("create", ""),
    ]
    assert sorted(License.objects.values_list("user__email", flat=True)) == [
        "one@example.org",
        "two@example.org",
    ]
    assert not User.objects.filter(email="bad@example.org").exists()


def test_undo_takes_back_what_nobody_changed_since(desk, alice, bob, gated_article):
    desk.bring("email,ends\nalice@example.org,2027-12-31\n")
    record = desk.bring("email,ends\nalice@example.org,2028-12-31\nbob@example.org,\n")
    desk.undo(record)
    assert record.state == "undone"
    assert License.objects.get(user=alice).ends_at == dt.datetime(2028, 1, 1, tzinfo=dt.UTC)
    assert License.objects.get(user=bob).state == "revoked"
    assert not check_access(bob, gated_article, at=desk.at).allowed
    assert not OutboxMessage.objects.exists()


def test_undo_leaves_an_end_that_somebody_set_since(desk, alice):
    desk.bring("email,ends\nalice@example.org,2027-12-31\n")
    record = desk.bring("email,ends\nalice@example.org,2028-12-31\n")
    end = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    license = License.objects.get()
    renew_license(license_id=license.pk, ends_at=end, at=desk.at, by=STAFF)
    desk.undo(record)
    assert License.objects.get().ends_at == end


def test_no_step_is_skipped_and_none_is_taken_twice(desk):
    record = desk.upload(LIST)
    with pytest.raises(BadImportFile):
        begin_import(import_id=record.pk)
    record = desk.bring("email\nnew@example.org\n")
    with pytest.raises(BadImportFile):
        begin_import(import_id=record.pk)
    with pytest.raises(BadImportFile):
        desk.describe(record)
    desk.undo(record)
    with pytest.raises(BadImportFile):
        begin_undo(import_id=record.pk)


def test_a_new_meaning_of_the_columns_asks_for_a_new_check(desk, alice):
    record = desk.check(LIST)
    desk.describe(record, makes_accounts=False)
    record.refresh_from_db()
    assert record.state == "uploaded"
    with pytest.raises(BadImportFile):
        begin_import(import_id=record.pk)


def test_batches_end_with_the_time_that_there_is(desk, django_assert_max_num_queries):
    rows = "email\n" + "".join(f"p{number}@example.org\n" for number in range(250))
    record = desk.describe(desk.upload(rows))
    begin_check(import_id=record.pk)
    assert advance(import_id=record.pk, clock=lambda: desk.at, seconds=0)
    assert record.rows.filter(step="checked").count() == 100
    with django_assert_max_num_queries(16):
        assert advance(import_id=record.pk, clock=lambda: desk.at, seconds=0)
    desk.go_on(record)
    assert record.state == "checked"


def test_a_list_is_forgotten_and_the_licenses_stay(desk, alice):
    record = desk.bring(LIST)
    assert purge_rows(at=desk.at + dt.timedelta(days=30)) == 0
    assert purge_rows(at=desk.at + dt.timedelta(days=30, seconds=1)) == 2
    assert not LicenseImportRow.objects.exclude(cells=[]).exists()
    assert License.objects.filter(state="active").count() == 2
    desk.undo(record)
    assert not License.objects.filter(state="active").exists()


def test_a_ghost_list_brings_who_was_given_access_and_leaves_who_pays_to_stripe(desk, alice, bob):
    ghost = (
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,tiers\n"
        "61,alice@example.org,Alice,,true,true,,2025-01-02T03:04:05.000Z,Gold\n"
        "62,bob@example.org,Bob,,true,false,cus_1,2025-01-02T03:04:05.000Z,Gold\n"
        "63,charlie@example.org,,,true,false,,2025-01-02T03:04:05.000Z,\n"
    )
    record = desk.bring(ghost, recipe=Recipe.GHOST)
    assert [row[1:] for row in outcomes(record)] == [
        ("create", ""),
        ("skip", "paid_at_stripe"),
        ("skip", "status"),
    ]
    assert License.objects.get().held_since == dt.datetime(2025, 1, 2, 3, 4, 5, tzinfo=dt.UTC)


def test_woocommerce_and_paid_memberships_pro(desk):
    woo = (
        "user_membership_id,member_email,membership_plan,membership_status,member_since,"
        "membership_expiration\n"
        "7,a@example.org,Gold,active,2026-05-01 00:00:00,2027-05-01 00:00:00\n"
        "8,b@example.org,Gold,expired,2024-05-01 00:00:00,2025-05-01 00:00:00\n"
    )
    record = desk.bring(woo, recipe=Recipe.WOOCOMMERCE)
    assert [row[1:] for row in outcomes(record)] == [("create", ""), ("skip", "status")]
    assert License.objects.get().ends_at == dt.datetime(2027, 5, 1, tzinfo=dt.UTC)
    pmpro = "id,email,firstname,lastname,membership,joined,expires\n"
    pmpro += "9,c@example.org,C,D,Gold,2026-01-01,Never\n"
    desk.bring(pmpro, recipe=Recipe.PMPRO)
    assert License.objects.get(user__email="c@example.org").ends_at is None


def test_a_row_of_its_own_number_is_known_again_at_the_next_list(desk):
    desk.bring("id,email,ends\n5,a@example.org,2027-12-31\n")
    record = desk.bring("id,email,ends\n5,a@example.org,2028-12-31\n")
    assert outcomes(record) == [(2, "update", "")]
    assert License.objects.count() == 1
