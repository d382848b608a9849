"""A list of members, as people bring it."""

import datetime as dt
import io

import pytest

from wagtail_licensing.domain.import_rows import DateOrder, Field
from wagtail_licensing.domain.recipes import Recipe
from wagtail_licensing.imports import advance, begin_check, begin_import, begin_undo, describe, upload


class Desk:
    """Somebody at a desk who brings lists in."""

    def __init__(self, *, at, product, by=None):
        self.at, self.product, self.by = at, product, by

    def upload(self, text, *, name="members.csv", recipe=Recipe.ANY):
        data = text if isinstance(text, bytes) else text.encode()
        return upload(file=io.BytesIO(data), name=name, recipe=recipe, at=self.at, by=self.by)

    def describe(self, record, *, products=None, makes_accounts=True, order=DateOrder.DAY_FIRST):
        return describe(
            import_id=record.pk,
            columns={Field(name): number for name, number in record.columns.items()},
            product=self.product,
            products=products or {},
            date_order=order,
            makes_accounts=makes_accounts,
        )

    def go_on(self, record, *, at=None):
        assert not advance(import_id=record.pk, clock=lambda: at or self.at)
        record.refresh_from_db()
        return record

    def check(self, text, *, recipe=Recipe.ANY, name="members.csv", at=None, **options):
        record = self.describe(self.upload(text, recipe=recipe, name=name), **options)
        begin_check(import_id=record.pk)
        return self.go_on(record, at=at)

    def bring(self, text, **options):
        record = self.check(text, **options)
        begin_import(import_id=record.pk)
        return self.go_on(record)

    def undo(self, record):
        begin_undo(import_id=record.pk)
        return self.go_on(record)


@pytest.fixture
def desk(db, pro, olivia):
    return Desk(at=dt.datetime(2027, 3, 1, 12, tzinfo=dt.UTC), product=pro, by=olivia)


def outcomes(record):
    return list(record.rows.values_list("number", "outcome", "problem"))
