"""The site to measure on, made once a run, and the table at the end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from .report import Report
from .scale import PAGES, SCALE
from .world import World, make_world

_report = Report()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.benchmark)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, whatever failed."""
    if _report.rows:
        terminalreporter.section("measured")
        for line in _report.lines():
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def report() -> Report:
    """Collects the lines of the table."""
    return _report


@pytest.fixture(scope="session")
def database(django_test_environment, django_db_blocker, report, tmp_path_factory) -> Iterator[None]:
    """A database of its own, in which everything is committed."""
    names = connection.settings_dict["TEST"]
    former = names["NAME"]
    is_file = connection.vendor == "sqlite"
    own = f"bench_{former or 'licensing'}"
    names["NAME"] = str(tmp_path_factory.mktemp("bench") / "bench.sqlite3") if is_file else own
    with django_db_blocker.unblock():
        databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
        try:
            keep_open()
            report.facts.append(connection.vendor)
            yield
        finally:
            teardown_databases(databases, verbosity=0)
            names["NAME"] = former


@pytest.fixture(scope="session")
def world(database, report) -> World:
    """The site. It is committed, since inside a transaction the index of gates is another one."""
    report.facts.append(f"scale {SCALE:g}: {PAGES:,} pages")
    return make_world()


def keep_open() -> None:
    """Keep the connection from request to request, as a server does."""
    connection.ensure_connection()
    connection.close_at = None
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off")
            cursor.execute("SET statement_timeout = '120s'")
