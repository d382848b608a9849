"""Races need a database that lets writers run side by side: PostgreSQL."""

import pytest
from django.conf import settings as django_settings

from tests.billing.conftest import deliver, stripe, stripe_world

__all__ = ["deliver", "stripe", "stripe_world"]


def pytest_collection_modifyitems(items):
    """Skip the races where the database takes one writer at a time."""
    if "postgresql" in django_settings.DATABASES["default"]["ENGINE"]:
        return
    skip = pytest.mark.skip(reason="SQLite takes one writer at a time; run make test-services")
    for item in items:
        if "tests/race/" in item.path.as_posix():
            item.add_marker(skip)
