"""Spreadsheets that a spreadsheet program cannot be made to execute."""

from decimal import Decimal
from typing import Any

from django.utils.encoding import force_str

#: What the programs take for the start of a formula; tab and newlines may hide one.
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def without_formula(value: Any) -> Any:
    """Return ``value`` for a cell; text that could be a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool | int | float | Decimal):
        return value
    text = force_str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_STARTS) else text


class SafeExportMixin:
    """Make every exported text harmless, in CSV too (Wagtail itself takes care of XLSX only)."""

    FORMAT_CSV = "csv"

    def preprocess_field_value(self, field: str, value: Any, export_format: str) -> Any:
        """Return what is written into a cell."""
        cell = super().preprocess_field_value(field, value, export_format)  # type: ignore[misc]
        if export_format == self.FORMAT_CSV or isinstance(cell, str):
            return without_formula(cell)
        return cell
