"""Somebody opens ten pages in ten windows at once, and two of them are free."""

import datetime as dt
import time

import pytest
from django.contrib.auth import get_user_model

from tests.conftest import gate_page, make_user
from tests.race.threads import at_once
from tests.testapp.models import ArticlePage
from wagtail_licensing.access import check_access
from wagtail_licensing.gates import meter
from wagtail_licensing.models import MeteredRead

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def magazine(home, pro):
    shelf = home.add_child(instance=ArticlePage(title="Magazine", slug="magazine"))
    gate = gate_page(shelf, pro)
    gate.free_reads = 2
    gate.save()
    return [
        shelf.add_child(instance=ArticlePage(title=f"Issue {number}", slug=f"i{number}"))
        for number in range(10)
    ]


@pytest.fixture
def slow_count(monkeypatch):
    """Let everybody count before anybody writes, as far as a lock allows it."""
    real = meter._reads

    def slow(user, decision, at):
        reads = real(user, decision, at)
        time.sleep(0.05)
        return reads

    monkeypatch.setattr(meter, "_reads", slow)


def read(user, pages):
    at = dt.datetime.now(dt.UTC)
    decisions = [check_access(user, page, at) for page in pages]
    return at_once(
        *[
            lambda page=page, decision=decision: meter.read_on_meter(
                page=page, user=user, decision=decision, at=at, count=True
            )
            for page, decision in zip(pages, decisions, strict=True)
        ]
    )


def test_ten_windows_at_once_read_no_more_than_the_limit(magazine, slow_count):
    results = read(make_user("reader"), magazine)
    assert sum(result is not None and result.allowed for result in results) == 2
    assert MeteredRead.objects.count() == 2


def test_without_the_lock_more_is_read(magazine, slow_count, monkeypatch):
    """The control: it is the row of the reader that keeps the windows apart."""
    manager = get_user_model()._default_manager
    monkeypatch.setattr(type(manager), "select_for_update", lambda self: self.all(), raising=False)
    read(make_user("reader"), magazine)
    assert MeteredRead.objects.count() > 2


def test_one_page_in_ten_windows_counts_once(magazine, slow_count):
    results = read(make_user("reader"), [magazine[0]] * 10)
    assert all(result is not None and result.allowed for result in results)
    assert MeteredRead.objects.count() == 1
