"""A zip that is sent while it is made: what is in memory is one block, whatever the number of rows."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone, translation

from .exports import without_formula

#: Rows that are read, and written, at a time.
BATCH = 500


class _Pipe:
    """A file that only goes forward; what was written is taken out by ``drain``."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def write(self, data: Any) -> int:
        """Keep ``data`` until it is taken."""
        self._blocks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Do nothing: there is nothing behind it."""

    def drain(self) -> bytes:
        """Return what was written since the last time."""
        blocks, self._blocks = self._blocks, []
        return b"".join(blocks)


def stream_zip(files: Iterable[tuple[str, Iterable[bytes]]], *, at: datetime) -> Iterator[bytes]:
    """Yield a zip of ``files``, each a name and its content in blocks, dated ``at``. A reader that
    gets no more than a part of it can tell: the list of what is inside comes last."""
    pipe, day = _Pipe(), at.astimezone(UTC)
    stamp = (day.year, day.month, day.day, day.hour, day.minute, day.second)
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for name, blocks in files:
            info = zipfile.ZipInfo(name, date_time=stamp)
            info.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(info, "w") as member:
                for block in blocks:
                    member.write(block)
                    if out := pipe.drain():
                        yield out
            yield pipe.drain()
    yield pipe.drain()


@dataclass(slots=True)
class Table:
    """A file of rows: its name, what a column holds, and how a batch of rows becomes cells.

    ``count`` and ``digest`` (SHA-256) are known when it was written.
    """

    name: str
    about: str
    columns: tuple[str, ...]
    rows: QuerySet[Any]
    cells: Callable[[list[Any]], Iterable[tuple[Any, ...]]]
    count: int = 0
    digest: str = ""

    def blocks(self) -> Iterator[bytes]:
        """Yield the file as CSV: UTF-8 with its mark, nothing that a spreadsheet would execute."""
        digest = hashlib.sha256()
        for block in self._csv():
            digest.update(block)
            yield block
        self.digest = digest.hexdigest()

    def _csv(self) -> Iterator[bytes]:
        yield "\ufeff".encode() + _lines([self.columns])
        for batch in batches(self.rows):
            self.count += len(batch)
            yield _lines(self.cells(batch))


def _lines(rows: Iterable[tuple[Any, ...]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([without_formula(instant(cell)) for cell in row])
    return text.getvalue().encode()


def instant(value: Any) -> Any:
    """Return an instant as text in UTC, anything else as it is."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def batches(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Yield all ``rows`` by their keys, a batch at a time. One query for each batch."""
    last = None
    while True:
        left = rows.order_by("pk") if last is None else rows.filter(pk__gt=last).order_by("pk")
        batch = list(left[:BATCH])
        if batch:
            yield batch
        if len(batch) < BATCH:
            return
        last = batch[-1].pk


@dataclass(slots=True)
class Said:
    """Blocks that are made in one language and time zone, whatever is active when they are sent."""

    blocks: Iterable[bytes]
    language: str
    zone: tzinfo = field(default=UTC)

    def __iter__(self) -> Iterator[bytes]:
        iterator = iter(self.blocks)
        while True:
            with translation.override(self.language), timezone.override(self.zone):
                block = next(iterator, None)
            if block is None:
                return
            yield block
