"""Which part of a file a request asks for: ``Range`` and ``If-Range`` of RFC 9110."""

import re
from dataclasses import dataclass

from django.utils.http import parse_http_date_safe

# Nineteen digits hold any size there is, and no number is long enough to be slow to read.
_ONE_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII | re.IGNORECASE)


class UnsatisfiableRangeError(ValueError):
    """The part that is asked for lies outside of the file."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file of ``size`` bytes, from ``start`` to ``end``, exclusive."""

    start: int
    end: int
    size: int

    @property
    def length(self) -> int:
        """The number of bytes in the part."""
        return self.end - self.start

    @property
    def content_range(self) -> str:
        """The value of the header ``Content-Range``."""
        return f"bytes {self.start}-{self.end - 1}/{self.size}"


def parse_range(header: str, size: int) -> ByteRange | None:
    """Return the part of ``size`` bytes that ``header`` asks for, or None for the whole.

    What is no single range of bytes is ignored, as RFC 9110 allows: several ranges at once, another
    unit, nonsense. Raises :class:`UnsatisfiableRangeError` for a part that the file does not have.
    """
    match = _ONE_RANGE.fullmatch(header.strip().replace(" ", ""))
    if match is None:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size or start >= end:
        raise UnsatisfiableRangeError
    return ByteRange(start, end, size)


def still_the_same(if_range: str, *, etag: str | None, last_modified: int | None) -> bool:
    """Tell whether the file is the one that ``if_range`` names: by its exact tag, or its exact date.

    An empty header names none, so that any will do.
    """
    if_range = if_range.strip()
    if not if_range:
        return True
    if if_range.startswith(('"', "W/")):
        return etag is not None and not etag.startswith("W/") and if_range == etag
    return last_modified is not None and parse_http_date_safe(if_range) == last_modified
