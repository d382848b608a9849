"""From the rows of every release to the newest tables, killed in the middle: everybody opens what
they opened before."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.upgrades.story import PEOPLE

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent
MIGRATIONS = sorted(path.stem for path in (ROOT / "wagtail_licensing/migrations").glob("0*.py"))
DUMPS = sorted(path.stem for path in (HERE / "dumps").glob("*.json"))


def upgrade(name: str, folder: Path) -> dict:
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "WAGTAIL_LICENSING_TEST_SQLITE": str(folder / "older.sqlite3"),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("WAGTAIL_LICENSING_TEST_DATABASE_URL", None)
    told = subprocess.run(
        [sys.executable, "-m", "tests.upgrades.upgrade", name],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr
    return json.loads(told.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "name",
    [pytest.param(each, marks=[] if each == DUMPS[0] else pytest.mark.deep) for each in DUMPS],
)
def test_an_upgrade_that_dies_in_each_migration_keeps_who_can_open_what(name, tmp_path):
    told = upgrade(name, tmp_path)
    later = MIGRATIONS[MIGRATIONS.index(name) + 1 :]
    assert told["deaths"] == [f"{each} {when}" for each in later for when in ("first", "last")]
    assert told["opens"] == PEOPLE


def test_the_first_release_has_its_dump():
    assert DUMPS[0] == MIGRATIONS[0]


def test_every_sort_of_right_is_held_by_somebody_and_refused_to_somebody():
    """The control: pages that everybody opens, or nobody, would prove nothing."""
    for page in ("pro", "team"):
        opening = [name for name, pages in PEOPLE.items() if page in pages]
        assert 0 < len(opening) < len(PEOPLE)
