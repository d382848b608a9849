"""What a person holds, as one statement that is written once and runs with another person and instant.

It is asked for every gated page. Written by the ORM it would be put together each time, and would
join what need not be joined: a database spends more time on planning it than on answering.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db import connections, router
from wagtail.models import GroupCollectionPermission, GroupPagePermission

from ..models import (
    GateGroupPermission,
    GateStamp,
    GateUserPermission,
    License,
    LicenseSeat,
    ProductGroupPermission,
    ProductUserPermission,
)

#: The first column of a row: what it is.
LICENSE, PRODUCT, GATE, STAMP, EDITS = range(5)

#: The columns of a license, as LicenseFacts takes them.
FACTS = ("id", "product_id", "state", "pending_reason", "starts_at", "access_until", "held_since")

#: Stands for an end that never comes, where ends are compared. Later than any.
_NEVER = datetime(9999, 12, 31, tzinfo=UTC)

_PERSON, _AT, _UNTIL, _END = "person", "at", "until", "end"

#: What a license has to be to entitle at an instant; of the products asked for.
_ENTITLES = (
    "{l}state IN ('active', 'grace', 'pending'){products}"
    " AND ({l}state <> 'pending' OR {l}pending_reason = 'start')"
    " AND {l}starts_at <= %(until)s AND ({l}access_until IS NULL OR {l}access_until > %(at)s)"
)

_EVERY = """
SELECT {kind_license}, {facts} FROM {license}
WHERE user_id = %(person)s AND NOT uses_seats AND {entitles}
"""

# A window and not a join with itself: a person may hold thousands.
_BEST = """
SELECT {kind_license}, {facts} FROM (
  SELECT {facts}, MAX(COALESCE(access_until, %(end)s)) OVER (
    PARTITION BY product_id ORDER BY held_since, COALESCE(access_until, %(end)s) DESC
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  ) AS longest_before FROM {license}
  WHERE user_id = %(person)s AND NOT uses_seats AND {entitles}
) held WHERE longest_before IS NULL OR longest_before < COALESCE(access_until, %(end)s)
"""

# Seats are few, and come as they are.
_REST = """
UNION ALL
SELECT {kind_license}, {seat_facts} FROM {seat} s INNER JOIN {license} l ON l.id = s.license_id
WHERE s.user_id = %(person)s AND s.state = 'assigned' AND l.uses_seats AND {seat_entitles}
UNION ALL
SELECT {kind_product}, content_object_id, permission_id, NULL, NULL, NULL, NULL, NULL
FROM {product_user} WHERE user_id = %(person)s AND license_id IS NULL
UNION ALL
SELECT {kind_gate}, content_object_id, permission_id, NULL, NULL, NULL, NULL, NULL
FROM {gate_user} WHERE user_id = %(person)s
UNION ALL
SELECT {kind_product}, content_object_id, permission_id, NULL, NULL, NULL, NULL, NULL
FROM {product_group} WHERE group_id IN (
  SELECT {member_group} FROM {member} WHERE {member_user} = %(person)s
)
UNION ALL
SELECT {kind_gate}, content_object_id, permission_id, NULL, NULL, NULL, NULL, NULL
FROM {gate_group} WHERE group_id IN (
  SELECT {member_group} FROM {member} WHERE {member_user} = %(person)s
)
UNION ALL
SELECT {kind_stamp}, version, NULL, NULL, NULL, NULL, NULL, NULL FROM {stamp} WHERE id = 1
"""

# Any permission on any page or collection: Wagtail's policies are asked for what exactly.
_EDITING = """
UNION ALL
SELECT {kind_edits}, {member_group}, NULL, NULL, NULL, NULL, NULL, NULL
FROM {member} m WHERE {member_user} = %(person)s AND (
  EXISTS (SELECT 1 FROM {page_permission} p WHERE p.group_id = m.{member_group})
  OR EXISTS (SELECT 1 FROM {collection_permission} c WHERE c.group_id = m.{member_group})
)
"""

_written: dict[tuple[Any, ...], tuple[str, tuple[str, ...]]] = {}


def held_rows(
    *,
    user_id: Any,
    at: datetime,
    until: datetime | None = None,
    products: Collection[int] | None = None,
    ask_edits: bool = False,
) -> list[tuple[Any, ...]]:
    """Return what a person holds at ``at``. One query.

    A row is what it is, and seven columns. A license or a seat on one: the facts of a decision. Only
    those that entitle, of ``products`` if they are given; and only those that can decide: a license
    is left out when another one of its product is held no shorter and ends no earlier. With
    ``until`` all licenses that entitle at any moment from ``at`` to then, inclusive. Given by hand:
    the id of the product or gate, and that of the permission, which need not be one of ours. The
    stamp: the version of the gates. Editing, if it is asked: a group with a permission on pages or
    collections.
    """
    user_model = get_user_model()
    connection = connections[router.db_for_read(License)]
    number = None if products is None else len(products)
    key = (until is None, ask_edits, number, connection.vendor, user_model)
    written = _written.get(key)
    if written is None:
        text = (_BEST if until is None else _EVERY) + _REST + (_EDITING if ask_edits else "")
        written = _written[key] = _write(text, user_model, connection, products=number)
    sql, names = written
    prepare = _instant_field().get_db_prep_value
    values = {
        _PERSON: user_model._meta.pk.get_db_prep_value(user_id, connection),
        _AT: prepare(at, connection),
        _UNTIL: prepare(until or at, connection),
        _END: prepare(_NEVER, connection),
    }
    values.update((f"product{place}", pk) for place, pk in enumerate(products or ()))
    with connection.cursor() as cursor:
        cursor.execute(sql, [values[name] for name in names])
        return _with_instants(cursor.fetchall(), connection)


def _write(
    text: str, user_model: Any, connection: Any, *, products: int | None
) -> tuple[str, tuple[str, ...]]:
    """Return the statement, and what its values are, in their order."""
    among = "" if products is None else _among(products)
    quote = connection.ops.quote_name
    groups = user_model._meta.get_field("groups")
    tables = {
        "license": License,
        "seat": LicenseSeat,
        "product_user": ProductUserPermission,
        "product_group": ProductGroupPermission,
        "gate_user": GateUserPermission,
        "gate_group": GateGroupPermission,
        "stamp": GateStamp,
        "page_permission": GroupPagePermission,
        "collection_permission": GroupCollectionPermission,
    }
    sql = text.format(
        facts=", ".join(FACTS),
        seat_facts=", ".join(f"l.{name}" for name in FACTS),
        entitles=_ENTITLES.format(l="", products=among.format(l="")),
        seat_entitles=_ENTITLES.format(l="l.", products=among.format(l="l.")),
        kind_license=LICENSE,
        kind_product=PRODUCT,
        kind_gate=GATE,
        kind_stamp=STAMP,
        kind_edits=EDITS,
        member=quote(groups.m2m_db_table()),
        member_user=quote(groups.m2m_column_name()),
        member_group=quote(groups.m2m_reverse_name()),
        **{name: quote(model._meta.db_table) for name, model in tables.items()},
    )
    names = _Names()
    return sql % names, tuple(names.seen)


def _among(products: int) -> str:
    if not products:
        return " AND 1 = 0"
    return f" AND {{l}}product_id IN ({', '.join(f'%(product{n})s' for n in range(products))})"


class _Names(dict[str, str]):
    """Puts a plain placeholder for each value, and notes which one it was."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def __getitem__(self, name: str) -> str:
        self.seen.append(name)
        return "%s"


def _instant_field() -> Any:
    return License._meta.get_field("starts_at")


def _with_instants(rows: list[tuple[Any, ...]], connection: Any) -> list[tuple[Any, ...]]:
    """Read instants as the ORM reads them, where the database gives something else."""
    column = _instant_field().get_col(License._meta.db_table)
    converters = connection.ops.get_db_converters(column)
    if not converters:
        return rows

    def convert(value: Any) -> Any:
        for converter in converters:
            value = converter(value, column, connection)
        return value

    return [(*row[:5], *map(convert, row[5:])) if row[0] == LICENSE else row for row in rows]
