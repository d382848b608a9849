"""Lessons of wagtail-lms open by their gates: on a site of their own, in a process of its own."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.skipif(not find_spec("wagtail_lms"), reason="wagtail-lms is not installed")
def test_a_site_with_wagtail_lms_is_gated(tmp_path):
    environment = {
        **os.environ,
        "WAGTAIL_LICENSING_TEST_LMS": "1",
        "WAGTAIL_LICENSING_TEST_SQLITE": str(tmp_path / "lms.sqlite3"),
        "WAGTAIL_LICENSING_TEST_FOLDER": str(tmp_path),
        "PYTEST_ADDOPTS": "",
    }
    environment.pop("WAGTAIL_LICENSING_TEST_DATABASE_URL", None)
    for name in [name for name in environment if name.startswith(("COV_", "PYTEST_XDIST"))]:
        del environment[name]
    command = [
        *(sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider"),
        *("-m", "not deep", "-k", "lms", "tests/sites/lms", "tests/canaries/test_matrix.py"),
    ]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600)
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-2000:]
    assert " passed" in run.stdout
    assert "skipped" not in run.stdout
