"""Insert a row unless it is there: one statement, and an answer to which of both it was."""

from django.db import connections, router
from django.db.models import Model
from django.db.models.constants import OnConflict
from django.db.models.sql import InsertQuery


def insert_unless_known(row: Model) -> bool:
    """Insert ``row`` and tell whether it is new; one that collides with a unique one is dropped.

    ``bulk_create(ignore_conflicts=True)`` does the same and does not tell. One query; the primary
    key is not set on ``row``.
    """
    model = type(row)
    using = router.db_for_write(model)
    query = InsertQuery(model, on_conflict=OnConflict.IGNORE)
    query.insert_values([field for field in model._meta.concrete_fields if not field.primary_key], [row])
    ((sql, params),) = query.get_compiler(using=using).as_sql()
    with connections[using].cursor() as cursor:
        cursor.execute(sql, params)
        return bool(cursor.rowcount == 1)
