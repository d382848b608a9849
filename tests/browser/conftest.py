"""Journeys in a real Chromium (`make test-browser`). Everything in this folder carries the marker."""

import importlib.util
from pathlib import Path

import pytest

if importlib.util.find_spec("playwright") is None:
    # `make test` does not install a browser driver.
    collect_ignore_glob = ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
