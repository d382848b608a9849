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


@pytest.fixture(scope="session", autouse=True)
def a_browser_before_the_database(playwright: object) -> None:
    """Start the driver first, whatever a test names first.

    Its event loop gives the thread other database connections than before, and what the migrations had
    created is remembered on the one that there was: without it, emptied databases would stay empty.
    """
