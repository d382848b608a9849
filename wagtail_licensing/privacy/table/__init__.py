"""The table: every field of every model, once. ``tests/privacy/test_table.py`` holds it complete.

A new model gets a row in the module of its subject, or a module of its own with ``ROWS``, named
here. See ``privacy/classes.py`` for the three kinds of rows.
"""

from ..classes import ModelData
from . import billing, catalogue, claims, licenses, members, teams

ROWS: tuple[ModelData, ...] = (
    *catalogue.ROWS,
    *licenses.ROWS,
    *teams.ROWS,
    *billing.ROWS,
    *claims.ROWS,
    *members.ROWS,
)

TABLE: dict[str, ModelData] = {row.model: row for row in ROWS}
