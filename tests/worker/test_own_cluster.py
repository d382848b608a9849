"""The database is restarted, or its disk is full: a cluster of our own suffers it, never the shared one.

The scenarios are in ``scenarios.py`` and run in a pytest of their own, on that cluster.
"""

import os
import subprocess
import sys

import pytest

from tests.worker.cluster import running_cluster
from tests.worker.conftest import REDIS_URL, ROOT

pytestmark = pytest.mark.deep


@pytest.mark.parametrize(
    "scenario",
    [
        "test_a_restart_while_stripe_is_asked",
        "test_a_disk_without_room_for_one_more_byte",
    ],
)
def test_what_was_answered_is_kept_and_nothing_is_doubled(scenario):
    with running_cluster() as cluster:
        environment = os.environ | {
            "WAGTAIL_LICENSING_TEST_DATABASE_URL": cluster.url,
            "WAGTAIL_LICENSING_TEST_DATABASE_NAME": "test_licensing",
            "WAGTAIL_LICENSING_TEST_REDIS_URL": REDIS_URL,
            "LICENSING_SCENARIO_CLUSTER": f"{cluster.folder}:{cluster.port}",
        }
        for name in list(environment):
            if name.startswith(("PYTEST_", "COV_CORE_")):
                del environment[name]
        command = [sys.executable, "-m", "pytest", "-q", "--no-cov", "-p", "no:cacheprovider", "-n", "0"]
        told = subprocess.run(
            [*command, f"tests/worker/scenarios.py::{scenario}"],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=500,
            check=False,
        )
    assert told.returncode == 0, told.stdout[-6000:]
    assert "1 passed" in told.stdout
