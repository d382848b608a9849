"""Files of every kind, and hostile ones."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from wagtail_licensing.imports import BadImportFile, read
from wagtail_licensing.imports.read import read_rows


def rows_of(data, name="list.csv"):
    return [cells for _, cells in read_rows(io.BytesIO(data), name)]


@pytest.mark.parametrize(
    "data",
    [
        "email,name\na@b.example,Zoë\n".encode(),
        "\ufeffemail;name\r\na@b.example;Zoë\r\n".encode(),
        "email\tname\na@b.example\tZoë\n".encode("utf-16"),
        "email,name\na@b.example,Zoë\n".encode("cp1252"),
        '"email","name"\n\n,\n"a@b.example","Zoë"\n'.encode(),
    ],
    ids=["utf-8", "bom, semicolons", "utf-16, tabs", "cp1252", "quotes, empty lines"],
)
def test_tables_as_programs_write_them(data):
    assert rows_of(data) == [["email", "name"], ["a@b.example", "Zoë"]]


def test_cells_may_hold_quotes_commas_and_lines():
    assert rows_of(b'email,note\na@b.example,"one ""two"", three\nfour"\n')[1] == [
        "a@b.example",
        'one "two", three\nfour',
    ]


def test_a_workbook():
    book = Workbook()
    sheet = book.active
    import datetime as dt

    sheet.append(["email", "ends", "seats"])
    sheet.append(["a@b.example", dt.datetime(2027, 12, 31), 3.0])  # noqa: DTZ001
    file = io.BytesIO()
    book.save(file)
    assert rows_of(file.getvalue(), "list.xlsx") == [
        ["email", "ends", "seats"],
        ["a@b.example", "2027-12-31", "3"],
    ]


def bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (read.MOST_UNPACKED + 1))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x00\x01\x02,\x00", "list.csv"),
        (b"PK\x03\x04garbage", "list.xlsx"),
        (b"\xd0\xcf\x11\xe0old", "list.xls"),
        (b'email\n"never closed', "list.csv"),
        (b"a," * 200 + b"\n", "list.csv"),
        (b"email\n" + b"x" * 2000 + b"\n", "list.csv"),
        (b"x" * (read.MOST_BYTES + 1), "list.csv"),
    ],
)
def test_what_is_no_table_is_told_so(data, name):
    with pytest.raises(BadImportFile):
        rows_of(data, name)


def test_a_workbook_that_unpacks_to_more_than_memory_is_refused():
    with pytest.raises(BadImportFile):
        rows_of(bomb(), "list.xlsx")


def test_too_many_rows(monkeypatch):
    monkeypatch.setattr(read, "MOST_ROWS", 2)
    assert len(rows_of(b"email\na\nb\n")) == 3
    with pytest.raises(BadImportFile):
        rows_of(b"email\na\nb\nc\n")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'email,name\na@b.example,A\n"b"x@b.example,B\nc@b.example,C\n', 3),
        (b'email,name\na@b.example,"A\nb@b.example,B\nc@b.example,C\n', 2),
    ],
)
def test_a_quotation_mark_out_of_place_is_found(data, line):
    with pytest.raises(BadImportFile, match=f"Line {line} cannot be read"):
        rows_of(data)
