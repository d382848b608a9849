"""Read a spreadsheet, CSV or XLSX, row by row. Hostile files end in :class:`BadImportFile`."""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from openpyxl import load_workbook

MOST_BYTES = 20 * 1024 * 1024
#: What an XLSX file may become when it is unpacked.
MOST_UNPACKED = 200 * 1024 * 1024
MOST_ROWS = 100_000
MOST_COLUMNS = 100
MOST_CHARACTERS = 1000
_SAMPLE = 64 * 1024


class BadImportFile(ValueError):  # noqa: N818 - it is the file that is bad
    """A file that cannot be used; the message is for people and holds nothing of the file."""


def read_rows(file: BinaryIO, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the number of the line (from 1) and its cells, as text without spaces around it.

    Lines without a word are left out. Memory is that of one row (XLSX: of the words that it shares).
    Raises :class:`BadImportFile`.
    """
    file.seek(0, io.SEEK_END)
    if file.tell() > MOST_BYTES:
        raise BadImportFile(_("The file is larger than 20 MB. Split it."))
    file.seek(0)
    is_workbook = file.read(4) == b"PK\x03\x04"
    file.seek(0)
    if name.lower().endswith((".xls", ".numbers", ".ods")):
        raise BadImportFile(_("Save the file as CSV or XLSX first."))
    rows = _workbook_rows(file) if is_workbook else _text_rows(file)
    count = 0
    for number, cells in rows:
        if not any(cells):
            continue
        count += 1
        if count > MOST_ROWS + 1:
            raise BadImportFile(_("The file has more than 100,000 rows. Split it."))
        if len(cells) > MOST_COLUMNS:
            raise BadImportFile(_("The file has more than 100 columns."))
        if any(len(cell) > MOST_CHARACTERS for cell in cells):
            raise BadImportFile(_("A cell in line %(number)d is too long.") % {"number": number})
        yield number, cells


def _text_rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    line = 1
    try:
        reader = csv.reader(text, delimiter=_delimiter(text), strict=True)
        for cells in reader:
            yield reader.line_num, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error:
        # Where the row begins: a quotation mark that is never closed takes all after it with it.
        problem = _("Line %(number)d cannot be read. Is a quotation mark missing or out of place?")
        raise BadImportFile(problem % {"number": line}) from None
    except UnicodeError:
        raise BadImportFile(_("The file is no table: it cannot be read as CSV.")) from None
    finally:
        text.detach()


def _encoding(file: BinaryIO) -> str:
    """Return how the bytes are letters: Unicode if they can be, else as Windows writes them."""
    start = file.read(4)
    file.seek(0)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(_SAMPLE):
            if b"\0" in chunk:
                raise BadImportFile(_("The file is no table: it cannot be read as CSV."))
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    finally:
        file.seek(0)
    return "utf-8-sig"


def _delimiter(text: io.TextIOWrapper) -> str:
    """Return what stands between the cells: of the usual signs the one that the header has most of."""
    header = text.readline(_SAMPLE)
    text.seek(0)
    return max(",;\t|", key=header.count)


def _workbook_rows(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    bad = BadImportFile(_("The file is no workbook that can be read."))
    try:
        with zipfile.ZipFile(file) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_UNPACKED:
                raise bad
        file.seek(0)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        sheet = book.worksheets[0]
        for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
            if len(row) > MOST_COLUMNS and any(row[MOST_COLUMNS:]):
                raise BadImportFile(_("The file has more than 100 columns."))
            yield number, _without_tail([_text(cell) for cell in row[:MOST_COLUMNS]])
        book.close()
    except BadImportFile:
        raise
    except Exception:  # noqa: BLE001 - whatever the archive, its XML and openpyxl happen to raise
        raise bad from None


def _without_tail(cells: list[str]) -> list[str]:
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()
