"""The leak scanner: asks a site for its gated content as people who have no business with it."""

from .registry import register_channel
from .report import Leak, ScanReport, Unscanned
from .scan import CannotScanError, scan_for_leaks

__all__ = [
    "CannotScanError",
    "Leak",
    "ScanReport",
    "Unscanned",
    "register_channel",
    "scan_for_leaks",
]
