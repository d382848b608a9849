"""The audit: who gave, took and changed what, and who gave something to themself."""

import csv
import datetime as dt
import io

import pytest
from django.contrib.auth.models import Permission

from tests.conftest import give, make_user
from tests.wagtail_admin.conftest import signed_in
from wagtail_licensing.domain.states import Cause
from wagtail_licensing.licenses import ChangedBy, assign_seat, issue_license, renew_license
from wagtail_licensing.models import License

URL = "/admin/licensing/history/"
LICENSES = "/admin/licensing/licenses/"


@pytest.fixture
def auditor(db):
    user = make_user("audrey")
    rights = ["access_admin", "view_licenseevent"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    return user


def by(person) -> ChangedBy:
    return ChangedBy(cause=Cause.STAFF, actor=person, reason="=1+1")


@pytest.fixture
def gifts(olivia, alice, bob, pro, team, now):
    """What olivia gave: to herself in three ways, and to others."""
    at = now - dt.timedelta(days=1)
    own = issue_license(product=pro, source="by_hand", user=olivia, at=at, by=by(olivia))
    longer = give(olivia, pro, at=at, ends_at=now + dt.timedelta(days=3))
    renew_license(license_id=longer.pk, ends_at=now + dt.timedelta(days=9), at=now, by=by(olivia))
    seated = give(alice, team, at=at)
    assign_seat(license_id=seated.pk, user=olivia, at=now, by=by(olivia))
    issue_license(product=pro, source="by_hand", user=alice, at=at, by=by(olivia))
    others = give(alice, team, at=at)
    assign_seat(license_id=others.pk, user=bob, at=now, by=by(olivia))
    return {own.pk, longer.pk, seated.pk}


def test_what_somebody_gave_to_themself_is_marked_found_and_counted(gifts, olivia) -> None:
    client = signed_in(olivia)

    listed = client.get(LICENSES, {"standing": "self_granted"})
    assert {license.pk for license in listed.context["object_list"]} == gifts
    everything = client.get(LICENSES)
    marked = {row.pk for row in everything.context["object_list"] if row.is_self_granted}
    assert marked == gifts
    assert License.objects.count() == len(gifts) + 2
    assert everything.content.decode().count("given to oneself") >= 3
    lines = client.get(URL, {"to_oneself": "true"}).context["object_list"]
    assert {line.license_id for line in lines} == gifts
    assert {line.actor for line in lines} == {olivia}


def test_an_auditor_sees_the_history_and_nothing_else(gifts, auditor) -> None:
    client = signed_in(auditor)

    assert client.get(URL).context["paginator"].count == sum(
        license.events.count() for license in License.objects.all()
    )
    for url in (LICENSES, "/admin/licensing/overview/", "/admin/licensing/overview/changes/"):
        assert client.get(url).status_code == 302
    for method in ("post", "put", "delete"):
        assert getattr(client, method)(URL).status_code == 405


def test_who_sees_licenses_does_not_audit(viewer_of_licenses) -> None:
    assert signed_in(viewer_of_licenses).get(URL).status_code == 302


@pytest.fixture
def viewer_of_licenses(db):
    user = make_user("viv")
    rights = ["access_admin", "view_license"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=rights))
    return user


def test_days_are_those_of_utc_and_half_open(alice, pro, auditor) -> None:
    midnight = dt.datetime(2026, 3, 29, tzinfo=dt.UTC)
    for at in (midnight - dt.timedelta(seconds=1), midnight, midnight + dt.timedelta(days=1)):
        give(alice, pro, at=at)
    asked = {"first": "2026-03-29", "until": "2026-03-30"}

    lines = signed_in(auditor).get(URL, asked).context["object_list"]
    assert [line.at for line in lines] == [midnight]


def test_the_export_holds_no_formula(gifts, auditor) -> None:
    response = signed_in(auditor).get(URL, {"export": "csv"})
    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))

    assert len(rows) > 5
    assert "'=1+1" in {cell for row in rows for cell in row}
    assert not [cell for row in rows for cell in row if cell.startswith("=")]
