"""The copy: what the table says, of one person and of nobody else."""

import io
import json
import zipfile

import pytest

from tests.conftest import give
from tests.privacy.conftest import NAMES
from wagtail_licensing.privacy.classes import Rows
from wagtail_licensing.privacy.export import collect, export_zip
from wagtail_licensing.privacy.table import ROWS

pytestmark = pytest.mark.django_db


def of(data, model):
    return next((section["rows"] for section in data["models"] if section["model"] == model), [])


def test_every_kind_of_row_about_a_person_is_in_it(traces, zerlina, now):
    data = collect(user=zerlina, at=now)
    personal = {row.model for row in ROWS if row.rows is not Rows.NOBODYS and row.exported}
    # The wish to be deleted is none of the traces; a row of later models is not made here.
    known = personal - {"AccountDeletion"}
    found = {section["model"] for section in data["models"]}
    assert found <= personal
    assert (
        {
            "License",
            "LicenseHold",
            "LicenseSeat",
            "LicenseEvent",
            "BillingCustomer",
            "BillingSubscription",
            "BillingItem",
            "BillingPayment",
            "CheckoutIntent",
            "StripeEvent",
            "LessonProgress",
            "MeteredRead",
            "OutboxMessage",
            "MailPreference",
            "ProductUserPermission",
            "GateUserPermission",
        }
        <= found
        <= known
    )


def test_exactly_the_fields_of_the_table(traces, zerlina, now):
    table = {row.model: row for row in ROWS}
    for section in collect(user=zerlina, at=now)["models"]:
        for row in section["rows"]:
            assert list(row) == table[section["model"]].exported


def test_the_account_itself(zerlina, now):
    account = collect(user=zerlina, at=now)["account"]
    assert (account["username"], account["email"], account["last_name"]) == (
        "zerlina",
        "zerlina@example.org",
        "Quux",
    )
    assert "password" not in account


def test_nothing_of_anybody_else(traces, zerlina, alice, charlie, pro, now):
    give(charlie, pro, at=now)
    data = json.dumps(collect(user=zerlina, at=now), default=str)
    assert "alice" not in data
    assert "charlie" not in data
    other = json.dumps(collect(user=alice, at=now), default=str)
    assert not [name for name in NAMES if name in other]
    assert len(of(collect(user=charlie, at=now), "License")) == 1


def test_no_secret_goes_along(traces, zerlina, now):
    data = json.dumps(collect(user=zerlina, at=now), default=str)
    assert "https://pay.example/" not in data


def test_a_zip_with_a_file_for_programs_and_one_to_read(traces, zerlina, now):
    archive = zipfile.ZipFile(io.BytesIO(export_zip(user=zerlina, at=now)))
    assert sorted(archive.namelist()) == ["data.html", "data.json"]
    data = json.loads(archive.read("data.json"))
    assert [row["reference"] for row in of(data, "License")]
    assert traces.reference in archive.read("data.html").decode()


def test_texts_cannot_break_out_of_the_page(zerlina, pro, now):
    zerlina.first_name = "<script>alert(1)</script>"
    zerlina.save()
    archive = zipfile.ZipFile(io.BytesIO(export_zip(user=zerlina, at=now)))
    assert b"<script>" not in archive.read("data.html")


def test_queries_do_not_grow_with_rows(traces, zerlina, pro, now, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        collect(user=zerlina, at=now)
    for _ in range(5):
        give(zerlina, pro, at=now)
    with django_assert_num_queries(len(few)):
        collect(user=zerlina, at=now)
