"""Write many rows at once: one statement where the database can, and no model's ``save()``."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import connections, router
from django.db.models import Field, Model

#: Rows in one statement.
MOST = 500


def update_rows(rows: Iterable[Model], *, fields: Sequence[str] | None = None) -> int:
    """Write ``fields`` of rows of one model, by default all but those that are set once; return how
    many were found.

    The rows exist. What ``auto_now`` sets is set. One statement for each 500 rows on PostgreSQL,
    one for each row elsewhere, in one go. ``bulk_update`` does it with a condition for each row and
    column, which takes longer than to save them one by one.
    """
    rest, found = iter(rows), 0
    while some := list(islice(rest, MOST)):
        found += _update(some, _columns(type(some[0]), fields))
    return found


def _columns(model: type[Model], names: Sequence[str] | None) -> "list[Field[Any, Any]]":
    if names is not None:
        return [model._meta.get_field(name) for name in names]  # type: ignore[misc]
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and not getattr(field, "auto_now_add", False)
    ]


def _update(rows: list[Model], columns: "list[Field[Any, Any]]") -> int:
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    key = model._meta.pk
    written = [
        [field.get_db_prep_save(field.pre_save(row, False), connection) for field in columns]
        + [key.get_db_prep_save(row.pk, connection)]
        for row in rows
    ]
    quote = connection.ops.quote_name
    table, key_column = quote(model._meta.db_table), quote(str(key.column))
    names = [quote(str(field.column)) for field in columns]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            changes = ", ".join(f"{name} = %s" for name in names)
            sql = f"UPDATE {table} SET {changes} WHERE {key_column} = %s"  # noqa: S608 - names of columns
            cursor.executemany(sql, written)
            return max(int(cursor.rowcount), 0)
        types = [_type(field, connection) for field in [*columns, key]]
        lists = ", ".join(f"(%s)::{kind}[]" for kind in types)
        changes = ", ".join(f"{name} = new.{name}" for name in names)
        sql = (
            f"UPDATE {table} AS old SET {changes} "  # noqa: S608 - names of columns
            f"FROM UNNEST({lists}) AS new({', '.join([*names, key_column])}) "
            f"WHERE old.{key_column} = new.{key_column}"
        )
        cursor.execute(sql, [list(column) for column in zip(*written, strict=True)])
        return int(cursor.rowcount)


def _type(field: "Field[Any, Any]", connection: Any) -> str:
    """Return the type of a column without its length: an array of values is not cut."""
    return str(field.rel_db_type(connection) if field.primary_key else field.db_type(connection)).split(
        "("
    )[0]
