"""What part of a file a ``Range`` header asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wagtail_licensing.gates.files.ranges import UnsatisfiableRangeError, parse_range, still_the_same


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-9", 0, 10),
        ("bytes=5-", 5, 10),
        ("bytes=-3", 7, 10),
        ("bytes=-99", 0, 10),
        ("bytes=9-99999", 9, 10),
        ("Bytes = 2 - 4", 2, 5),
    ],
)
def test_one_range_is_understood(header, start, end):
    part = parse_range(header, 10)
    assert (part.start, part.end, part.length) == (start, end, end - start)
    assert part.content_range == f"bytes {start}-{end - 1}/10"


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes=",
        "bytes=-",
        "bytes=4-2",
        "bytes=a-b",
        "bytes=0-1,3-4",
        "bytes=0-1, 3-4",
        "lines=0-1",
        "bytes=--1",
        "bytes=0x0-1",
        "bytes=" + "9" * 5000 + "-",
        "bytes=\u0661-\u0662",
        "bytes 0-1",
    ],
)
def test_what_is_no_single_range_gets_the_whole(header):
    assert parse_range(header, 10) is None


@pytest.mark.parametrize(
    "header", ["bytes=10-", "bytes=10-12", "bytes=9999999999999999999-", "bytes=-0"]
)
def test_what_lies_outside_is_refused(header):
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, 10)


@pytest.mark.parametrize("header", ["bytes=0-", "bytes=-1", "bytes=0-0"])
def test_an_empty_file_has_no_part(header):
    with pytest.raises(UnsatisfiableRangeError):
        parse_range(header, 0)


@given(st.text(max_size=40), st.integers(min_value=0, max_value=100))
def test_nothing_that_is_sent_breaks_out_of_the_file(header, size):
    for text in (header, f"bytes={header}"):
        try:
            part = parse_range(text, size)
        except UnsatisfiableRangeError:
            continue
        assert part is None or 0 <= part.start < part.end <= size


@pytest.mark.parametrize(
    ("if_range", "same"),
    [
        ("", True),
        ('"tag"', True),
        ('"other"', False),
        ('W/"tag"', False),
        ("Thu, 01 Jan 1970 00:01:40 GMT", True),
        ("Thu, 01 Jan 1970 00:01:41 GMT", False),
        ("nonsense", False),
    ],
)
def test_a_part_belongs_to_the_file_that_if_range_names(if_range, same):
    assert still_the_same(if_range, etag='"tag"', last_modified=100) is same


def test_without_a_tag_or_a_date_nothing_is_the_same():
    assert not still_the_same('"tag"', etag=None, last_modified=None)
    assert not still_the_same("nonsense", etag=None, last_modified=None)
    assert not still_the_same('W/"tag"', etag='W/"tag"', last_modified=None)
