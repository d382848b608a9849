"""The demo's clock: real time plus an offset in a small file, so that site and Stripe move together."""

from datetime import UTC, datetime, timedelta
from typing import Any

from .data_dir import data_dir, read_json, write_json

FILE = "clock.json"

_seen: dict[str, Any] = {"stamp": None, "offset": 0}


def offset_seconds() -> int:
    """Return by how many seconds the demo is ahead of real time. Reads the file only when it changed."""
    try:
        stat = (data_dir() / FILE).stat()
    except OSError:
        return 0
    stamp = (stat.st_mtime_ns, stat.st_ino)
    if stamp != _seen["stamp"]:
        _seen.update(stamp=stamp, offset=int(read_json(FILE).get("offset", 0)))
    return int(_seen["offset"])


def set_offset(seconds: int) -> None:
    """Move the clock of this process and of every other one of the demo."""
    write_json(FILE, {"offset": int(seconds)})


def now() -> datetime:
    """Return the present instant of the demo, in UTC."""
    return datetime.now(UTC) + timedelta(seconds=offset_seconds())
