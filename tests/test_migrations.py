"""Migrations: none missing, one line, named by hand, reversible, and the tables can be removed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db.migrations import Migration
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

ROOT = Path(__file__).resolve().parent.parent
LABEL = "wagtail_licensing"

#: Names that Django makes up: they say what changed in the schema, not why.
MADE_UP = re.compile(r"_auto_|_and_more$|^\d{4}_(alter|add|remove|rename|delete)_\w+_\w+_\w+_\w+$")


def loader() -> MigrationLoader:
    return MigrationLoader(None)


def own_migrations() -> list[Migration]:
    found = {key: one for key, one in loader().disk_migrations.items() if key[0] == LABEL}
    return [found[key] for key in sorted(found)]


def missing_changes(state: ProjectState) -> list[str]:
    graph = loader()
    changes = MigrationAutodetector(graph.project_state(), state).changes(graph=graph.graph)
    return [
        operation.describe()
        for migration in changes.get(LABEL, [])
        for operation in migration.operations
    ]


def test_no_migration_is_missing() -> None:
    assert missing_changes(ProjectState.from_apps(apps)) == []


def test_a_missing_migration_would_be_found() -> None:
    state = ProjectState.from_apps(apps)
    state.remove_field(LABEL, "licenseproduct", "name")

    assert missing_changes(state)


def test_migrations_form_one_line_without_gaps() -> None:
    names = [migration.name for migration in own_migrations()]

    assert [name[:4] for name in names] == [f"{n:04}" for n in range(1, len(names) + 1)]
    assert len(loader().graph.leaf_nodes(LABEL)) == 1


def test_every_migration_is_named_by_hand() -> None:
    assert [one.name for one in own_migrations() if MADE_UP.search(one.name)] == []


@pytest.mark.parametrize(
    ("name", "made_up"),
    [
        ("0001_initial", False),
        ("0002_seats_are_unique", False),
        ("0002_auto_20260101_1200", True),
        ("0003_alter_license_state_and_more", True),
    ],
)
def test_names_that_django_makes_up_are_told_from_ours(name: str, made_up: bool) -> None:
    assert bool(MADE_UP.search(name)) is made_up


def test_every_operation_can_be_undone() -> None:
    final = [
        f"{migration.name}: {operation.describe()}"
        for migration in own_migrations()
        for operation in migration.operations
        if not operation.reversible
    ]

    assert final == []


THERE_AND_BACK = """
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

def tables():
    return {t for t in connection.introspection.table_names() if t.startswith("wagtail_licensing_")}

def at(name):
    call_command("migrate", "wagtail_licensing", name, verbosity=0)
    state = MigrationExecutor(connection).loader.project_state(("wagtail_licensing", name))
    return lambda model: state.apps.get_model("wagtail_licensing", model).objects

def upgrade_with_rows():
    # What was promised before there were policies is kept, and comes back on the way back.
    old = at("0004_billing_accounts_and_cursors")
    pro = old("LicenseProduct").create(name="P", slug="p", kind="perpetual", grace_days=5)
    acme = old("Organization").create(name="A", slug="a")
    now = timezone.now()
    facts = {"product": pro, "organization": acme, "state": "active", "unheld_state": "active",
             "source": "by_hand", "starts_at": now, "held_since": now, "uses_seats": True}
    for number, days in enumerate((5, 7, 5)):
        license = old("License").create(reference=f"R{number}", grace_days=days, **facts)
    old("LicenseEvent").create(
        license=license, kind="issued", at=now, cause="staff", after={"is_trial": True})
    new = at("0005_product_policies")
    rows = new("License").order_by("pk")
    promised = [(row.policy.version, row.policy.grace_days, row.had_trial) for row in rows]
    assert promised == [(2, 5, False), (1, 7, False), (2, 5, True)], promised
    assert set(new("ProductPolicy").values_list("trial_rule", flat=True)) == {"product"}
    assert new("LicenseProduct").get().trial_rule == "product"
    back = at("0004_billing_accounts_and_cursors")
    days = list(back("License").order_by("pk").values_list("grace_days", flat=True))
    assert days == [5, 7, 5], days
    for model in ("LicenseEvent", "License", "LicenseProduct", "Organization"):
        back(model).all().delete()
    call_command("migrate", verbosity=0)

call_command("migrate", verbosity=0)
there = tables()
assert there, "migrating made no table"
upgrade_with_rows()
call_command("migrate", "wagtail_licensing", "zero", verbosity=0)
assert not tables(), tables()
call_command("migrate", verbosity=0)
assert tables() == there, tables() ^ there
print("there and back")
"""


def test_the_tables_can_be_removed_and_made_again(tmp_path: Path) -> None:
    """On a database of its own: the one of the suite is shared with every other test."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "WAGTAIL_LICENSING_TEST_SQLITE": str(tmp_path / "there-and-back.sqlite3"),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("WAGTAIL_LICENSING_TEST_DATABASE_URL", None)
    result = subprocess.run(
        [sys.executable, "-c", THERE_AND_BACK],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )

    assert result.stdout == "there and back\n", result.stdout + result.stderr
