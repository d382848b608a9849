"""A query that the ORM writes once and that runs many times with another person and instant.

Putting together the union of what a person holds takes the ORM longer than the database needs to
answer it, and it is asked for every gated page.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, models, router

from ..models import License

#: Values that stand for the person and the instant while the query is written. No row has them.
_PERSON_NUMBER = -8_675_309_017
_PERSON_UUID = uuid.UUID("8675309c-0000-4000-8000-00000badcafe")
_PERSON_TEXT = "\x1fperson\x1f"
_INSTANT = datetime(1903, 3, 3, 3, 3, 3, 303303, tzinfo=UTC)

_PERSON, _AT = object(), object()

_written: dict[tuple[Any, ...], tuple[str, tuple[Any, ...]]] = {}


def run(
    name: str, build: Callable[[Any, datetime], models.QuerySet[Any]], *, user_id: Any, at: datetime
) -> list[tuple[Any, ...]]:
    """Return the rows of ``build(user_id, at)``; the SQL is kept under ``name``. One query.

    The columns are those of a license in a decision: five plain ones, then three instants.
    """
    user_model = get_user_model()
    connection = connections[router.db_for_read(License)]
    key = (name, connection.vendor, user_model)
    if key not in _written:
        _written[key] = _write(build, user_model._meta.pk, connection)
    sql, template = _written[key]
    person = user_model._meta.pk.get_db_prep_value(user_id, connection)
    instant = _instant_field().get_db_prep_value(at, connection)
    values = {_PERSON: person, _AT: instant}
    params = [values.get(value, value) if value in (_PERSON, _AT) else value for value in template]
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    return _with_instants(rows, connection)


def _write(
    build: Callable[[Any, datetime], models.QuerySet[Any]], pk: Any, connection: Any
) -> tuple[str, tuple[Any, ...]]:
    stand_in = _stand_in(pk)
    query = build(stand_in, _INSTANT).query
    sql, params = query.get_compiler(connection=connection).as_sql()
    person = pk.get_db_prep_value(stand_in, connection)
    instant = _instant_field().get_db_prep_value(_INSTANT, connection)
    template = tuple(_PERSON if p == person else _AT if p == instant else p for p in params)
    if _PERSON not in template:
        raise RuntimeError("the query does not ask for the person")
    return sql, template


def _stand_in(pk: Any) -> Any:
    field = pk.target_field if pk.remote_field else pk
    if isinstance(field, models.IntegerField):
        return _PERSON_NUMBER
    return _PERSON_UUID if isinstance(field, models.UUIDField) else _PERSON_TEXT


def _instant_field() -> Any:
    return License._meta.get_field("starts_at")


def _with_instants(rows: list[tuple[Any, ...]], connection: Any) -> list[tuple[Any, ...]]:
    column = _instant_field().get_col(License._meta.db_table)
    converters = connection.ops.get_db_converters(column)
    if not converters:
        return rows

    def convert(value: Any) -> Any:
        for converter in converters:
            value = converter(value, column, connection)
        return value

    return [(*row[:5], *map(convert, row[5:])) for row in rows]
