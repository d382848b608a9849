"""A real Celery worker on Redis, in a process of its own, on the database of the test.

Tests here commit (`transactional_db`), since another process has to see what they wrote.
"""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from celery import Celery, current_app
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
DATABASE_URL = os.environ.get("WAGTAIL_LICENSING_TEST_DATABASE_URL", "")
REDIS_URL = os.environ.get("WAGTAIL_LICENSING_TEST_REDIS_URL", "")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.services)


@dataclass
class Worker:
    """A worker and the application that sends it tasks."""

    app: Celery
    process: subprocess.Popen
    environment: dict[str, str]
    command: list[str]

    def kill(self) -> None:
        """End the worker as a power cut would: no clean-up, no goodbye."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=30)
        wait_until_gone(self.process.pid)

    def start(self) -> None:
        """Start it (again) and wait until it takes tasks."""
        self.process = start_process(self.command, self.environment)
        wait_until_it_answers(self)


def wait_until_gone(group: int) -> None:
    """Its children share its connections: as long as one of them lives, the broker sees no death."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)


def start_process(command: list[str], environment: dict[str, str]) -> subprocess.Popen:
    return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)


def wait_until_it_answers(worker: Worker) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if worker.process.poll() is not None:
            pytest.fail(f"The worker ended at once with {worker.process.returncode}.")
        if worker.app.control.ping(timeout=0.5):
            return
    pytest.fail("The worker did not answer within a minute.")


@pytest.fixture
def celery_worker(transactional_db, settings) -> Iterator[Worker]:
    """A worker that takes what this test sends, from a queue of its own."""
    from tests.celery_app import make_app

    if not REDIS_URL or not DATABASE_URL:
        pytest.fail("make test-services sets WAGTAIL_LICENSING_TEST_DATABASE_URL and _REDIS_URL.")
    prefix = f"licensing-{uuid.uuid4().hex}-"
    database = DATABASE_URL.rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    environment = os.environ | {
        "WAGTAIL_LICENSING_TEST_DATABASE_URL": database,
        "WAGTAIL_LICENSING_TEST_BROKER_URL": REDIS_URL,
        "WAGTAIL_LICENSING_TEST_BROKER_PREFIX": prefix,
        "PYTHONPATH": str(ROOT),
    }
    application = os.environ.get("LICENSING_WORKER_APP", "tests.celery_app")
    command = [sys.executable, "-m", "celery", "-A", application, "worker"]
    command += ["--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]

    settings.CELERY_BROKER_URL = REDIS_URL
    app = make_app(
        broker_url=REDIS_URL,
        result_backend=REDIS_URL,
        broker_transport_options={"global_keyprefix": prefix},
        result_backend_transport_options={"global_keyprefix": prefix},
    )
    former = current_app._get_current_object()
    app.set_current()
    app.set_default()
    worker = Worker(app, start_process(command, environment), environment, command)
    try:
        wait_until_it_answers(worker)
        yield worker
    finally:
        worker.kill()
        app.close()
        former.set_current()
        former.set_default()
        empty_redis(prefix)


def empty_redis(prefix: str) -> None:
    import redis

    with redis.Redis.from_url(REDIS_URL) as client:
        for key in client.scan_iter(match=f"{prefix}*"):
            client.delete(key)
