"""A site with a page, a document and an image model of its own, in a process of its own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(
    not find_spec("wagtail.test.basepage"), reason="pages are swappable from Wagtail 8.0"
)
def test_gates_hold_on_a_site_with_models_of_its_own(tmp_path):
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.sites.swapped.settings",
        "WAGTAIL_LICENSING_TEST_SQLITE": str(tmp_path / "swapped.sqlite3"),
        "WAGTAIL_LICENSING_TEST_FOLDER": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("WAGTAIL_LICENSING_TEST_DATABASE_URL", None)
    command = [sys.executable, "-m", "django", "test", "tests.sites.swapped", "--pattern", "cases.py"]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-6000:]
    assert "Ran 15 tests" in run.stderr
