"""The name of a time zone, as people read it behind a time."""

from datetime import datetime


def zone_name(local: datetime) -> str:
    """Return the short name of the zone of a local time, "UTC+03" for one that has none."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in {"+", "-"} else name
