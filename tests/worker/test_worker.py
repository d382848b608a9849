"""The harness itself: the worker is another process, on the database of the test."""

import os

import pytest
from celery.exceptions import TimeoutError as NotYet
from django.db import connection


def test_the_suite_runs_on_postgresql_here(db) -> None:
    assert connection.vendor == "postgresql"


def test_a_worker_sees_what_the_test_committed(celery_worker, alice) -> None:
    from tests.celery_app import who_are_you

    answer = who_are_you.delay().get(timeout=30)

    assert answer["pid"] != os.getpid()
    assert answer["database"] == connection.settings_dict["NAME"]
    assert answer["users"] == ["alice"]


def test_a_task_sent_while_the_worker_is_dead_is_done_by_the_next_one(celery_worker, alice) -> None:
    from tests.celery_app import who_are_you

    celery_worker.kill()
    result = who_are_you.delay()
    with pytest.raises(NotYet):
        result.get(timeout=1)

    celery_worker.start()

    assert result.get(timeout=30)["users"] == ["alice"]
