"""The scan as a pytest fixture. Imported only where it is asked for: pytest is no dependency."""

from collections.abc import Callable
from typing import Any

import pytest

from .report import ScanReport
from .scan import scan_for_leaks


@pytest.fixture
def licensing_scan(db: Any) -> Callable[..., ScanReport]:
    """Return ``scan_for_leaks``, allowed to plant into the test database."""

    def scan(**options: Any) -> ScanReport:
        return scan_for_leaks(**{"allow_plant": True} | options)

    return scan
