"""Races need a database that lets writers run side by side: PostgreSQL.

`make test-deep` runs each of them many times: WAGTAIL_LICENSING_TEST_REPEAT.
"""

import os
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from tests.billing.conftest import deliver, stripe, stripe_world

__all__ = ["deliver", "stripe", "stripe_world"]


def pytest_collection_modifyitems(items):
    """Mark the races, and skip them where the database takes one writer at a time."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.race)
    if "postgresql" in django_settings.DATABASES["default"]["ENGINE"]:
        return
    skip = pytest.mark.skip(reason="SQLite takes one writer at a time; run make test-services")
    for item in ours:
        item.add_marker(skip)


@pytest.fixture(params=range(int(os.environ.get("WAGTAIL_LICENSING_TEST_REPEAT", "1"))), autouse=True)
def once_more(request) -> None:
    """Run a race again: what goes wrong once in a while has to get its chance."""
