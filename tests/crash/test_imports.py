"""kill -9 in the middle of an import: the next run goes on, nothing is lost and nothing doubled."""

import io

import pytest

from tests.crash.killing import Point, die_at
from wagtail_licensing.conf import now
from wagtail_licensing.domain.import_rows import DateOrder, Field
from wagtail_licensing.domain.recipes import Recipe
from wagtail_licensing.imports import (
    advance,
    begin_check,
    begin_import,
    begin_undo,
    describe,
    unfinished,
    upload,
)
from wagtail_licensing.models import License, LicenseEvent, LicenseImport

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 220


@pytest.fixture
def record(pro):
    text = "email\n" + "".join(f"p{number}@example.org\n" for number in range(ROWS))
    record = upload(file=io.BytesIO(text.encode()), name="a.csv", recipe=Recipe.ANY, at=now())
    return describe(
        import_id=record.pk,
        columns={Field.EMAIL: 0},
        product=pro,
        products={},
        date_order=DateOrder.DAY_FIRST,
        makes_accounts=True,
    )


def work():
    for import_id in unfinished():
        advance(import_id=import_id, clock=now)


@pytest.mark.parametrize(
    "point",
    [
        Point("imports.commit", "issue_license", call=150),
        pytest.param(Point("imports.commit", "make_account", call=101), marks=pytest.mark.deep),
        pytest.param(Point("imports.advance", "_next_rows", call=2), marks=pytest.mark.deep),
    ],
    ids=str,
)
def test_an_import_goes_on_where_the_last_batch_ended(record, point):
    begin_check(import_id=record.pk)
    work()
    begin_import(import_id=record.pk)
    die_at(point, work)
    assert License.objects.count() == 100  # the first batch, and nothing of the second
    assert LicenseEvent.objects.count() == 100
    work()
    assert LicenseImport.objects.get().state == "done"
    assert License.objects.values("user").distinct().count() == ROWS == LicenseEvent.objects.count()


@pytest.mark.deep
def test_a_check_and_an_undo_go_on_too(record):
    begin_check(import_id=record.pk)
    die_at(Point("imports.advance", "plan_rows", call=2), work)
    assert record.rows.filter(step="checked").count() == 100
    work()
    begin_import(import_id=record.pk)
    work()
    begin_undo(import_id=record.pk)
    die_at(Point("imports.undo", "revoke_license", call=150), work)
    assert License.objects.filter(state="revoked").count() == 100
    work()
    assert License.objects.filter(state="revoked").count() == ROWS
    assert LicenseEvent.objects.filter(kind="revoked").count() == ROWS
