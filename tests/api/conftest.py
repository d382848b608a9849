"""Front ends: a client whose answers are looked at as they come."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.portal.conftest import monthly

__all__ = ["monthly"]

ROOT = "/licensing/api/v1/"


@pytest.fixture
def ask(client):
    """Ask an endpoint as ``user`` (None: a visitor); return the answer."""

    def get(endpoint: str, user=None, /, **query):
        client.logout()
        if user is not None:
            client.force_login(user)
        return client.get(ROOT + endpoint, query)

    return get


@pytest.fixture
def count_queries(client):
    """Count the queries of an answer to ``user``, the session's included, asked a second time."""

    def count(endpoint: str, user=None, /, **query) -> int:
        if user is not None:
            client.force_login(user)
        client.get(ROOT + endpoint, query)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(ROOT + endpoint, query).status_code == 200
        return len(queries)

    return count
