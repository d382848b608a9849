"""The history: the database refuses what the code would not do, and a check finds it where it cannot."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from tests.conftest import STAFF, give
from wagtail_licensing.domain.states import Hold
from wagtail_licensing.licenses import place_hold, renew_license, revoke_license
from wagtail_licensing.models import License, LicenseEvent, RevenueChange
from wagtail_licensing.models.append_only import AppendOnlyError
from wagtail_licensing.reports.history_check import breaks

pytestmark = pytest.mark.django_db

on_postgresql = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="the trigger is PostgreSQL's"
)


@pytest.fixture
def license(alice, pro, olivia, now):
    """A license with a history of four lines, the last by olivia with a reason that names alice."""
    found = give(alice, pro, at=now, ends_at=now + dt.timedelta(days=3))
    renew_license(license_id=found.pk, ends_at=now + dt.timedelta(days=9), at=now, by=STAFF)
    place_hold(license_id=found.pk, hold=Hold.ADMIN, at=now, by=STAFF)
    by = type(STAFF)(cause=STAFF.cause, actor=olivia, reason="alice asked for it")
    return revoke_license(license_id=found.pk, at=now, by=by)


def past_the_guard(model=LicenseEvent) -> QuerySet:
    """Rows as code finds them that goes around the guard in Python."""
    return QuerySet(model)


def test_a_history_that_the_code_wrote_holds_together(license) -> None:
    assert LicenseEvent.objects.count() == 4
    assert list(breaks()) == []
    call_command("licensing_check_history")


TAMPERING = {
    "a line changed": lambda line: (
        past_the_guard().filter(pk=line.pk).update(after={**line.after, "seats": 99})
    ),
    "a line removed": lambda line: past_the_guard().filter(pk=line.pk).delete(),
    "a line added": lambda line: past_the_guard().create(
        license=line.license, kind="renewed", at=line.at, cause="staff", before={}, after=line.after
    ),
    "the license changed": lambda line: License.objects.filter(pk=line.license_id).update(seats_total=7),
    "everything removed": lambda line: past_the_guard().delete(),
}


@pytest.mark.parametrize("how", TAMPERING)
@pytest.mark.parametrize("number", [1, -1])
def test_what_was_done_by_hand_is_found(license, how, number, capsys) -> None:
    line = list(LicenseEvent.objects.order_by("pk"))[number]
    if connection.vendor == "postgresql" and how not in {"a line added", "the license changed"}:
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            TAMPERING[how](line)
        assert list(breaks()) == []
        return
    TAMPERING[how](line)

    assert {each.license_id for each in breaks()} == {license.pk}
    with pytest.raises(SystemExit):
        call_command("licensing_check_history")


@on_postgresql
@pytest.mark.parametrize(
    "values",
    [
        {"kind": "renewed"},
        {"reason": "another"},
        {"actor": None},
        {"at": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
        {"after": {}},
    ],
    ids=lambda values: next(iter(values)),
)
def test_postgresql_refuses_every_change(license, values) -> None:
    with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
        past_the_guard().filter(license=license).update(**values)


@on_postgresql
def test_postgresql_refuses_to_change_what_a_subscription_brought(alice, now) -> None:
    from wagtail_licensing.models import BillingCustomer, BillingSubscription

    customer = BillingCustomer.objects.create(stripe_id="cus_1", user=alice)
    subscription = BillingSubscription.objects.create(stripe_id="sub_1", customer=customer)
    RevenueChange.objects.create(
        subscription=subscription, kind="new", at=now, recorded_at=now, currency="EUR", before=0, after=5
    )
    for change in (
        lambda: past_the_guard(RevenueChange).update(after=6),
        past_the_guard(RevenueChange).delete,
    ):
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            change()


def test_what_names_a_person_can_be_replaced_in_one_way_only(license, bob) -> None:
    events = LicenseEvent.objects.filter(license=license)
    before = list(events.order_by("pk").values("pk", "kind", "at", "before", "after", "cause"))

    assert events.filter(reason__contains="alice").pseudonymise(reason="deleted-1 asked for it") == 1
    assert events.pseudonymise(actor=bob) == 4

    assert events.last().reason == "deleted-1 asked for it"
    assert list(events.order_by("pk").values("pk", "kind", "at", "before", "after", "cause")) == before
    assert list(breaks()) == []
    for values in ({"kind": "renewed"}, {"reason": "", "at": None}, {"after": {}}):
        with pytest.raises(AppendOnlyError):
            events.pseudonymise(**values)


@on_postgresql
def test_the_way_is_closed_again_behind_the_erasure(license) -> None:
    events = LicenseEvent.objects.filter(license=license)
    with transaction.atomic():
        events.pseudonymise(reason="x")
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            past_the_guard().filter(license=license).update(reason="y")
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('wagtail_licensing.erasing', 'on', true)")
        with pytest.raises(DatabaseError, match="written once"), transaction.atomic():
            past_the_guard().filter(license=license).update(kind="y")


def test_who_made_history_cannot_be_deleted(license, olivia) -> None:
    with pytest.raises(Exception, match="protected"):
        olivia.delete()
